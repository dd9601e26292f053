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
_TEXTS: Final[tuple[tuple[Check, tuple[str, ...]], ...]] = (
    (
        Check.RUN_GROUND_TRUTH,
        (
            r"ground[ _-]?truth.{0,200}(?:no |not |missing|empty|fail|without)",
            r"(?:no |not find |missing |without |empty ).{0,60}(?:ground[ _-]?truth|labels?\b)",
            r"no s3 objects found.{0,120}ground[ _-]?truth",
        ),
    ),
    (
        Check.RUN_SCRIPT,
        (
            r"(?:pre|post)[ _-]?(?:processor|process|processing|analytics)[^.]{0,40}script",
            r"invoking (?:pre|post)",
            r"(?:pre|post)process_handler",
            r"record_preprocessor",
        ),
    ),
    (
        Check.RUN_MEMORY,
        (
            r"out ?of ?memory",
            r"java heap space",
            r"gc overhead limit",
            r"memoryerror",
            r"exit(?:ed with (?:error )?)? ?code:? ?137\b",
            r"oom[- ]?killed",
            r"with more memory",
            r"insufficient memory",
        ),
    ),
    (
        Check.RUN_BASELINE,
        (
            r"(?:constraints?|statistics|baseline)(?:\.json)?[^.]{0,100}(?:not found|missing|invalid|malformed|no such|corrupt)",
            r"(?:constraints?|statistics|baseline)(?:\.json)?[^.]{0,100}(?:not exist|not (?:be )?(?:read|parse)|lacks)",
            r"(?:no such|not read|invalid|malformed|missing|there is no|no) [^.]{0,100}(?:baseline|(?:constraints?|statistics)\.json)",
        ),
    ),
    (Check.RUN_NO_DATA, (r"job inputs had no data", r"no s3 objects found under s3 url", r"^no data\b")),
    (
        Check.RUN_CONTAINER,
        (
            r"manifest (?:for .{0,200} not found|unknown)",
            r"image not found",
            r"(?:cannot|unable to|failed to) pull",
            r"image does not exist",
            r"exec format error",
        ),
    ),
    (
        Check.RUN_PERMISSION,
        (
            r"access ?denied",
            r"not authorized",
            r"unauthorized",
            r"forbidden",
            r"\(403\)",
            r"permission",
            r"assume (?:the )?role",
            r"may not read",
        ),
    ),
    (Check.RUN_CONTAINER, (r"algorithmerror", r"exit(?:ed with (?:error )?)? ?code:? ?\d+", r"container")),
)
_PATTERNS: Final = tuple((check, re.compile("|".join(texts), re.IGNORECASE | re.DOTALL)) for check, texts in _TEXTS)
_OPERATION: Final = re.compile(
    r"\((?:AccessDenied\w*|AuthorizationError|UnauthorizedOperation)\) when calling the (\w{3,60}) "
)
_ACTION: Final = re.compile(
    r"\b(?:not authorized to perform|perform|permission[s]?):? ?\"?([a-z0-9-]{2,30}:[A-Z][A-Za-z]{2,60})\b"
)


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
    return next((check for check, pattern in _PATTERNS if pattern.search(said)), None)


def missing_permission(said: str) -> str:
    """Return the permission that a text names, such as `s3:GetObject`, or the denied operation; empty without either."""
    found = _ACTION.search(said) or _OPERATION.search(said)
    return found[1] if found else ""
