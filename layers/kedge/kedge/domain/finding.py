"""One violated check."""

import heapq
import math
from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from kedge.domain.attributed import AttributedEnum
from kedge.domain.cause import Cause
from kedge.domain.report_sentence import Breach, Numbers, numbers_in

# More findings than that are ranked by their check alone: a report of hundreds of thousands says that everything is off.
_RANKED: Final = 2_000
# Above it a whole number is a label that happens to have digits only.
_LARGEST: Final = 2**63 - 1

UNRANKED: Final = 4
"""The rank of a finding that is not about a broken column or type."""


class CheckAttributes(Struct, frozen=True, kw_only=True):
    """The row of a check.

    `cause` is what a violation of it shows alone. `rank` sorts findings, the gravest first. `words` are the check as people call it, and
    `counted` how one and `{n}` violations of it are counted, None if they are not. `has_side`: its limit holds on one side, above or below.
    """

    cause: Cause
    rank: int = UNRANKED
    words: str
    counted: tuple[str, str] | None = None
    has_side: bool = True


class Check(AttributedEnum):
    """The checks that SageMaker's own monitors make. Others are kept as they are written."""

    MISSING_COLUMN = (
        "missing_column_check",
        CheckAttributes(
            cause=Cause.SCHEMA_BREAK,
            rank=0,
            words="column count",
            counted=("columns missing", "columns missing"),
            has_side=False,
        ),
    )
    EXTRA_COLUMN = (
        "extra_column_check",
        CheckAttributes(
            cause=Cause.SCHEMA_BREAK,
            rank=3,
            words="column count",
            counted=("extra columns", "extra columns"),
            has_side=False,
        ),
    )
    DATA_TYPE = (
        "data_type_check",
        CheckAttributes(
            cause=Cause.SCHEMA_BREAK, rank=1, words="data type", counted=("1 wrong type", "{n} wrong types")
        ),
    )
    COMPLETENESS = (
        "completeness_check",
        CheckAttributes(
            cause=Cause.SCHEMA_BREAK, rank=2, words="completeness", counted=("1 incomplete", "{n} incomplete")
        ),
    )
    DRIFT = (
        "baseline_drift_check",
        CheckAttributes(cause=Cause.INPUT_DRIFT, words="drift", counted=("1 drifted", "{n} drifted")),
    )
    CATEGORIES = (
        "categorical_values_check",
        CheckAttributes(
            cause=Cause.INPUT_DRIFT, words="unknown values", counted=("unknown values in 1", "unknown values in {n}")
        ),
    )
    # A bias metric breaks by lying farther from zero than the baseline, on either side.
    BIAS_DRIFT = "bias_drift_check", CheckAttributes(cause=Cause.BIAS_DRIFT, words="bias", has_side=False)
    ATTRIBUTION_DRIFT = (
        "feature_attribution_drift_check",
        CheckAttributes(cause=Cause.ATTRIBUTION_DRIFT, words="nDCG score"),
    )
    BELOW = "LessThanThreshold", CheckAttributes(cause=Cause.CONCEPT_DRIFT, words="too low")
    ABOVE = "GreaterThanThreshold", CheckAttributes(cause=Cause.CONCEPT_DRIFT, words="too high")
    ALARM = "alarm", CheckAttributes(cause=Cause.INCONCLUSIVE, words="alarm")

    def __init__(self, _word: str, row: CheckAttributes) -> None:
        """Take the attributes of the row."""
        self.cause = row.cause
        self.rank = row.rank
        self.words = row.words
        self.counted = row.counted
        self.has_side = row.has_side


_BY_NAME: Final[dict[str, Check]] = {check.value: check for check in Check}


def known_check(name: str) -> Check | None:
    """Return the check of a name; None for one that only the team's own detector knows."""
    return _BY_NAME.get(name)


SCHEMA_CHECKS: Final = frozenset(check for check in Check if check.cause is Cause.SCHEMA_BREAK)
"""The checks of columns, types and gaps: a few records are enough for them, which make drift up."""

DRIFT_CHECKS: Final = frozenset(check for check in Check if check.cause is Cause.INPUT_DRIFT)
"""The checks of a distribution against the baseline."""


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
    check = _BY_NAME.get(finding.check)
    return UNRANKED if check is None else check.rank


def _is_long(value: object, most: int) -> bool:
    return len(value) > most if isinstance(value, str) else isinstance(value, int) and abs(value) > _LARGEST


def _cut(value: object, most: int) -> object:
    text = str(value) if isinstance(value, int) and abs(value) > _LARGEST else value
    return text if not isinstance(text, str) or len(text) <= most else f"{text[: most - 1]}…"
