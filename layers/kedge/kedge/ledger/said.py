"""What a line of the timeline says of a remedy."""

from kedge.domain.decision import Decision, Refused, Remedied
from kedge.domain.incident import Incident
from kedge.domain.reason import OF_REMEDIES


def said_of_remedy(decision: Decision, incident: Incident) -> tuple[str, str | None]:
    """What a decision has to say of a remedy, and the digest of its plan. Nothing, where it is about something else."""
    acting = incident.remedy
    if decision.remedies:
        plans = (each.plan for each in decision.remedies if isinstance(each, Remedied) and each.plan is not None)
        return "; ".join(map(_chosen, decision.remedies)), next((plan.digest for plan in plans), None)
    if acting is None or decision.reason not in OF_REMEDIES:
        return "", None
    return f"{acting.remedy} {acting.stage}{f' ({acting.why})' if acting.why else ''}", acting.digest


def _chosen(treated: Remedied | Refused) -> str:
    """What the policy chose, or why it held back."""
    if isinstance(treated, Refused):
        until = f", until {treated.until:%Y-%m-%d %H:%M} UTC" if treated.until else ""
        return f"{treated.remedy} refused ({treated.why}{until}): {treated.says}"
    return f"{treated.remedy} ({treated.mode}): {treated.says}"
