"""The result of a signal as news, and its words."""

from typing import Final

import msgspec

from kedge.decide.diagnosis import describe_incident
from kedge.decide.evaluation import Evaluation
from kedge.domain.decision import CaseState, Reason
from kedge.domain.finding import FAULT_CHECKS, Check
from kedge.domain.incident import Incident, Problem, Severity
from kedge.domain.run import BAD, Verdict
from kedge.routing.pipeline import IncidentUpdate

# More alarms than a user sets on one endpoint (one per feature); as marks, since each effect carries them.
SOURCES: Final = 1_000


def news_of(
    case: Evaluation,
    reason: Reason,
    incident: Incident | None,
    because: str,
    *,
    state: CaseState | None = None,
    tells: bool = False,
    unheard: bool = False,
    said: bool = False,
) -> IncidentUpdate:
    """Return the news of a case. The default `state` is the one with the signal."""
    return IncidentUpdate(
        state=state or case.remember(bad=case.verdict in BAD, incident=None),
        reason=reason,
        because=because,
        incident=incident,
        tells=tells,
        verdict=case.verdict,
        unheard=unheard,
        said=said,
    )


def what(problem: Problem) -> str:
    """Return a problem in half a sentence, for the timeline."""
    match problem.verdict:
        case Verdict.VIOLATED if problem.findings is None:
            return f"{problem.source} found violations that could not be read ({problem.why_unread or 'no report'})"
        case Verdict.VIOLATED:
            thing = "fault" if problem.checks and FAULT_CHECKS.issuperset(problem.checks) else "violation"
            return f"{problem.source} found {problem.findings} {thing}{'' if problem.findings == 1 else 's'}"
        case Verdict.FAILED:
            return f"{problem.source} failed"
        case Verdict.NO_DATA if problem.failed_check is Check.SCHEDULE_OVERDUE:
            return f"{problem.source} did not run when it was due"
        case Verdict.NO_DATA:
            return f"{problem.source} had no data"
        case Verdict.INCONCLUSIVE:
            return f"{problem.source} has too few records to judge"
        case Verdict.STOPPED:
            return f"{problem.source} was stopped"
        case _ if problem.blind:
            return f"alarm {problem.source_name} fired without a datapoint"
        case _ if problem.contributors:
            return f"alarm {problem.source_name} fired for {problem.contributors[-1]}"
        case _:
            return f"alarm {problem.source} fired"


def severity_alone(case: Evaluation, incident: Incident, draft: Incident) -> Severity:
    """Return the severity of a signal by itself: beside an incident of a stronger cause it must not be lower."""
    if draft.cause is incident.cause:
        return incident.confirmed_severity or incident.severity
    return describe_incident(case.policy, msgspec.structs.replace(draft, tags=draft.tags or incident.tags)).severity
