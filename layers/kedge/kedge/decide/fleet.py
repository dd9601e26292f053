"""One cause for many: the same feature drifting on many targets in one window is a problem upstream of all of them.

The fleet is a case of its own. A target's run tells it which features drift (`sighting_of`), it opens one incident when
there are enough (`observe_fleet`), and a target whose features all belong to it says no more than that (`correlate`).
"""

from datetime import datetime
from typing import Final

import msgspec

from kedge.decide.deduplication import is_stale
from kedge.decide.diagnosis import describe_incident
from kedge.decide.evaluation import Evaluation
from kedge.decide.findings import features_of, that_fit
from kedge.decide.fleet_sightings import any_is_confirmed, many, recently, seen, targets_of
from kedge.decide.incident_parts import is_only_of
from kedge.decide.record_counts import believed_measurements, effective_verdict
from kedge.decide.reopening import is_the_same, reopen, why_again
from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState, Decision, Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.ids import incident_id, mark
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.provenance import OWN, EntryPoint, Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AnySignal, FeaturesDrifted, RunFinished
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import Policy
from kedge.routing.pipeline import IncidentUpdate

FLEET: Final = "features"
_NEVER: Final = 1_000_000
_SHOWN: Final = 20
_UNCONFIRMED: Final = Provenance(door=EntryPoint.KEDGE, says="reports of many targets that no authority confirms")


def fleet_of(target: Target) -> Target:
    """The fleet that a target belongs to: all of its account and region."""
    return Target(account=target.account, region=target.region, kind=TargetKind.FLEET, name=FLEET)


def sighting_of(policy: Policy, state: CaseState, signal: AnySignal, now: datetime) -> FeaturesDrifted | None:
    """What a run tells the fleet: which features drift, or that none does any more; None where it has nothing to tell.

    `state` is that of the run's own case. What its records are too few for, what is stale and what is a copy tells the fleet nothing.
    """
    if policy.upstream is None or not isinstance(signal, RunFinished) or signal.monitor is not Monitor.DATA_QUALITY:
        return None
    if signal.copied or is_stale(policy, signal, now):
        return None
    verdict, signal = effective_verdict(policy, signal), believed_measurements(policy, signal)
    features = features_of(signal)[:_SHOWN] if verdict is Verdict.VIOLATED else ()
    confirmed = signal.provenance.is_vouched
    last = state.last_of(signal.source, confirmed=confirmed)
    if mark(signal.id) in (*state.recent, *(() if confirmed else state.recent_unconfirmed)) or (
        last is not None and signal.at < last.at
    ):
        return None
    well_again = verdict is Verdict.CLEAN and last is not None and last.bad
    if not features and not well_again:
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
    """Give a target whose features all drift upstream that cause, and the incident that it is part of."""
    upstream, draft = case.around.upstream, case.draft
    if draft is None or upstream is None or not upstream.is_open or not draft.features:
        return case
    # What is only said of many targets must not hide what is confirmed of one.
    if case.is_confirmed and not upstream.is_confirmed and upstream.provenance is not None:
        return case
    # Whoever was told of this target alone has an incident that lives its own life.
    known = case.open_incident
    if known is not None and known.part_of is None and not (case.is_confirmed and known.is_only_said):
        return case
    if not is_only_of(draft, upstream.features):
        return case
    joined = msgspec.structs.replace(draft, cause=Cause.UPSTREAM_INCIDENT, part_of=upstream.id)
    return msgspec.structs.replace(case, draft=joined)


def observe_fleet(policy: Policy, state: CaseState, signal: FeaturesDrifted, now: datetime) -> IncidentUpdate | None:
    """The news that a sighting brings for the fleet; None where it changes nothing worth keeping."""
    rule = policy.upstream
    if rule is None:
        return None
    at = min(signal.at, now)
    known = seen(state.sightings, signal, at, rule)
    if known is state.sightings:
        return None
    return _news(policy, msgspec.structs.replace(state, sightings=known), signal.target, at, now)


def expire_fleet(policy: Policy, state: CaseState, target: Target, now: datetime) -> IncidentUpdate | None:
    """The news that time brings for the fleet: what was seen long ago does not count any more."""
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
        # What is only said keeps no confirmed incident open.
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
