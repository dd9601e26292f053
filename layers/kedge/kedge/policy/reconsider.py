"""What an alarm shows that was judged while a deployment was under way, once that has ended: an alarm that stays on sends no second signal."""

from datetime import datetime

import msgspec

from kedge.domain.context import Around
from kedge.domain.decision import State
from kedge.domain.incident import Cause, Incident
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AlarmChanged
from kedge.policy.case import Case
from kedge.policy.cause import cause_of_alarm
from kedge.policy.diagnosis import described
from kedge.policy.evidence import explained
from kedge.policy.rules import Policy


def reconsidered(policy: Policy, state: State, incident: Incident, around: Around, now: datetime) -> Incident | None:
    """Return an alarm's incident with what the deployments of its endpoint show now, cause and evidence; None if that is the same as before."""
    if incident.monitor is not Monitor.ALARM or incident.cause is not Cause.INCONCLUSIVE or incident.suspect is None:
        return None
    problem = incident.problem
    last = state.last_of(problem.source, confirmed=incident.is_confirmed)
    if last is None or not last.bad or incident.provenance is None:
        return None
    signal = AlarmChanged(
        id=last.id,
        at=last.at,
        target=incident.target,
        provenance=incident.provenance,
        alarm=problem.source,
        verdict=Verdict.ALARM,
        namespace=problem.namespace,
        metric=problem.metric,
        previous=Verdict.OK if problem.was_ok else None,
    )
    case = Case.of(policy, state, signal, Verdict.ALARM, now, around)
    found = explained(case, cause_of_alarm(problem.namespace, problem.metric))
    if (found.cause, found.suspect, found.evidence) == (incident.cause, incident.suspect, incident.evidence):
        return None
    changed = msgspec.structs.replace(
        incident,
        cause=found.cause,
        evidence=found.evidence,
        suspect=found.suspect,
        explanations=found.others,
        changed=now,
    )
    told = described(policy, changed)
    worst = max(incident.severity, told.severity, key=lambda severity: severity.rank)
    return msgspec.structs.replace(told, severity=worst)
