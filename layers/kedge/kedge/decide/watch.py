"""The rules for the faults of monitoring itself: the policy disables checks, and a further fault is news.

A watchdog's pass finds all faults of a target at once. So a fault that is missing in a later pass is fixed.
"""

from typing import Final

import msgspec

from kedge.decide.evaluation import Evaluation
from kedge.domain.finding import Check, Finding, known_check
from kedge.domain.ids import mark
from kedge.domain.incident import Incident
from kedge.domain.run import FAULTS, Monitor, Verdict
from kedge.domain.run_failure import failed_check
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.compiled import Policy

_NAMED: Final = 3
# More endpoints than an account usually has.
_MARKS: Final = 1_000
_WITHOUT_RUNS: Final = frozenset({Monitor.POLICY, Monitor.WATCH})


def believed_faults(policy: Policy, signal: RunFinished) -> tuple[RunFinished, Verdict]:
    """Return a watchdog's signal with the faults that count under the policy, and its verdict."""
    evidence = signal.evidence
    kept = tuple(each for each in evidence.findings if _counts(policy, each))
    if len(kept) == len(evidence.findings):
        return signal, signal.verdict
    believed = msgspec.structs.replace(signal, evidence=msgspec.structs.replace(evidence, findings=kept))
    return believed, Verdict.VIOLATED if kept else Verdict.CLEAN


def is_disabled(policy: Policy, signal: RunFinished | AlarmChanged) -> bool:
    """Return whether a run had no result, and the policy disables the check that says why."""
    if not policy.disabled_checks or not isinstance(signal, RunFinished):
        return False
    if signal.verdict not in FAULTS or signal.monitor in _WITHOUT_RUNS:
        return False
    ran = signal.job is not None or signal.window is not None
    return failed_check(signal.verdict, signal.said or "", ran=ran) in policy.disabled_checks


def marks_of(signal: RunFinished) -> tuple[str, ...]:
    """Return the marks of the faults in a watchdog's signal: a fault keeps its mark from pass to pass."""
    return tuple(dict.fromkeys(map(_mark, signal.evidence.findings)))[:_MARKS]


def has_news(case: Evaluation, incident: Incident) -> bool:
    """Return whether a watchdog's signal brings a fault that its open incident never had, or the weekly digest again."""
    signal = case.signal
    if not isinstance(signal, RunFinished) or signal.monitor is not Monitor.WATCH:
        return False
    return incident.is_weekly or not {*marks_of(signal)} <= {*incident.sources}


def news_words(case: Evaluation, incident: Incident) -> str:
    """Return the new faults of a signal in half a sentence, for the timeline and the message."""
    findings = case.signal.evidence.findings if isinstance(case.signal, RunFinished) else ()
    if incident.is_weekly:
        return f"{len(findings)} endpoints are not watched this week"
    new = [each for each in findings if _mark(each) not in incident.sources]
    named = [f"{known.words if (known := known_check(each.check)) else each.check} ({each.metric})" for each in new]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f"New: {', '.join(named[:_NAMED])}{more}"


def _mark(fault: Finding) -> str:
    return mark(f"{fault.check}\n{fault.metric}")


def _counts(policy: Policy, fault: Finding) -> bool:
    if fault.check in policy.disabled_checks:
        return False
    enough = fault.check == Check.CAPTURE_SAMPLING and fault.measured is not None
    return not (enough and (fault.measured or 0) >= policy.minimum_records)
