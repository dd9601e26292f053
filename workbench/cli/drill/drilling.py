"""Starts a drill, waits for its deliveries, and for an acknowledgement."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from kedge.domain.effect import ChannelName
from kedge.domain.incident import IncidentState, Severity
from kedge.ledger.codec import IncidentHistory
from kedge.ledger.delivery import Delivery, DeliveryStatus
from kedge.policy.compiled import Policy
from kedge.policy.durations import parse_duration
from kedge.services.receivers import checked_channels
from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.drill.audience import Audience
from workbench.cli.exits import Exit
from workbench.cli.incident.reading import read

COMMAND: Final = "drill"
_BETWEEN: Final = 1.0
_CHANNELS: Final = {each.value: each for each in ChannelName}
_SETTLED: Final = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED})
_TAKEN: Final = frozenset({IncidentState.ACKNOWLEDGED, IncidentState.MITIGATING, IncidentState.RESOLVED})


class Accepted(Struct, frozen=True, kw_only=True):
    """One message of a drill: whether its channel accepted it, and the channel's own proof. `seconds` is the time since the decision.

    `fault` says why the receiver probably did not get it; None if nothing is known against it.
    """

    receiver: str
    channel: ChannelName
    accepted: bool
    seconds: float | None = None
    message_id: str | None = None
    fault: str | None = None


class DrillResult(Struct, frozen=True, kw_only=True):
    """The result of a drill. `suppressed` are the receivers that an incident would not have notified, with the reasons.

    `acknowledged_by` and `acknowledged_after` (seconds) are None without an acknowledgement.
    """

    incident: str
    policy: str
    severity: Severity
    messages: tuple[Accepted, ...]
    suppressed: tuple[str, ...] = ()
    wants_acknowledgement: bool = False
    acknowledged_by: str | None = None
    acknowledged_after: float | None = None

    @property
    def passed(self) -> bool:
        """Return whether each receiver got its messages, and the drill was acknowledged if that was wanted."""
        heard = bool(self.messages) and all(each.accepted and each.fault is None for each in self.messages)
        return heard and (not self.wants_acknowledgement or self.acknowledged_after is not None)


def drill(
    stack: str,
    region: str | None,
    profile: str | None,
    *,
    severity: Severity,
    receiver: str,
    endpoint: str,
    comment: str,
    ack: bool,
    timeout: str,
    show: Callable[[DrillResult], None],
) -> Exit:
    """Send a drill, show the result, and return the exit code; FAILED if a receiver did not get it."""

    def work() -> Exit:
        limit = read(parse_duration, timeout)
        deployed = DeployedStack(stack, region, profile)
        policy = deployed.policy
        if receiver and receiver not in policy.receivers:
            known = ", ".join(sorted(policy.receivers))
            raise Unwise(f"the policy {policy.label} does not have a receiver {receiver!r}; it has {known}")
        result = _drilled(deployed, policy, severity, receiver, endpoint, comment, ack=ack, limit=limit)
        show(result)
        return Exit.DONE if result.passed else Exit.FAILED

    return ending(COMMAND, work)


def _drilled(
    stack: DeployedStack,
    policy: Policy,
    severity: Severity,
    receiver: str,
    endpoint: str,
    comment: str,
    *,
    ack: bool,
    limit: timedelta,
) -> DrillResult:
    (outcome,) = stack.say("Drill Requested", _detail(stack, severity, receiver, endpoint, comment))
    if outcome["incident"] is None:
        raise Unwise(str(outcome["because"]))
    incident = str(outcome["incident"]["id"])
    say(COMMAND, f"sent as {incident}; waiting for {', '.join(each['receiver'] for each in outcome['effects'])}")
    ends = time.monotonic() + limit.total_seconds()
    story = _until(stack, incident, ends, _all_settled)
    # By the clock of the stack alone: that of this machine may differ.
    begun = story.entries[0].recorded
    messages = tuple(_messages(stack, policy, story, begun))
    by, after = None, None
    if ack:
        say(COMMAND, f"waiting for an acknowledgement: kedge incident ack {incident}")
        story = _until(stack, incident, ends, lambda found: found.incident.state in _TAKEN)
        if story.incident.state in _TAKEN:
            by, after = story.incident.by, (story.incident.changed - begun).total_seconds()
    return DrillResult(
        incident=incident,
        policy=str(outcome["policy"]),
        severity=severity,
        messages=messages,
        suppressed=tuple(_suppressed(outcome)),
        wants_acknowledgement=ack,
        acknowledged_by=by,
        acknowledged_after=after,
    )


def _detail(stack: DeployedStack, severity: Severity, receiver: str, endpoint: str, comment: str) -> dict[str, Any]:
    """Return the detail of the event. The tags of the endpoint select routes, as those of an incident do."""
    detail: dict[str, Any] = {"severity": severity, "receiver": receiver, "by": stack.whoami(), "comment": comment}
    if endpoint:
        tags = stack.tags(stack.endpoint(endpoint), lambda _, error: say(COMMAND, f"without tags: {error}"))
        detail |= {"endpoint": endpoint, "tags": tags}
    return {name: value for name, value in detail.items() if value}


def _until(
    stack: DeployedStack, incident: str, ends: float, wanted: Callable[[IncidentHistory], bool]
) -> IncidentHistory:
    """Return the history of the drill as soon as it is as wanted, or when the time is over."""
    while True:
        story = stack.incidents.story(incident)
        if story is None:
            raise Unwise(f"the drill {incident} is not in the table of {stack.name}")
        if wanted(story) or time.monotonic() >= ends:
            return story
        time.sleep(_BETWEEN)


def _effects(story: IncidentHistory) -> tuple[str, ...]:
    return tuple(effect for entry in story.entries for effect in entry.effects)


def _all_settled(story: IncidentHistory) -> bool:
    settled = {each.effect for each in story.deliveries if each.standing in _SETTLED}
    return settled.issuperset(_effects(story))


def _messages(stack: DeployedStack, policy: Policy, story: IncidentHistory, begun: datetime) -> list[Accepted]:
    audience = Audience(stack, lambda why: say(COMMAND, why))
    deliveries = {each.effect: each for each in story.deliveries}
    found = []
    for effect in _effects(story):
        # The id of an effect: incident, revision, receiver, channel.
        receiver, _, name = effect.split("/", 2)[2].rpartition("/")
        channel, known = _CHANNELS[name], policy.receivers.get(receiver)
        wanted = known is None or channel in checked_channels(known)
        fault = audience.fault(receiver, channel) if wanted else None
        found.append(_accepted(receiver, channel, deliveries.get(effect), fault, begun))
    return found


def _accepted(
    receiver: str, channel: ChannelName, delivery: Delivery | None, fault: str | None, begun: datetime
) -> Accepted:
    if delivery is None:
        why = "no worker received the message: check the alarms of the stack"
        return Accepted(receiver=receiver, channel=channel, accepted=False, fault=why)
    done = delivery.standing is DeliveryStatus.DELIVERED
    return Accepted(
        receiver=receiver,
        channel=channel,
        accepted=done,
        seconds=(delivery.since - begun).total_seconds() if done else None,
        message_id=delivery.message_id,
        fault=fault or (None if done else delivery.why or f"the delivery is {delivery.standing}"),
    )


def _suppressed(outcome: dict[str, Any]) -> list[str]:
    return [
        f"{each['receiver']} ({each['why']}{' by ' + each['by'] if each['by'] else ''})"
        for each in outcome.get("suppressed", ())
    ]
