"""Decides the receivers of an incident's news: each step may suppress some of them, for now or completely.

The order is Alertmanager's: routes, inhibition, silences, times of the day, then groups and limits.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from kedge.decide.next_evaluation import rescheduled
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Inhibits, Notify, Queued
from kedge.domain.incident import Incident, IncidentState, QueuedUpdate, SuppressedUpdate, SuppressionReason
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.routing.grouping import gather
from kedge.routing.inhibition import inhibit, inhibitions_of
from kedge.routing.recipients import NotificationDraft, find_recipients
from kedge.routing.silences import silence
from kedge.routing.suppression import mute, suppress, suppress_flapping, suppress_unnotified, suppress_upstream

type Trace = Callable[[str, object], None]
"""Receives the name of each step, and its result."""


class RoutingStep(Protocol):
    """A step of the pipeline: it returns the recipients that are left."""

    __name__: str

    def __call__(self, telling: NotificationDraft, /) -> NotificationDraft:
        """Apply the step."""


# The order is the policy: the receivers; reasons against any message; reasons against one now; the amount at a time.
TELLING: Final[tuple[RoutingStep, ...]] = (
    find_recipients,
    suppress_unnotified,
    suppress_flapping,
    suppress_upstream,
    inhibit,
    silence,
    suppress,
    mute,
    gather,
)


class IncidentUpdate(Struct, frozen=True, kw_only=True):
    """The result of a signal before notifications: the new state, and the current incident if there is one.

    `tells` says whether the news notifies. `only` limits that to some receivers, `unheard` to those who were not
    notified of the incident yet, or still wait. `said` says that no authority confirms the news, even if the incident
    is confirmed.
    """

    state: CaseState
    reason: Reason
    because: str
    incident: Incident | None = None
    tells: bool = False
    verdict: Verdict | None = None
    why: Reason | None = None
    only: tuple[str, ...] | None = None
    unheard: bool = False
    said: bool = False


def route_update(
    policy: Policy, context: Context, now: datetime, news: IncidentUpdate, trace: Trace | None = None
) -> Decision:
    """Return the decision for the news, with its notifications, its suppressions, and their reasons."""
    if trace is not None:
        trace("live", news)
    if news.incident is None or not news.tells:
        return _decision(policy, now, news, news.incident, None)
    said = news.said or news.incident.is_only_said
    telling = NotificationDraft(
        policy=policy,
        context=context,
        now=now,
        incident=news.incident,
        labels=labels_of(news.incident, policy.environment),
        why=news.why or news.reason,
        only=news.only,
        unheard=news.unheard,
        said=said,
    )
    for step in TELLING:
        telling = step(telling)
        if trace is not None:
            trace(step.__name__, telling)
    return _decision(policy, now, news, _after(telling), telling)


def _after(telling: NotificationDraft) -> Incident:
    """Return the incident with the receivers that were notified, and those that still wait."""
    incident, why = telling.incident, telling.why
    told = dict(incident.told)
    for effect in telling.effects:
        if why is Reason.RESOLVED:
            told.pop(effect.receiver, None)
        else:
            told.setdefault(effect.receiver, incident.revision)
    for suppressed in telling.suppressed:
        if suppressed.quiet is SuppressionReason.NOT_WANTED:
            told.pop(suppressed.receiver, None)
    pending = dict(incident.pending)
    for effect in telling.effects:
        pending.pop(effect.receiver, None)
        if isinstance(effect, Queued):
            pending[effect.receiver] = QueuedUpdate(group=effect.group, due=effect.due)
    waiting = (
        {}
        if telling.only is None
        else {name: each for name, each in incident.waiting.items() if name not in telling.only}
    )
    waiting |= {
        each.receiver: SuppressedUpdate(why=each.why, quiet=each.quiet, by=each.by, until=each.until)
        for each in telling.suppressed
        if each.until is not None
    }
    return msgspec.structs.replace(
        incident,
        told=told,
        waiting=waiting,
        pending=pending,
        reminders=_reminders(telling, incident),
        inhibits=tuple(each.key for each in inhibitions_of(telling.policy, incident)),
    )


def _reminders(telling: NotificationDraft, incident: Incident) -> dict[str, datetime]:
    """Return when each receiver is reminded, by its own route in the tree. A suppressed reminder waits instead."""
    if incident.state is not IncidentState.FIRING or incident.problem.verdict is Verdict.INCONCLUSIVE:
        return {}  # that a judgement is impossible is reported once
    if incident.is_weekly:
        return {}  # the watchdog repeats it itself
    repeats = {wish.receiver: wish.repeat for wish in telling.asked}
    reminders = {
        receiver: at for receiver, at in incident.reminders.items() if at > telling.now or receiver not in repeats
    }
    for effect in telling.effects:
        reminders.pop(effect.receiver, None)
        if (repeat := repeats.get(effect.receiver)) is not None:
            told = effect.due if isinstance(effect, Queued) else telling.now
            reminders[effect.receiver] = told + repeat
    return reminders


def _decision(
    policy: Policy, now: datetime, news: IncidentUpdate, incident: Incident | None, telling: NotificationDraft | None
) -> Decision:
    known = news.state.incident
    before = known.inhibits if known is not None else ()
    state = news.state if incident is None else msgspec.structs.replace(news.state, incident=incident)
    state = rescheduled(policy, state, now)
    decision = Decision(
        reason=news.reason,
        state=state,
        changed=True,
        because=news.because,
        verdict=news.verdict,
        incident=incident,
        policy=policy.label,
    )
    if telling is None or incident is None:
        return decision
    return msgspec.structs.replace(
        decision,
        effects=telling.effects,
        suppressed=telling.suppressed,
        routes=telling.routes,
        paces=telling.paces if _tells_now(telling) else {},
        groups=telling.groups,
        said=telling.said,
        inhibits=tuple(Inhibits(key, incident.id) for key in incident.inhibits if key not in before),
        frees=tuple(Inhibits(key, incident.id) for key in before if key not in incident.inhibits),
    )


def _tells_now(telling: NotificationDraft) -> bool:
    return any(isinstance(effect, Notify) for effect in telling.effects)
