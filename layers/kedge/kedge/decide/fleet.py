"""Finds one cause for many: the same feature drifts on many targets in one window because of an upstream problem.

The fleet is a case of its own. A target's run reports its drifting features to it (`sighting_of`). It opens one
incident if there are enough (`observe_fleet`). A target whose features all belong to it reports nothing further
(`correlate`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.decide.deduplication import is_stale
from kedge.decide.diagnosis import describe_incident
from kedge.decide.evaluation import Evaluation
from kedge.decide.incident_parts import is_only_of
from kedge.decide.lifecycle import is_the_same, reopen, why_again
from kedge.decide.next_evaluation import SAID
from kedge.decide.problem import features_of, that_fit
from kedge.decide.record_counts import judged_by_records
from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState, Decision, Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.ids import incident_id, mark
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.provenance import OWN, EntryPoint, Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AnySignal, FeaturesDrifted, RunFinished
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import Policy, Upstream
from kedge.routing.pipeline import IncidentUpdate

type Sightings = dict[str, dict[str, int]]
"""For each feature the marks of targets, with the minute of the last sighting since 1970."""

# Bytes of JSON. DynamoDB refuses an item above 400 KB, and accepts 1,000 write units a second for one. The whole rate
# of intake must fit through this item. A policy that requires more targets needs more of them.
_ROOM: Final = 65_536
_ROOM_A_TARGET: Final = 1_000
_MOST_ROOM: Final = 229_376
_SAID_ROOM: Final = 65_536
_LEAST_ENOUGH: Final = 32
_SPARE_UP_TO: Final = 500
_MINUTE: Final = 60


def enough(rule: Upstream) -> int:
    """Return the maximum number of stored targets per feature: twice those of an incident, so that some may recover."""
    return max(rule.targets, min(2 * rule.targets, _SPARE_UP_TO), _LEAST_ENOUGH)


def seen(sightings: Sightings, signal: FeaturesDrifted, at: datetime, rule: Upstream) -> Sightings:
    """Return the sightings after a target's report; the same object if nothing changes."""
    confirmed = signal.provenance.is_vouched
    member, minute = f"{'' if confirmed else SAID}{mark(str(signal.member))}", int(at.timestamp()) // _MINUTE
    # A write for every run of a large fleet would queue at one item: a recent sighting counts as new.
    fresh = minute - int(rule.within / timedelta(minutes=1)) // 4
    recent = recently(sightings, at - rule.within)
    kept = dict(recent)
    for feature, members in recent.items():
        if member in members and feature not in signal.features:
            kept[feature] = {other: when for other, when in members.items() if other != member}
    for feature in signal.features:
        members = kept.get(feature, {})
        with_it = _with(members, member, minute, fresh, enough(rule))
        if with_it is not members:
            kept[feature] = with_it
    if kept == sightings:
        return sightings
    fitting = _that_fit({feature: members for feature, members in kept.items() if members}, rule)
    return sightings if fitting == sightings else fitting


def recently(sightings: Sightings, since: datetime) -> Sightings:
    """Return the sightings after a moment; the same object if these are all."""
    oldest = int(since.timestamp()) // _MINUTE
    if all(minute > oldest for members in sightings.values() for minute in members.values()):
        return sightings
    kept = {
        feature: {member: minute for member, minute in members.items() if minute > oldest}
        for feature, members in sightings.items()
    }
    return {feature: members for feature, members in kept.items() if members}


def targets_of(members: Iterable[str]) -> int:
    """Return the number of stored targets, with unconfirmed ones."""
    return len({name.removeprefix(SAID) for name in members})


def many(sightings: Sightings, least: int, *, confirmed: bool) -> tuple[str, ...]:
    """Return the features that are bad on enough targets, by confirmed sightings alone or by all."""
    return tuple(
        feature
        for feature, members in sightings.items()
        if len(members) >= least and _many(members, least, confirmed=confirmed)
    )


def any_is_confirmed(sightings: Sightings) -> bool:
    """Return whether an authority confirms any sighting."""
    return any(_is_confirmed(member) for members in sightings.values() for member in members)


def _many(members: dict[str, int], least: int, *, confirmed: bool) -> bool:
    shown = [name for name in members if name[:1] != SAID]
    return len(shown) >= least or (not confirmed and targets_of(members) >= least)


def _with(members: dict[str, int], member: str, minute: int, fresh: int, most: int) -> dict[str, int]:
    """Return the targets of a feature with one more.

    The same object is returned if enough of its kind, or itself, were seen recently.
    """
    known = members.get(member)
    if known is not None:
        return members if known >= fresh else {**members, member: max(minute, known)}
    alike = {name: when for name, when in members.items() if _is_confirmed(name) is _is_confirmed(member)}
    if sum(when >= fresh for when in alike.values()) >= most:
        return members
    stalest = min(alike, key=alike.__getitem__) if len(alike) >= most else None
    return {name: when for name, when in members.items() if name != stalest} | {member: minute}


def _that_fit(sightings: Sightings, rule: Upstream) -> Sightings:
    room = min(_ROOM + _ROOM_A_TARGET * rule.targets, _MOST_ROOM)
    fitting = _without_the_oldest(sightings, room, confirmed=True)
    return _without_the_oldest(fitting, _SAID_ROOM, confirmed=False)


def _without_the_oldest(sightings: Sightings, room: int, *, confirmed: bool) -> Sightings:
    """Return the sightings with one kind reduced to its room.

    The newest stay, and of those the features with more targets.
    """
    if _size(sightings) <= room:
        return sightings
    part = _part(sightings, confirmed=confirmed)
    size = _size(part)
    if size <= room:
        return sightings
    # More than needed, so that not every write has to select again.
    over = size - room * 7 // 8
    kept = {feature: dict(members) for feature, members in sightings.items()}
    every = [
        (minute, len(members), feature, name) for feature, members in part.items() for name, minute in members.items()
    ]
    for minute, _, feature, name in sorted(every, key=lambda each: each[:2]):
        if over <= 0:
            break
        del part[feature][name], kept[feature][name]
        over -= len(f'"{name}":{minute},')
        if not part[feature]:
            over -= _size(feature) + len(":{},")
    return {feature: members for feature, members in kept.items() if members}


def _part(sightings: Sightings, *, confirmed: bool) -> Sightings:
    """Return the confirmed sightings, or the unconfirmed ones."""
    parts = {
        feature: {member: minute for member, minute in members.items() if (member[:1] != SAID) is confirmed}
        for feature, members in sightings.items()
    }
    return {feature: members for feature, members in parts.items() if members}


def _size(part: object) -> int:
    return len(msgspec.json.encode(part))


def _is_confirmed(member: str) -> bool:
    return member[:1] != SAID


FLEET: Final = "features"
_NEVER: Final = 1_000_000
_SHOWN: Final = 20
_UNCONFIRMED: Final = Provenance(
    entry_point=EntryPoint.KEDGE, says="reports of many targets that no authority confirms"
)


def fleet_of(target: Target) -> Target:
    """Return the fleet of a target: all targets of its account and Region."""
    return Target(account=target.account, region=target.region, kind=TargetKind.FLEET, name=FLEET)


def sighting_of(policy: Policy, state: CaseState, signal: AnySignal, now: datetime) -> FeaturesDrifted | None:
    """Return a run's report to the fleet: the features that drift, or that none does any more; None without one.

    `state` is that of the run's own case. Runs with too few records, stale runs and copies report nothing to the fleet.
    """
    if policy.upstream is None or type(signal) is not RunFinished or signal.monitor is not Monitor.DATA_QUALITY:
        return None
    if signal.copied or is_stale(policy, signal, now):
        return None
    signal, verdict = judged_by_records(policy, signal)
    features = features_of(signal)[:_SHOWN] if verdict is Verdict.VIOLATED else ()
    confirmed = signal.provenance.is_vouched
    last = state.last_of(signal.source, confirmed=confirmed)
    well_again = verdict is Verdict.CLEAN and last is not None and last.bad
    if not features and not well_again:
        return None
    if mark(signal.id) in (*state.recent, *(() if confirmed else state.recent_unconfirmed)) or (
        last is not None and signal.at < last.at
    ):
        return None
    return FeaturesDrifted(
        id=f"{signal.id}/features",
        at=signal.at,
        target=fleet_of(signal.target),
        member=signal.target,
        features=features,
        provenance=signal.provenance,
    )


def correlate(case: Evaluation) -> Evaluation | Decision:
    """Set the upstream cause and incident of a target whose features all drift upstream."""
    upstream, draft = case.context.upstream, case.draft
    if draft is None or upstream is None or not upstream.is_open or not draft.features:
        return case
    # An unconfirmed problem of many targets must not hide a confirmed one of a single target.
    if case.is_confirmed and not upstream.is_confirmed and upstream.provenance is not None:
        return case
    # If this target alone was reported, its incident continues by itself.
    known = case.open_incident
    if known is not None and known.part_of is None and not (case.is_confirmed and known.is_only_said):
        return case
    if not is_only_of(draft, upstream.features):
        return case
    joined = msgspec.structs.replace(draft, cause=Cause.UPSTREAM_INCIDENT, part_of=upstream.id)
    return msgspec.structs.replace(case, draft=joined)


def observe_fleet(policy: Policy, state: CaseState, signal: FeaturesDrifted, now: datetime) -> IncidentUpdate | None:
    """Return the news of a sighting for the fleet; None if nothing to store changes."""
    rule = policy.upstream
    if rule is None:
        return None
    at = min(signal.at, now)
    known = seen(state.sightings, signal, at, rule)
    if known is state.sightings:
        return None
    return _news(policy, msgspec.structs.replace(state, sightings=known), signal.target, at, now)


def expire_fleet(policy: Policy, state: CaseState, target: Target, now: datetime) -> IncidentUpdate | None:
    """Return the news of the time for the fleet: old sightings do not count any more."""
    rule = policy.upstream
    kept = {} if rule is None else recently(state.sightings, now - rule.within)
    if kept == state.sightings:
        return None
    return _news(policy, msgspec.structs.replace(state, sightings=kept), target, now, now)


def _news(policy: Policy, state: CaseState, target: Target, at: datetime, now: datetime) -> IncidentUpdate | None:
    rule, incident = policy.upstream, state.incident
    least = rule.targets if rule is not None else _NEVER
    shown, said = (that_fit(many(state.sightings, least, confirmed=confirmed)) for confirmed in (True, False))
    if incident is None or not incident.is_open:
        if not said:
            return IncidentUpdate(
                state=state, reason=Reason.NOTED, because="seen on too few targets to be one problem of all"
            )
        return _opened(policy, state, target, shown or said, at, now, confirmed=bool(shown))
    if incident.is_confirmed and not any_is_confirmed(state.sightings):
        # An unconfirmed sighting does not keep a confirmed incident open.
        return _resolved(state, incident, at, now)
    if not state.sightings:
        return _resolved(state, incident, at, now)
    if shown and not incident.is_confirmed:
        confirmed = incident.revised(now, provenance=OWN, features=shown, problem=_problem(state, shown))
        because = (
            f"it is confirmed that {', '.join(shown[:5])} {'is' if len(shown) == 1 else 'are'} off on many targets"
        )
        return IncidentUpdate(state=state, reason=Reason.CONFIRMED, because=because, incident=confirmed, tells=True)
    found = shown if incident.is_confirmed else said
    more = that_fit([feature for feature in found if feature not in incident.features], beside=incident.features)
    if not more:
        return IncidentUpdate(
            state=state, reason=Reason.NOTED, because="one more target of the same problem, or one fewer"
        )
    changed = incident.revised(
        now, features=(*incident.features, *more), problem=_problem(state, (*incident.features, *more))
    )
    because = f"{', '.join(more[:5])} {'is' if len(more) == 1 else 'are'} off on many targets, too"
    return IncidentUpdate(state=state, reason=Reason.ANOTHER_FEATURE, because=because, incident=changed, tells=True)


def _opened(
    policy: Policy,
    state: CaseState,
    target: Target,
    features: tuple[str, ...],
    at: datetime,
    now: datetime,
    *,
    confirmed: bool,
) -> IncidentUpdate:
    before = state.incident
    incident = Incident(
        id=incident_id(at, str(target), Monitor.FLEET, before.id if before is not None else ""),
        target=target,
        monitor=Monitor.FLEET,
        state=IncidentState.FIRING,
        severity=Severity.WARNING,
        cause=Cause.UPSTREAM_INCIDENT,
        since=at,
        changed=now,
        problem=_problem(state, features),
        features=features,
        provenance=OWN if confirmed else _UNCONFIRMED,
    )
    incident, reason = describe_incident(policy, incident), Reason.FIRST_SEEN
    if before is not None and is_the_same(policy, before, incident, at):
        incident = reopen(before, incident, now)
        reason = why_again(before, incident)
    targets = targets_of(name for feature in features for name in state.sightings[feature])
    because = f"{', '.join(features[:5])} {'is' if len(features) == 1 else 'are'} off on {targets} targets at once"
    return IncidentUpdate(state=state, reason=reason, because=because, incident=incident, tells=True)


def _resolved(state: CaseState, incident: Incident, at: datetime, now: datetime) -> IncidentUpdate:
    over = incident.revised(now, state=IncidentState.RESOLVED, resolved=max(at, incident.since))
    because = "no target shows it any more"
    return IncidentUpdate(state=state, reason=Reason.RESOLVED, because=because, incident=over, tells=True)


def _problem(state: CaseState, features: tuple[str, ...]) -> Problem:
    counts = {feature: targets_of(state.sightings.get(feature, {})) for feature in features}
    worst = sorted(counts, key=lambda feature: -counts[feature])[:_SHOWN]
    return Problem(
        source=FLEET,
        verdict=Verdict.VIOLATED,
        findings=len(features),
        subjects=len(features),
        checks={Check.DRIFT: len(features)},
        worst=tuple(
            Finding(
                check=Check.DRIFT,
                feature=feature,
                said=f"off on {counts[feature]} targets",
                measured=float(counts[feature]),
            )
            for feature in worst
        ),
    )
