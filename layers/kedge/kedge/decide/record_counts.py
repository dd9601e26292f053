"""The checks for which the records of a run are enough.

Drift of a few hundred records is noise. A missing column is missing in each of them.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from kedge.domain.decision import TooFewRecords
from kedge.domain.finding import SCHEMA_CHECKS
from kedge.domain.run import Reading, Verdict
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.compiled import Policy

_COUNTED: Final = frozenset({Verdict.CLEAN, Verdict.VIOLATED})


def is_thin(policy: Policy, signal: RunFinished | AlarmChanged) -> bool:
    """Return whether a run measured something, on fewer records than drift and quality need.

    A verdict under a promise about false pages allows for the number of records itself.
    """
    if not isinstance(signal, RunFinished) or signal.verdict not in _COUNTED or signal.evidence.is_promised:
        return False
    records = signal.evidence.records
    return records is not None and records < policy.minimum_records


def one_more(known: TooFewRecords | None, at: datetime, finished: datetime) -> TooFewRecords:
    """Return the consecutive runs on too few records, with one more, whose window ended at `at`."""
    if known is None:
        return TooFewRecords(since=finished, at=at, finished=finished)
    return replace(known, at=max(at, known.at), finished=max(finished, known.finished), runs=known.runs + 1)


def shows_schema(policy: Policy, signal: RunFinished | AlarmChanged) -> bool:
    """Return whether a run had enough records to check columns, types and completeness."""
    if not isinstance(signal, RunFinished):
        return False
    records = signal.evidence.records
    return records is None or records >= policy.minimum_schema_records


def judged_by_records[Signal: RunFinished | AlarmChanged](policy: Policy, signal: Signal) -> tuple[Signal, Verdict]:
    """Return the signal and its verdict after the evaluation of its number of records, which is enough for most."""
    if not is_thin(policy, signal):
        return signal, signal.verdict
    return believed_measurements(policy, signal), effective_verdict(policy, signal)


def believed_measurements[Signal: RunFinished | AlarmChanged](policy: Policy, signal: Signal) -> Signal:
    """Return the signal with the findings that its number of records allows; the same object if it allows all."""
    if not isinstance(signal, RunFinished) or not is_thin(policy, signal):
        return signal
    enough = shows_schema(policy, signal)
    kept = tuple(each for each in signal.evidence.findings if enough and each.check in SCHEMA_CHECKS)
    return replace(signal, evidence=replace(signal.evidence, findings=kept))


def effective_verdict(policy: Policy, signal: RunFinished | AlarmChanged) -> Verdict:
    """Return a signal's verdict after evaluation: too few records are inconclusive, unless they show a broken schema.

    An unreadable report may contain one, so it counts as soon as there are enough records for that.
    """
    if not isinstance(signal, RunFinished) or not is_thin(policy, signal):
        return signal.verdict
    unread = signal.evidence.reading is not Reading.READ and shows_schema(policy, signal)
    broken = bool(believed_measurements(policy, signal).evidence.findings)
    return Verdict.VIOLATED if signal.verdict is Verdict.VIOLATED and (unread or broken) else Verdict.INCONCLUSIVE
