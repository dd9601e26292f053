"""Applies one policy to the deliveries of a recording, with its own ledger and timers, in virtual time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, override

from msgspec import Struct

from kedge.domain.decision import CaseState, Decision
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.notification import IncidentSummary
from kedge.domain.reason import Reason
from kedge.domain.signal import AnySignal, FeaturesDrifted, TimerFired
from kedge.policy.compiled import Policy
from kedge.ports.storage import NotificationCommit
from kedge.services.intake import Intake, IntakeOutcome
from kedge.services.reconcile import Reconcile
from workbench.replay.delivering import Deliveries
from workbench.replay.idle import next_change
from workbench.replay.unattended import Unattended

_MINUTE: Final = timedelta(minutes=1)
# More rounds than the messages with room need.
_ROUNDS: Final = timedelta(minutes=10)
_NO_NEWS: Final = frozenset({Reason.NOTED, Reason.DUPLICATE})
_FOREVER: Final = timedelta.max


class Told(Struct, frozen=True, kw_only=True):
    """One message of gathered news: its receiver and its incidents, the worst first; `effect` is the whole message.

    `digest` says that it contains the news above its receiver's limit; `groups` are its groups.
    """

    receiver: str
    effect: Effect
    briefs: tuple[IncidentSummary, ...]
    groups: frozenset[str]
    digest: bool = False


class Happened(Struct, frozen=True, kw_only=True, gc=False):
    """The result of one moment: a decision on a signal, or a message. `timer` marks a result without an event."""

    at: datetime
    outcome: IntakeOutcome | None = None
    told: Told | None = None
    timer: bool = False


class Side:
    """A policy, and all its decisions so far."""

    def __init__(self, policy: Policy, deliveries: Deliveries) -> None:
        """Connect to the deliveries of the recording; a side reads nothing else."""
        self.policy = policy
        self.ledger = Unattended(lambda: self._now)
        self._deliveries = deliveries
        self._now = datetime.min.replace(tzinfo=UTC)
        self._round = self._passed = self._now
        self._idle = False
        channels = tuple(ChannelName)
        self._intake = _Intake(
            reader=deliveries.reader,
            ledger=self.ledger,
            policy=lambda: policy,
            channels=channels,
            environment=policy.environment,
            clock=lambda: self._now,
            facts=deliveries.facts,
            confirming=deliveries.confirming,
            ending=deliveries.ending,
        )
        self._fired: list[IntakeOutcome] = []
        self._reconcile = Reconcile(
            settle=self._fire, agenda=self.ledger, policy=lambda: policy, channels=channels, clock=lambda: self._now
        )

    def take(self, signal: AnySignal, now: datetime) -> list[Happened]:
        """Decide on a signal. The fleet's decision comes first if it is news."""
        self._now, self._idle = now, False
        self._deliveries.now_is(now)
        own = Happened(at=now, outcome=self._intake.settle(signal))
        return [*self._sightings(now), own] if self._intake.seen else [own]

    def until(self, moment: datetime) -> Iterator[Happened]:
        """Let time pass minute by minute, with everything that becomes due."""
        while (at := self._next_round(moment)) is not None:
            yield from self._minute(at)
        self._passed = max(self._passed, moment)

    def to_the_end(self) -> Iterator[Happened]:
        """Let time pass until everything that waits now is sent, and no further.

        A receiver without room has some again after the span of its limit. News behind a longer silence is not awaited.
        """
        waiting = self._waiting()
        longest = max(receiver.per for receiver in self.policy.receivers.values())
        latest = max(waiting.values(), default=self._now) + longest + _ROUNDS
        while waiting.keys() & self._waiting().keys() and (at := self._next_round(latest)) is not None:
            yield from self._minute(at)

    def _waiting(self) -> dict[str, datetime]:
        return {notice.id: notice.due for held in self.ledger.waiting.values() for notice in held.values()}

    def _next_round(self, latest: datetime) -> datetime | None:
        """Return the whole minute of the next action: after the last round, and after all later events.

        None if there is none until `latest`.
        """
        due = self.ledger.next_due()
        if due is not None and due <= self._round and self._idle:
            due = next_change(self.policy, self.ledger, self._round)
        if due is None or due > latest:
            return None
        at = max(_whole_minute(max(due, self._passed)), self._round + _MINUTE)
        return at if at <= latest else None

    def _minute(self, at: datetime) -> Iterator[Happened]:
        self._now = self._round = at
        self._deliveries.now_is(at)
        self._fired = []
        done = self._reconcile.round(lambda: _FOREVER)
        self._idle = not done.outcomes and not done.tellings
        for left in done.left:
            raise left.error  # there is no other worker here: a failure is a fault of ours
        for outcome in self._fired:
            if outcome.decision is not None and _is_news(outcome.before or CaseState(), outcome.decision):
                yield Happened(at=at, outcome=outcome, timer=True)
        yield from self._sightings(at)
        for telling in done.tellings:
            if telling.effects:
                yield Happened(at=at, told=_notification(telling), timer=True)

    def _fire(self, signal: AnySignal) -> IntakeOutcome:
        outcome = self._intake.settle(signal)
        self._fired.append(outcome)
        return outcome

    def _sightings(self, at: datetime) -> Iterator[Happened]:
        for seen in self._intake.seen:
            if seen.decision is not None and seen.decision.reason not in _NO_NEWS:
                yield Happened(at=at, outcome=seen, timer=True)
        self._intake.seen.clear()


class _Intake(Intake):
    """Intake that also records a run's decision in the fleet's case, which otherwise only the ledger has."""

    seen: list[IntakeOutcome]

    def __init__(self, **parts: object) -> None:
        super().__init__(**parts)  # type: ignore[arg-type]
        self.seen = []

    @override
    def settle(self, signal: AnySignal) -> IntakeOutcome:
        outcome = super().settle(signal)
        if type(signal) is FeaturesDrifted or (type(signal) is TimerFired and signal.ended):
            self.seen.append(outcome)
        return outcome


def _whole_minute(moment: datetime) -> datetime:
    at = moment.replace(second=0, microsecond=0)
    return at if at == moment else at + _MINUTE


def _notification(telling: NotificationCommit) -> Told:
    effect = telling.effects[0]
    briefs = effect.briefs or (IncidentSummary.of(effect.incident, effect.why, effect.receiver),)
    digest = any(notice.digest for notice in telling.told)
    groups = frozenset(notice.group for notice in telling.told)
    return Told(receiver=telling.receiver, effect=effect, briefs=briefs, groups=groups, digest=digest)


def _is_news(before: CaseState, decision: Decision) -> bool:
    """Return whether a timer changed something that a reader wants to see: most change nothing."""
    if decision.effects or decision.remedies or decision.verdict is not None:
        return True
    now, then = decision.incident, before.incident
    if now is None or decision.reason in _NO_NEWS:
        return False
    if then is None or now.id != then.id:
        return True
    if (now.state, now.severity, now.flapping) != (then.state, then.severity, then.flapping):
        return True
    quiet = {(each.receiver, each.quiet, each.by) for each in decision.suppressed}
    return bool(quiet) and quiet != {(name, each.quiet, each.by) for name, each in then.waiting.items()}
