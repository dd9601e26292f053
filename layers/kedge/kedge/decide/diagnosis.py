"""Drafts the incident of a bad signal, with its cause, severity, owner and runbook."""

from datetime import datetime

import msgspec

from kedge.decide.broken_data import UNKNOWN_WINDOW
from kedge.decide.cause import cause_of_alarm, cause_of_run
from kedge.decide.evaluation import Evaluation
from kedge.decide.explained_cause import explain_cause
from kedge.decide.problem import features_of, problem_of_alarm, problem_of_run
from kedge.decide.severity import severity_of
from kedge.decide.watch import marks_of
from kedge.domain.cause import Cause
from kedge.domain.decision import Decision
from kedge.domain.ids import incident_id, mark
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.run import BAD, Monitor
from kedge.domain.signal import RunFinished
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.policy.matchers import all_hold

# The rules about broken rules, and CloudWatch's dimension for a variant.
_VARIANT = "VariantName"
_LONGEST_TAG = 256


def diagnose(case: Evaluation) -> Evaluation | Decision:
    """Draft the incident of a bad signal; a good one needs none."""
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
        sources=_sources(case),
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
    """Add the policy's parts to the draft. While an incident is open, the draft only extends that one."""
    if case.draft is None or case.open_incident is not None:
        return case
    return msgspec.structs.replace(case, draft=describe_incident(case.policy, case.draft))


def describe_incident(policy: Policy, incident: Incident) -> Incident:
    """Return an incident with severity, owner and runbook by the policy."""
    ownership = policy.ownership
    owner = incident.tags.get(ownership.owner_tag) or incident.owner
    incident = msgspec.structs.replace(incident, owner=owner)
    labels = labels_of(incident, policy.environment)
    runbook = incident.tags.get(ownership.runbook_tag, "")
    if not runbook.startswith(("https://", "http://")):
        runbook = next((rule.url for rule in policy.runbooks if all_hold(rule.matchers, labels)), "")
    severity = severity_of(policy, incident, labels)
    return msgspec.structs.replace(incident, severity=severity, runbook=runbook or None)


def _sources(case: Evaluation) -> tuple[str, ...]:
    """Return the marks of what the incident reports: of its source, or of each fault of monitoring."""
    signal = case.signal
    if isinstance(signal, RunFinished) and signal.monitor is Monitor.WATCH:
        return marks_of(signal)
    return (mark(case.source),)


def _name(case: Evaluation, monitor: Monitor) -> str:
    """Return the open incident's id, or a new one.

    The id comes from the problem and its time, not from the signal: all signals of one run name one incident. It also
    comes from the incident before it: otherwise a late source could give a new incident the id of a resolved one.
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
