"""One violated check."""

import heapq
import math
from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from kedge.domain.attributed import AttributedEnum
from kedge.domain.cause import Cause
from kedge.domain.report_sentence import Breach, Numbers, numbers_in

# More findings than that are ranked by their check alone: a report of hundreds of thousands says that everything is
# wrong.
_RANKED: Final = 2_000
# A larger whole number is a label that happens to have only digits.
_LARGEST: Final = 2**63 - 1

UNRANKED: Final = 4
"""The rank of a finding that is not about a broken column or type."""


class CheckAttributes(Struct, frozen=True, kw_only=True):
    """The row of a check.

    `cause` is the cause of a violation of it alone. `rank` sorts findings, the gravest first. `words` are the check's
    name for people. `counted` is how one and `{n}` violations are counted, None if they are not. `has_side`: its limit
    holds on one side, above or below. `side` says whether values above or below the limit violate it, UNKNOWN if the
    value or its sentence decides.
    """

    cause: Cause
    rank: int = UNRANKED
    words: str
    counted: tuple[str, str] | None = None
    has_side: bool = True
    side: Breach = Breach.UNKNOWN


def _fault(words: str) -> CheckAttributes:
    return CheckAttributes(cause=Cause.MONITOR_FAULT, words=words, has_side=False)


class Check(AttributedEnum):
    """The checks of SageMaker's own monitors, and those of monitoring itself. Other checks keep their text."""

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
            cause=Cause.SCHEMA_BREAK,
            rank=1,
            words="data type",
            counted=("1 wrong type", "{n} wrong types"),
            side=Breach.BELOW,
        ),
    )
    COMPLETENESS = (
        "completeness_check",
        CheckAttributes(
            cause=Cause.SCHEMA_BREAK,
            rank=2,
            words="completeness",
            counted=("1 incomplete", "{n} incomplete"),
            side=Breach.BELOW,
        ),
    )
    DRIFT = (
        "baseline_drift_check",
        CheckAttributes(
            cause=Cause.INPUT_DRIFT, words="drift", counted=("1 drifted", "{n} drifted"), side=Breach.ABOVE
        ),
    )
    CATEGORIES = (
        "categorical_values_check",
        CheckAttributes(
            cause=Cause.INPUT_DRIFT,
            words="unknown values",
            counted=("unknown values in 1", "unknown values in {n}"),
            side=Breach.BELOW,
        ),
    )
    # A bias metric violates its limit by its distance from zero, on either side.
    BIAS_DRIFT = "bias_drift_check", CheckAttributes(cause=Cause.BIAS_DRIFT, words="bias", has_side=False)
    ATTRIBUTION_DRIFT = (
        "feature_attribution_drift_check",
        CheckAttributes(cause=Cause.ATTRIBUTION_DRIFT, words="nDCG score", side=Breach.BELOW),
    )
    BELOW = "LessThanThreshold", CheckAttributes(cause=Cause.CONCEPT_DRIFT, words="too low", side=Breach.BELOW)
    ABOVE = "GreaterThanThreshold", CheckAttributes(cause=Cause.CONCEPT_DRIFT, words="too high", side=Breach.ABOVE)
    ALARM = "alarm", CheckAttributes(cause=Cause.INCONCLUSIVE, words="alarm")
    # The faults of monitoring itself: the watchdog finds them, or a failed run shows them.
    CAPTURE_OFF = "capture_off_check", _fault("data capture off")
    CAPTURE_LOST = "capture_lost_check", _fault("data capture lost in a deployment")
    CAPTURE_SAMPLING = "capture_sampling_check", _fault("too few records captured")
    CAPTURE_EMPTY = "capture_empty_check", _fault("nothing captured")
    CAPTURE_UNMONITORED = "capture_unmonitored_check", _fault("captured data without a monitor")
    BASELINE_AGE = "baseline_age_check", _fault("baseline older than the model")
    BASELINE_COLUMNS = "baseline_columns_check", _fault("baseline with other columns")
    LABELS_LATE = "labels_late_check", _fault("labels late")
    NEVER_WORKED = "never_worked_check", _fault("no run ever succeeded")
    MERGE_FAILED = "merge_failed_check", _fault("merge of labels failed")
    TOO_FEW_RECORDS = "too_few_records_check", _fault("too few records")
    SCHEDULE_OVERDUE = "schedule_overdue_check", _fault("schedule overdue")
    SCHEDULE_STOPPED = "schedule_stopped_check", _fault("schedule stopped")
    SCHEDULE_FAILED = "schedule_failed_check", _fault("schedule failed")
    ALARM_DIMENSIONS = "alarm_dimensions_check", _fault("alarm on a metric that does not exist")
    ALARM_NO_DATA = "alarm_no_data_check", _fault("alarm without data")
    UNWATCHED_ENDPOINT = "unwatched_endpoint_check", _fault("endpoint without a monitor or an alarm")
    SUBSCRIPTION = "subscription_check", _fault("subscription not confirmed")
    WATCH_PERMISSION = "watch_permission_check", _fault("permission missing")
    RUN_PERMISSION = "run_permission_check", _fault("permission missing")
    RUN_NO_DATA = "run_no_data_check", _fault("no data")
    RUN_GROUND_TRUTH = "run_ground_truth_check", _fault("ground truth missing")
    RUN_MEMORY = "run_memory_check", _fault("out of memory")
    RUN_BASELINE = "run_baseline_check", _fault("baseline not usable")
    RUN_SCRIPT = "run_script_check", _fault("preprocessing script failed")
    RUN_CONTAINER = "run_container_check", _fault("container failed")

    def __init__(self, _word: str, row: CheckAttributes) -> None:
        """Take the attributes of the row."""
        self.cause = row.cause
        self.rank = row.rank
        self.words = row.words
        self.counted = row.counted
        self.has_side = row.has_side
        self.side = row.side


_BY_NAME: Final[dict[str, Check]] = {check.value: check for check in Check}


def known_check(name: str) -> Check | None:
    """Return the check of a name; None for one that only the team's own detector knows."""
    return _BY_NAME.get(name)


def side_of(name: str) -> Breach:
    """Return the side of its limit that violates a check; UNKNOWN if that depends on the value."""
    known = known_check(name)
    return Breach.UNKNOWN if known is None else known.side


SCHEMA_CHECKS: Final = frozenset(check for check in Check if check.cause is Cause.SCHEMA_BREAK)
"""The checks of columns, types and gaps. A few records are enough for them; drift on a few records is unreliable."""

FAULT_CHECKS: Final = frozenset(check for check in Check if check.cause is Cause.MONITOR_FAULT)
"""The checks of monitoring itself."""

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
    """One check that a run reported as violated, in the shape of an entry of constraint_violations.json.

    A report carries numbers only inside English sentences. `observed` and `limit` read them there on demand; an
    unreadable sentence costs a number, never a finding. `measured` and `allowed` hold numbers that arrived as numbers
    (an alarm's). Field names on the wire are SageMaker's own (data quality: feature_name; model quality and
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
        """Return the subject of the check: feature, facet and metric, label and metric, or metric alone."""
        if self.feature:
            return self.feature
        if self.facet:
            value = "" if self.facet_value is None else f"={self.facet_value}"
            return f"{self.facet}{value} {self.metric or ''}".strip()
        if self.label is not None:
            return f"{self.label} {self.metric or ''}".strip() or self.check
        return self.metric or self.check

    def shortened(self, most: int) -> "Finding":
        """Return the finding with texts of at most `most` characters: a report has no limit."""
        if not [value for value in structs.astuple(self) if value is not None and _is_long(value, most)]:
            return self
        return structs.replace(self, **{name: _cut(value, most) for name, value in structs.asdict(self).items()})

    @property
    def numbers(self) -> Numbers:
        """Return observed value and limit, from the fields or else from the sentence; None for unknown ones."""
        if self.measured is not None or self.allowed is not None:
            return Numbers(self.measured, self.allowed)
        return numbers_in(self.said, side_of(self.check))

    @property
    def observed(self) -> float | None:
        """Return the observed value, in the metric's own unit."""
        return self.numbers.observed

    @property
    def limit(self) -> float | None:
        """Return the limit that it violated."""
        return self.numbers.limit

    @property
    def breach(self) -> Breach:
        """Return whether the value violated the limit by rising above it or by falling below."""
        return self.numbers.breach


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the one order of storage and display: broken columns, then by the distance from the limit.

    The distance counts in parts of the limit: 0.2 against 0.01 is worse than 0.9 against 0.5. If there are more than
    2,000 findings, those with the gravest checks are returned.
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
