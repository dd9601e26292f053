"""Whether the reason of an alarm's state says that nothing was measured."""

import re
from typing import Final

_SEARCHED: Final = 2_000
# An alarm on metrics speaks of datapoints, one on logs of query results.
_NONE: Final = re.compile(r"\bno (?:datapoints?|query results?) (?:was|were) received\b", re.IGNORECASE)
_MISSING: Final = re.compile(
    r"\bmissing (?:datapoints?|query results?) (?:was|were) treated as\b|\btreated as \[Breaching\]", re.IGNORECASE
)
# `1 datapoint [0.5 (…)] was less than the threshold (0.8)`: something was measured, and it was bad.
_COMPARED: Final = re.compile(r"\bthe (?:threshold \(|(?:lower|upper) thresholds \[)|\bdatapoints? \[", re.IGNORECASE)


def measured_nothing(reason: str) -> bool:
    """Return whether CloudWatch compared nothing but missing datapoints, which the alarm treats as breaching.

    If some datapoints are missing and others are beyond the threshold, something was measured. `reason` is `StateReason`, of which
    the first 2,000 characters count.
    """
    said = reason[:_SEARCHED]
    return _NONE.search(said) is not None or (_MISSING.search(said) is not None and compared_nothing(said))


def compared_nothing(reason: str) -> bool:
    """Return whether a reason names no datapoint that was compared with a limit."""
    return _COMPARED.search(reason[:_SEARCHED]) is None
