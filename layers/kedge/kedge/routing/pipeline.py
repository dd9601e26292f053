"""Whom the news of an incident is told to: one after the other, each step may keep a receiver from being told, for now or at all.

Alertmanager's own order: routes, inhibition, silences, times of the day, then groups and limits.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from kedge.decide.next_evaluation import rescheduled
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Inhibits, Notify, Queued
from kedge.domain.incident import Incident, IncidentState, Pending, SuppressionReason, Waiting
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.routing.grouping import gather
from kedge.routing.inhibition import inhibit, inhibitions_of
from kedge.routing.recipients import NotificationDraft, find_recipients
from kedge.routing.silences import silence
from kedge.routing.source_suppression import suppress
from kedge.routing.suppression import flapping_told_once, mute, told_upstream, who_was_told

type Trace = Callable[[str, object], None]
"""Told the name of each step, and what it handed on."""


class RoutingStep(Protocol):
    """A step on the way to people: it hands on what is left to tell."""

    __name__: str

    def __call__(self, telling: NotificationDraft, /) -> NotificationDraft:
        """Take the step."""


# The order is the policy: who would hear it; why not at all; why not now; and how much at a time.
TELLING: Final[tuple[RoutingStep, ...]] = (
    find_recipients,
    who_was_told,
    flapping_told_once,
    told_upstream,
    inhibit,
    silence,
    suppress,
    mute,
    gather,
)


class IncidentUpdate(Struct, frozen=True, kw_only=True):
    """What came of a signal, before anybody is told: the new state, and the incident as it now is, if there is one.

    `tells` says whether somebody is to hear of it. `only` limits that to some receivers, `unheard` to those who did not hear of the
    incident yet, or are still to. `said` says that no authority confirms the news, whatever confirms the incident.
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
    policy: Policy, around: Context, now: datetime, news: IncidentUpdate, trace: Trace | None = None
) -> Decision:
    """The decision that news leads to, with whom it tells, whom it does not, and why."""
    if trace is not None:
        trace("live", news)
    if news.incident is None or not news.tells:
        return _decision(policy, now, news, news.incident, None)
    said = news.said or news.incident.is_only_said
    telling = NotificationDraft(
        policy=policy,
        around=around,
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
    """The incident with what is now known of who was told, and who is still to be."""
    incident, why = telling.incident, telling.why
    told = dict(incident.told)
    for effect in telling.effects:
        if why is Reason.RESOLVED:
            told.pop(effect.receiver, None)
        else:
            told.setdefault(effect.receiver, incident.revision)
    for quieted in telling.quieted:
        if quieted.quiet is SuppressionReason.NOT_WANTED:
            told.pop(quieted.receiver, None)
    pending = dict(incident.pending)
    for effect in telling.effects:
        pending.pop(effect.receiver, None)
        if isinstance(effect, Queued):
            pending[effect.receiver] = Pending(group=effect.group, due=effect.due)
    waiting = (
        {}
        if telling.only is None
        else {name: each for name, each in incident.waiting.items() if name not in telling.only}
    )
    waiting |= {
        each.receiver: Waiting(why=each.why, quiet=each.quiet, by=each.by, until=each.until)
        for each in telling.quieted
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
    """When each receiver is told again, by its own way through the tree. One that is due and kept quiet waits instead."""
    if incident.state is not IncidentState.FIRING or incident.problem.verdict is Verdict.INCONCLUSIVE:
        return {}  # that nothing can be judged is said once
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
        quieted=telling.quieted,
        routes=telling.routes,
        paces=telling.paces if _tells_now(telling) else {},
        groups=telling.groups,
        said=telling.said,
        inhibits=tuple(Inhibits(key, incident.id) for key in incident.inhibits if key not in before),
        frees=tuple(Inhibits(key, incident.id) for key in before if key not in incident.inhibits),
    )


def _tells_now(telling: NotificationDraft) -> bool:
    return any(isinstance(effect, Notify) for effect in telling.effects)
