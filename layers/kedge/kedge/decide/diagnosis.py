"""What a bad signal shows: the incident that it would open, with its cause, severity, owner and runbook."""

from datetime import datetime

import msgspec

from kedge.decide.broken_data import UNKNOWN_WINDOW
from kedge.decide.cause import cause_of_alarm, cause_of_run
from kedge.decide.evaluation import Evaluation
from kedge.decide.evidence import explain_cause
from kedge.decide.findings import features_of, problem_of_alarm, problem_of_run
from kedge.decide.severity import severity_of
from kedge.domain.cause import Cause
from kedge.domain.decision import Decision
from kedge.domain.ids import incident_id, mark
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.run import BAD, Monitor
from kedge.domain.signal import RunFinished
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.policy.matchers import all_hold

# The rules that tell what is wrong with the rules, and the dimension by which CloudWatch names a variant.
_VARIANT = "VariantName"
_LONGEST_TAG = 256


def diagnose(case: Evaluation) -> Evaluation | Decision:
    """Draft the incident that a bad signal shows; what is good needs none."""
    if case.verdict not in BAD:
        return case
    problem, cause = _shown(case)
    found = explain_cause(case, cause)
    signal = case.signal
    monitor = signal.monitor if isinstance(signal, RunFinished) else Monitor.ALARM
    draft = Incident(
        id=_name(case, monitor),
        target=signal.target,
        monitor=monitor,
        state=IncidentState.FIRING,
        severity=Severity.WARNING,
        cause=found.cause,
        since=case.at,
        changed=case.now,
        problem=problem,
        sources=(mark(case.source),),
        tags=_tags(case),
        variant=None if isinstance(signal, RunFinished) else signal.dimensions.get(_VARIANT),
        features=features_of(signal) if isinstance(signal, RunFinished) else (),
        evidence=found.evidence,
        suspect=found.suspect,
        explanations=found.others,
        provenance=signal.provenance,
        broken_since=_broken_since(case) if cause is Cause.SCHEMA_BREAK else None,
    )
    return msgspec.structs.replace(case, draft=draft)


def describe(case: Evaluation) -> Evaluation | Decision:
    """Give the draft what the policy says of it. While an incident is open, the draft only adds to that one."""
    if case.draft is None or case.open_incident is not None:
        return case
    return msgspec.structs.replace(case, draft=describe_incident(case.policy, case.draft))


def describe_incident(policy: Policy, incident: Incident) -> Incident:
    """An incident with the severity, owner and runbook that the policy gives it."""
    ownership = policy.document.ownership
    owner = incident.tags.get(ownership.owner_tag) or incident.owner
    incident = msgspec.structs.replace(incident, owner=owner)
    labels = labels_of(incident, policy.environment)
    runbook = incident.tags.get(ownership.runbook_tag, "")
    if not runbook.startswith(("https://", "http://")):
        runbook = next((rule.url for rule in policy.runbooks if all_hold(rule.matchers, labels)), "")
    severity = severity_of(policy, incident, labels)
    return msgspec.structs.replace(incident, severity=severity, runbook=runbook or None)


def _name(case: Evaluation, monitor: Monitor) -> str:
    """The open incident's own name, or a new one.

    Named by what went wrong and when, not by who told: whichever of a run's signals comes first names one incident. And by
    the incident before it, or a source that is late could begin one with the name of one long resolved.
    """
    if case.open_incident is not None:
        return case.open_incident.id
    before = case.state.incident
    return incident_id(case.at, str(case.signal.target), monitor, before.id if before is not None else "")


def _shown(case: Evaluation) -> tuple[Problem, Cause]:
    signal = case.signal
    if isinstance(signal, RunFinished):
        problem = problem_of_run(signal)
        return problem, cause_of_run(signal.monitor, signal.verdict, problem.checks)
    cause = Cause.MONITOR_FAULT if signal.measured_nothing else cause_of_alarm(signal.namespace, signal.metric)
    return problem_of_alarm(signal), cause


def _broken_since(case: Evaluation) -> datetime:
    window = case.signal.window if isinstance(case.signal, RunFinished) else None
    return window.start if window is not None else case.at - UNKNOWN_WINDOW


def _tags(case: Evaluation) -> dict[str, str]:
    return {name: value[:_LONGEST_TAG] for name, value in case.signal.tags.items()}
