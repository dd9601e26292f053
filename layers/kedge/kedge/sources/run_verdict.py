"""The verdict of a finished job: a violation, a broken monitor, or a monitor without data."""

from typing import Final

from kedge.domain.run import Evidence, Reading, Verdict
from kedge.ports.readers import ProcessingJob

TERMINAL: Final = ("Completed", "Failed", "Stopped")

# FailureReason of an execution without captured data, and of an empty capture prefix (docs/aws-behaviour.md).
_NO_DATA: Final = ("job inputs had no data", "no s3 objects found under s3 url")


def verdict_of(job: ProcessingJob, evidence: Evidence) -> Verdict:
    """Return the verdict of a terminal job.

    The beginning of ExitMessage is the contract that makes an execution `CompletedWithViolations`. A container with
    another message, or without one, is judged by its report.
    """
    if job.status == "Stopped":
        return Verdict.STOPPED
    if job.status == "Failed":
        said = f"{job.failure_reason or ''}\n{job.exit_message or ''}".lower()
        return Verdict.NO_DATA if any(words in said for words in _NO_DATA) else Verdict.FAILED
    exit_message = (job.exit_message or "").strip()
    if exit_message.startswith("CompletedWithViolations"):
        return Verdict.VIOLATED
    if exit_message.startswith("Completed"):
        return Verdict.CLEAN
    return verdict_by(evidence, absent=Verdict.CLEAN)


def verdict_by(evidence: Evidence, *, absent: Verdict) -> Verdict:
    """Return the verdict of a report alone. An unreadable report counts as violated, because a person must check it."""
    match evidence.reading:
        case Reading.READ:
            return Verdict.VIOLATED if evidence.findings else Verdict.CLEAN
        case Reading.UNREADABLE:
            return Verdict.VIOLATED
        case Reading.ABSENT:
            return absent
