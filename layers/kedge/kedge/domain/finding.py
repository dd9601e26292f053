"""One violated check."""

import heapq
import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from kedge.domain.report_sentence import Breach, Numbers, numbers_in

# More findings than that are ranked by their check alone: a report of hundreds of thousands says that everything is off.
_RANKED: Final = 2_000
# Above it a whole number is a label that happens to have digits only.
_LARGEST: Final = 2**63 - 1


class Check(StrEnum):
    """The checks that SageMaker's own monitors make. Others are kept as they are written."""

    DATA_TYPE = "data_type_check"
    COMPLETENESS = "completeness_check"
    DRIFT = "baseline_drift_check"
    MISSING_COLUMN = "missing_column_check"
    EXTRA_COLUMN = "extra_column_check"
    CATEGORIES = "categorical_values_check"
    BIAS_DRIFT = "bias_drift_check"
    ATTRIBUTION_DRIFT = "feature_attribution_drift_check"
    BELOW = "LessThanThreshold"
    ABOVE = "GreaterThanThreshold"
    ALARM = "alarm"


SCHEMA_CHECKS: Final = frozenset({Check.DATA_TYPE, Check.COMPLETENESS, Check.MISSING_COLUMN, Check.EXTRA_COLUMN})
"""The checks of columns, types and gaps: a few records are enough for them, which make drift up."""


class Finding(
    Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    omit_defaults=True,
    rename={
        "check": "constraint_check_type",
        "said": "description",
        "feature": "feature_name",
        "metric": "metric_name",
        "measured": "observed",
        "allowed": "limit",
    },
):
    """One check that a run found violated, in the shape of an entry of constraint_violations.json.

    A report carries numbers only inside English sentences; `observed` and `limit` read them there when somebody asks,
    and a sentence that cannot be read costs a number, never a finding. `measured` and `allowed` hold numbers that came
    as numbers (an alarm's). Field names on the wire are SageMaker's own (data quality: feature_name; model quality and
    attribution: metric_name; bias: facet and facet_value; attribution: label).
    """

    check: str
    said: str = ""
    feature: str | None = None
    metric: str | None = None
    facet: str | None = None
    facet_value: str | int | float | bool | None = None
    label: str | int | float | bool | None = None
    measured: float | None = None
    allowed: float | None = None

    @property
    def subject(self) -> str:
        """What the check is about: feature, facet and metric, label and metric, or metric alone."""
        if self.feature:
            return self.feature
        if self.facet:
            value = "" if self.facet_value is None else f"={self.facet_value}"
            return f"{self.facet}{value} {self.metric or ''}".strip()
        if self.label is not None:
            return f"{self.label} {self.metric or ''}".strip() or self.check
        return self.metric or self.check

    def shortened(self, most: int) -> "Finding":
        """The same finding with no text longer than `most` characters: what a report says is bounded by nothing."""
        if not [value for value in structs.astuple(self) if value is not None and _is_long(value, most)]:
            return self
        return structs.replace(self, **{name: _cut(value, most) for name, value in structs.asdict(self).items()})

    @property
    def numbers(self) -> Numbers:
        """Observed value and limit, from the fields or else from the sentence; None where neither tells."""
        if self.measured is not None or self.allowed is not None:
            return Numbers(self.measured, self.allowed)
        return numbers_in(self.said, self.check)

    @property
    def observed(self) -> float | None:
        """The value that was measured, in the metric's own unit."""
        return self.numbers.observed

    @property
    def limit(self) -> float | None:
        """The limit that it broke."""
        return self.numbers.limit

    @property
    def breach(self) -> Breach:
        """Whether the value broke the limit by rising above it or by falling below."""
        return self.numbers.breach


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the one order in which they are kept and shown: broken columns first, then by how far a limit is exceeded.

    The distance counts in parts of the limit: 0.2 against 0.01 is worse than 0.9 against 0.5. Of more than 2,000 findings, those with
    the gravest checks are returned.
    """
    every = tuple(findings)
    if len(every) > _RANKED:
        every = tuple(heapq.nsmallest(_RANKED, every, key=_rank))
    return tuple(sorted(every, key=_badness))


def _badness(finding: Finding) -> tuple[int, float]:
    observed, limit, _ = finding.numbers
    excess = abs(observed - (limit or 0.0)) / (abs(limit or 0.0) or 1.0) if observed is not None else 0.0
    return _rank(finding), 0.0 if math.isnan(excess) else -excess


def _rank(finding: Finding) -> int:
    return _BROKEN.get(finding.check, len(_BROKEN))


_BROKEN: Final[dict[str, int]] = {
    check: rank
    for rank, check in enumerate((Check.MISSING_COLUMN, Check.DATA_TYPE, Check.COMPLETENESS, Check.EXTRA_COLUMN))
}


def _is_long(value: object, most: int) -> bool:
    return len(value) > most if isinstance(value, str) else isinstance(value, int) and abs(value) > _LARGEST


def _cut(value: object, most: int) -> object:
    text = str(value) if isinstance(value, int) and abs(value) > _LARGEST else value
    return text if not isinstance(text, str) or len(text) <= most else f"{text[: most - 1]}…"
