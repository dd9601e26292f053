"""For programs: the incidents that a message is about, and the counts of those that it does not list."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from kedge.domain import target as monitored
from kedge.domain.action import RemedyStatus
from kedge.domain.cause import Cause
from kedge.domain.effect import Effect
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.notification import IncidentSummary
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage
from kedge.domain.target import TargetKind
from kedge.formatting import shorten
from kedge.messages.digest import about_several, unlisted

_NAME: Final = 300
# The most bytes of the list. The rest is counted, so that the message never exceeds the limit of SNS.
_ROOM: Final = 60_000

type Moment = Annotated[datetime, Meta(tz=True)]


class ShownTarget(Struct, frozen=True, kw_only=True):
    """The monitored resource. `id` is `<account>/<region>/<kind>/<name>`."""

    id: str
    account: str
    region: str
    kind: TargetKind
    name: str


class ListedIncident(Struct, frozen=True, kw_only=True):
    """One incident of a message, in its state when the message was written."""

    incident: str
    revision: int
    target: ShownTarget
    monitor: Monitor
    source: Annotated[str, Meta(description="The schedule or alarm that found it.")]
    severity: Severity
    state: IncidentState
    cause: Cause
    why: Annotated[Reason, Meta(description="What its receiver is told of it.")]
    since: Moment
    findings: int | None


class ShownUnlisted(Struct, frozen=True, kw_only=True):
    """Counts of the incidents that a message does not list: open ones by severity, resolved ones, and those over before notification."""

    by_severity: dict[Severity, int]
    resolved: int
    over: Annotated[int, Meta(description="Began and ended before anybody was told.")]


def listed(effect: Effect) -> tuple[ListedIncident, ...]:
    """Return the incidents of a message, the worst first; a message about one incident has only that one."""
    alone = (IncidentSummary.of(effect.incident, effect.why, effect.receiver),)
    return tuple(_that_fit(effect.briefs if about_several(effect) else alone))


def more(effect: Effect, shown: int) -> ShownUnlisted:
    """Return the counts of the incidents of a message after the first `shown`."""
    if not about_several(effect):
        return ShownUnlisted(by_severity={}, resolved=0, over=0)
    rest = unlisted(effect, shown)
    return ShownUnlisted(by_severity=rest.by_severity, resolved=rest.resolved, over=rest.over)


def target_of(target: monitored.Target) -> ShownTarget:
    """Return a target, each text cut to its greatest length."""
    return ShownTarget(
        id=shorten(str(target), 1_000),
        account=shorten(target.account, _NAME),
        region=shorten(target.region, _NAME),
        kind=target.kind,
        name=shorten(target.name, _NAME),
    )


def _that_fit(briefs: tuple[IncidentSummary, ...]) -> Iterator[ListedIncident]:
    room = _ROOM
    for brief in briefs:
        one = _listed(brief)
        room -= len(msgspec.json.encode(one))
        if room < 0:
            return
        yield one


def _listed(brief: IncidentSummary) -> ListedIncident:
    return ListedIncident(
        incident=shorten(brief.incident, _NAME),
        revision=brief.revision,
        target=target_of(brief.target),
        monitor=brief.monitor,
        source=shorten(brief.source, _NAME),
        severity=brief.severity,
        state=brief.state,
        cause=brief.cause,
        why=brief.why,
        since=brief.since,
        findings=brief.findings,
    )


_TEXT: Final = 1_500
_REMEDY_NAME: Final = 300
_LINES: Final = 10


class ShownRemedy(Struct, frozen=True, kw_only=True):
    """The action on an incident, planned or carried out, and its outcome."""

    remedy: RemedyName
    mode: Mode
    stage: Stage
    at: Annotated[Moment, Meta(description="When it came to this stage.")]
    said: Annotated[str, Meta(description="What happened last, in one sentence.")]
    plan: Annotated[str, Meta(description="What an approver approves, in one sentence; empty where there is no plan.")]
    brief: str
    preconditions: Annotated[tuple[str, ...], Meta(description="What is looked at again before the act.")]
    notes: Annotated[tuple[str, ...], Meta(description="What an approver should know beside it.")]
    digest: Annotated[
        str | None, Meta(description="Names the plan. An answer to it is an answer to this plan and to no other.")
    ]
    why: Annotated[HoldReason | None, Meta(description="Why it is held back, or was not done.")]
    due: Annotated[Moment | None, Meta(description="Until when an answer or an outcome is waited for.")]
    until: Annotated[Moment | None, Meta(description="When it is looked at again, whatever happens.")]
    rule: Annotated[str, Meta(description="The rule of the policy that chose it.")]


def shown_remedy(acting: RemedyStatus | None) -> ShownRemedy | None:
    """Return a remedy, each text cut to its greatest length."""
    if acting is None:
        return None
    return ShownRemedy(
        remedy=acting.remedy,
        mode=acting.mode,
        stage=acting.stage,
        at=acting.at,
        said=shorten(acting.says, _TEXT),
        plan=shorten(acting.sentence, _TEXT),
        brief=shorten(acting.brief, _REMEDY_NAME),
        preconditions=tuple(shorten(line, _REMEDY_NAME) for line in acting.preconditions[:_LINES]),
        notes=tuple(shorten(line, _REMEDY_NAME) for line in acting.notes[:_LINES]),
        digest=shorten(acting.digest, _REMEDY_NAME) if acting.digest is not None else None,
        why=acting.why,
        due=acting.due,
        until=acting.until,
        rule=shorten(acting.rule, _REMEDY_NAME),
    )
