"""How a run ends and where its files lie: the exit message, the folder of a window, and the whole comparison.

Sources: SageMaker Developer Guide, "Container Contract Outputs" and "Interpret results"; CreateProcessingJob's limits.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from kedge_monitor.compare.verdict import Outcome, WindowComparison
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.struct_files import read_struct, write_struct

PROFILE: Final = "kedge_profile.msgpack"
COMPARISON: Final = "kedge_comparison.json"
LONGEST_MESSAGE: Final = 1024
"""The number of characters that SageMaker keeps of an exit message or a failure reason."""

_CUT: Final = "…"
_NO_DATA: Final = "Job inputs had no data"


class _ComparisonFile(msgspec.Struct, frozen=True):
    version: int
    comparison: WindowComparison


def exit_message(outcome: Outcome, violations: int, notes: Sequence[str] = ()) -> str:
    """Return the exit message of a run, at most 1,024 characters.

    SageMaker takes an execution that begins with CompletedWithViolations for violated. A window without data begins with
    the words of SageMaker's own failure reason, and `notes` follow it. A container must then end with a non-zero code.
    """
    match outcome:
        case Outcome.NO_DATA:
            return failure_message(". ".join([_NO_DATA, *notes]))
        case Outcome.VIOLATED:
            # The analyzer's sentence: readers match `(\d+) violations`, also for one.
            return f"CompletedWithViolations: Job completed successfully with {violations} violations."
        case Outcome.INCONCLUSIVE:
            said = "Inconclusive: Job completed successfully with no violations. The window has too few records."
            return failure_message(" ".join([said, *notes]))
        case Outcome.CLEAN:
            return "Completed: Job completed successfully with no violations."


def failure_message(text: str) -> str:
    """Return a text on one line, cut to 1,024 characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - len(_CUT)] + _CUT


def run_folder(prefix: str, schedule: str, end: datetime, endpoint: str | None = None) -> str:
    """Return the folder of a run's files, `<prefix>/<endpoint>/<schedule>/yyyy/mm/dd/hh/`; batch has no endpoint.

    `end` is the end of the window. Model Monitor runs in the hour after its window, so `hh` is the hour of the end. A
    window that ends within the hour gets the minute as one more folder, because several of them may end in one hour.

    Raises:
        MonitorError: `end` has no time zone.
    """
    if end.tzinfo is None:
        message = f"the end of the window, {end}, has no time zone. Give it in UTC."
        raise MonitorError(message)
    utc = end.astimezone(UTC)
    # A slash at the end of the prefix would make an empty folder, which SageMaker then does not find.
    parts = [prefix.rstrip("/"), endpoint or "", schedule]
    hour = f"{utc:%Y/%m/%d/%H}" if not (utc.minute or utc.second) else f"{utc:%Y/%m/%d/%H/%M}"
    return "/".join([*filter(None, parts), hour, ""])


def write_comparison(comparison: WindowComparison) -> bytes:
    """Return kedge_comparison.json: every check and every distance, violated or not."""
    return write_struct(_ComparisonFile(1, comparison))


def read_comparison(data: bytes, file: str = COMPARISON) -> WindowComparison:
    """Return the comparison that `write_comparison` wrote.

    Raises:
        FileUnreadable: the file is not JSON, or it is not a comparison.
    """
    return read_struct(data, _ComparisonFile, file).comparison
