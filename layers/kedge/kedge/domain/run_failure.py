"""Finds the check that a run without a result failed, by its verdict and by the text of its failure.

SageMaker has no codes for these failures, only sentences: FailureReason and ExitMessage (docs/aws-behaviour.md). A text
that no pattern knows stays as it is.
"""

import re
from typing import Final

from kedge.domain.finding import Check
from kedge.domain.run import Verdict

# The first row that matches counts. Missing objects come before permissions, because SageMaker's sentence about missing
# objects also asks for `s3:ListBucket`.
_PATTERNS: Final[tuple[tuple[Check, tuple[re.Pattern[str], ...]], ...]] = (
    (
        Check.RUN_GROUND_TRUTH,
        (
            re.compile(r"(?is)ground[ _-]?truth.{0,200}(?:no |not |missing|empty|fail|without)"),
            re.compile(r"(?is)(?:no |not find |missing |without |empty ).{0,60}(?:ground[ _-]?truth|labels?\b)"),
            re.compile(r"(?is)no s3 objects found.{0,120}ground[ _-]?truth"),
        ),
    ),
    (
        Check.RUN_SCRIPT,
        (
            re.compile(r"(?is)(?:pre|post)[ _-]?(?:processor|process|processing|analytics)[^.]{0,40}script"),
            re.compile(r"(?is)invoking (?:pre|post)"),
            re.compile(r"(?is)(?:pre|post)process_handler"),
            re.compile(r"(?is)record_preprocessor"),
        ),
    ),
    (
        Check.RUN_MEMORY,
        (
            re.compile(r"(?is)out ?of ?memory"),
            re.compile(r"(?is)java heap space"),
            re.compile(r"(?is)gc overhead limit"),
            re.compile(r"(?is)memoryerror"),
            re.compile(r"(?is)exit(?:ed with (?:error )?)? ?code:? ?137\b"),
            re.compile(r"(?is)oom[- ]?killed"),
            re.compile(r"(?is)with more memory"),
            re.compile(r"(?is)insufficient memory"),
        ),
    ),
    (
        Check.RUN_BASELINE,
        (
            re.compile(
                r"(?is)(?:constraints?|statistics|baseline)(?:\.json)?[^.]{0,100}(?:not found|missing|invalid|malformed|no such|corrupt)"
            ),
            re.compile(
                r"(?is)(?:constraints?|statistics|baseline)(?:\.json)?[^.]{0,100}(?:not exist|not (?:be )?(?:read|parse)|lacks)"
            ),
            re.compile(
                r"(?is)(?:no such|not read|invalid|malformed|missing|there is no|no) [^.]{0,100}(?:baseline|(?:constraints?|statistics)\.json)"
            ),
        ),
    ),
    (
        Check.RUN_NO_DATA,
        (
            re.compile(r"(?is)job inputs had no data"),
            re.compile(r"(?is)no s3 objects found under s3 url"),
            re.compile(r"(?is)^no data\b"),
        ),
    ),
    (
        Check.RUN_CONTAINER,
        (
            re.compile(r"(?is)manifest (?:for .{0,200} not found|unknown)"),
            re.compile(r"(?is)image not found"),
            re.compile(r"(?is)(?:cannot|unable to|failed to) pull"),
            re.compile(r"(?is)image does not exist"),
            re.compile(r"(?is)exec format error"),
        ),
    ),
    (
        Check.RUN_PERMISSION,
        (
            re.compile(r"(?is)access ?denied"),
            re.compile(r"(?is)not authorized"),
            re.compile(r"(?is)unauthorized"),
            re.compile(r"(?is)forbidden"),
            re.compile(r"(?is)\(403\)"),
            re.compile(r"(?is)permission"),
            re.compile(r"(?is)assume (?:the )?role"),
            re.compile(r"(?is)may not read"),
        ),
    ),
    (
        Check.RUN_CONTAINER,
        (
            re.compile(r"(?is)algorithmerror"),
            re.compile(r"(?is)exit(?:ed with (?:error )?)? ?code:? ?\d+"),
            re.compile(r"(?is)container"),
        ),
    ),
)
_OPERATION: Final = re.compile(
    r"\((?:AccessDenied\w*|AuthorizationError|UnauthorizedOperation)\) when calling the (\w{3,60}) "
)
_ACTION: Final = re.compile(r"\b([a-z0-9-]{2,30}:[A-Z][A-Za-z]{2,60})\b")


def failed_check(verdict: Verdict, said: str, *, ran: bool) -> Check | None:
    """Return the check that a run without a result failed; None for a result, and for a text that is unknown.

    `ran` says that a job or a window of the run is known. Otherwise, the schedule itself is at fault.
    """
    match verdict:
        case Verdict.FAILED:
            return check_of_text(said) or (None if ran else Check.SCHEDULE_FAILED)
        case Verdict.NO_DATA:
            known = check_of_text(said)
            if known is not None and known is not Check.RUN_CONTAINER:
                return known
            return Check.RUN_NO_DATA if ran else Check.SCHEDULE_OVERDUE
        case Verdict.STOPPED:
            return Check.SCHEDULE_STOPPED
        case Verdict.INCONCLUSIVE:
            return Check.TOO_FEW_RECORDS
        case _:
            return None


def check_of_text(said: str) -> Check | None:
    """Return the check that a FailureReason or an ExitMessage shows; None if no pattern knows the text."""
    return next((check for check, texts in _PATTERNS if any(each.search(said) for each in texts)), None)


def missing_permission(said: str) -> str:
    """Return the permission that a text names, such as `s3:GetObject`, or the denied operation; empty without either."""
    found = _ACTION.search(said) or _OPERATION.search(said)
    return found[1] if found else ""
