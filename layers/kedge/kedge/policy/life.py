"""The life of an incident: opened once, made worse, resolved, each time for a reason."""

from datetime import timedelta
from typing import Final

import msgspec

from kedge.domain.decision import Decision, Last, Notify, Reason
from kedge.domain.ids import incident_id, mark
from kedge.domain.incident import Cause, Incident, IncidentState, Problem, Severity
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.case import Case
from kedge.policy.cause import cause_of_alarm, cause_of_run
from kedge.policy.judgement import BAD, FAULTS
from kedge.policy.problem import problem_of_alarm, problem_of_run
from kedge.policy.severity import severity_of

# A cause takes the place of a weaker one while an incident is open, never of a stronger: it may not go to and fro.
_STRENGTH: Final = {Cause.MONITOR_FAULT: 0, Cause.INCONCLUSIVE: 1, Cause.INPUT_DRIFT: 2, Cause.SCHEMA_BREAK: 3}
_OTHER_STRENGTH: Final = 2
# More alarms than anybody sets on one endpoint (one a feature); as marks, since each effect carries them.
_SOURCES: Final = 1_000
# A schedule runs once a day or more often. One that has said nothing for so long was deleted, or replaced by another.
_GONE: Final = timedelta(days=14)


def open_change_or_resolve(case: Case) -> Decision:
    """Open an incident, change the open one, resolve it, or find that all is well."""
    incident = case.open_incident
    if case.verdict not in BAD:
        return _well(case, incident)
    problem, cause = _diagnose(case)
    monitor = case.signal.monitor if isinstance(case.signal, RunFinished) else Monitor.ALARM
    severity = severity_of(case.policy, monitor, cause, problem)
    if incident is None:
        return _open(case, monitor, severity, cause, problem)
    return _change(case, incident, severity, cause, problem)


def _diagnose(case: Case) -> tuple[Problem, Cause]:
    signal = case.signal
    if isinstance(signal, RunFinished):
        problem = problem_of_run(signal)
        return problem, cause_of_run(signal.monitor, signal.verdict, problem.checks)
    return problem_of_alarm(signal), cause_of_alarm(signal.namespace, signal.metric)


def _open(case: Case, monitor: Monitor, severity: Severity, cause: Cause, problem: Problem) -> Decision:
    target = case.signal.target
    # Named by what went wrong and when, not by who told: whichever of a run's signals comes first names one incident.
    # And by the incident before it, or a source that is late could begin one with the name of one long resolved.
    before = case.state.incident
    incident = Incident(
        id=incident_id(case.at, str(target), monitor, before.id if before is not None else ""),
        target=target,
        monitor=monitor,
        state=IncidentState.FIRING,
        severity=severity,
        cause=cause,
        since=case.at,
        changed=case.now,
        problem=problem,
        told=case.policy.receivers,
        sources=(mark(case.source),),
    )
    return _told(case, Reason.FIRST_SEEN, incident, f"{_what(problem)}: nothing was open", case.policy.receivers)


def _change(case: Case, incident: Incident, severity: Severity, cause: Cause, problem: Problem) -> Decision:
    broke = case.verdict in FAULTS and incident.cause is not Cause.MONITOR_FAULT
    if broke:
        # The violation stays what the incident is about; a monitor that breaks meanwhile only blinds it.
        known = case.last is not None and case.last.verdict in FAULTS
        same = msgspec.structs.replace(incident, changed=case.now, revision=incident.revision + 1)
        if known:
            return _kept(case, Reason.STILL_FIRING, same, f"{_what(problem)}, again, while the incident is open")
        return _told(case, Reason.MONITOR_FAULT, same, f"{_what(problem)}: nobody measures now", case.policy.receivers)
    stronger = _strength(cause) > _strength(incident.cause)
    raised = severity.rank > incident.severity.rank
    # A second schedule looks at the same data; a second alarm looks at something else.
    joined = isinstance(case.signal, AlarmChanged) and mark(case.source) not in incident.sources
    changed = msgspec.structs.replace(
        incident,
        severity=severity if raised else incident.severity,
        cause=cause if stronger else incident.cause,
        problem=problem,
        changed=case.now,
        runs=incident.runs + 1,
        sources=(*incident.sources, mark(case.source))[-_SOURCES:] if joined else incident.sources,
        revision=incident.revision + 1,
    )
    if stronger:
        return _told(
            case, Reason.CAUSE_CHANGED, changed, f"{incident.cause} turned out to be {cause}", case.policy.receivers
        )
    if raised:
        return _told(
            case, Reason.SEVERITY_RAISED, changed, f"{incident.severity} became {severity}", case.policy.receivers
        )
    if joined:
        return _told(case, Reason.ANOTHER_ALARM, changed, f"{_what(problem)}, too", case.policy.receivers)
    return _kept(
        case, Reason.STILL_FIRING, changed, f"{_what(problem)}: known since {incident.since:%Y-%m-%d %H:%M} UTC"
    )


def _well(case: Case, incident: Incident | None) -> Decision:
    others = {name: last for name, last in case.state.sources.items() if last.bad and name != case.source}
    if incident is None:
        return _kept(case, Reason.CLEAN, None, f"{case.source} is well, and nothing is open")
    gone = sorted(name for name, last in others.items() if _is_gone(case, last))
    if len(gone) < len(others):
        same = msgspec.structs.replace(incident, changed=case.now, revision=incident.revision + 1)
        still = ", ".join(sorted(others.keys() - gone))
        return _kept(case, Reason.OTHERS_FIRING, same, f"{case.source} is well, {still} not yet")
    resolved = msgspec.structs.replace(
        incident,
        state=IncidentState.RESOLVED,
        changed=case.now,
        resolved=max(case.at, incident.since),
        revision=incident.revision + 1,
    )
    because = f"{case.source} is well again"
    if gone:
        because += f", and nothing was heard of {', '.join(gone)} for {_GONE.days} days"
    return _told(case, Reason.RESOLVED, resolved, because, incident.told)


def _is_gone(case: Case, last: Last) -> bool:
    """Whether a bad source will never speak again, and so hold its incident open, and every later problem quiet, for ever.

    An alarm is heard of when it changes only: it may be in alarm for a year.
    """
    return isinstance(case.signal, RunFinished) and case.finished - last.finished > _GONE


def _told(case: Case, reason: Reason, incident: Incident, because: str, receivers: tuple[str, ...]) -> Decision:
    kept = _kept(case, reason, incident, because)
    return msgspec.structs.replace(kept, effects=tuple(Notify(receiver=name, why=reason) for name in receivers))


def _kept(case: Case, reason: Reason, incident: Incident | None, because: str) -> Decision:
    return Decision(
        reason=reason,
        state=case.remember(bad=case.verdict in BAD, incident=incident),
        changed=True,
        because=because,
        verdict=case.verdict,
        incident=incident,
    )


def _strength(cause: Cause) -> int:
    return _STRENGTH.get(cause, _OTHER_STRENGTH)


def _what(problem: Problem) -> str:
    match problem.verdict:
        case Verdict.VIOLATED if problem.findings is None:
            return f"{problem.source} found violations that could not be read ({problem.why_unread or 'no report'})"
        case Verdict.VIOLATED:
            return f"{problem.source} found {problem.findings} violation{'' if problem.findings == 1 else 's'}"
        case Verdict.FAILED:
            return f"{problem.source} failed"
        case Verdict.NO_DATA:
            return f"{problem.source} had no data"
        case Verdict.STOPPED:
            return f"{problem.source} was stopped"
        case _:
            return f"alarm {problem.source} went off"
