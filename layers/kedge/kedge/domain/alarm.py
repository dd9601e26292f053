"""The observed value of an alarm and the limit that it was compared with."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct


class ThresholdComparison(NamedTuple):
    """Observed value and limit, in the metric's own unit, each if it is known."""

    observed: float | None = None
    limit: float | None = None


def compared(
    points: Sequence[float], threshold: float | None, lower: Sequence[float], upper: Sequence[float]
) -> ThresholdComparison:
    """Return the newest datapoint and the threshold. The datapoints are in order, the oldest first.

    An anomaly band does not have a threshold; its crossed side is returned.
    """
    observed = newest(points)
    limit = crossed(observed, newest(lower), newest(upper)) if threshold is None else threshold
    return ThresholdComparison(observed, limit)


def newest(numbers: Sequence[float]) -> float | None:
    """Return the last number, or None."""
    return numbers[-1] if numbers else None


def crossed(observed: float | None, lower: float | None, upper: float | None) -> float | None:
    """Return the side of a band that a value is beyond; None if the value is inside."""
    if observed is None:
        return None
    if lower is not None and observed < lower:
        return lower
    return upper if upper is not None and observed > upper else None


_LONGEST_REASON: Final = 2_000
# An alarm on metrics names datapoints, one on logs query results.
_NONE: Final = re.compile(r"\bno (?:datapoints?|query results?) (?:was|were) received\b", re.IGNORECASE)
_MISSING: Final = re.compile(
    r"\bmissing (?:datapoints?|query results?) (?:was|were) treated as\b|\btreated as \[Breaching\]", re.IGNORECASE
)
# `1 datapoint [0.5 (…)] was less than the threshold (0.8)`: a value was measured, and it was bad.
_COMPARED: Final = re.compile(r"\bthe (?:threshold \(|(?:lower|upper) thresholds \[)|\bdatapoints? \[", re.IGNORECASE)


def measured_nothing(reason: str) -> bool:
    """Return whether CloudWatch only compared missing datapoints, which the alarm treats as breaching.

    If some datapoints are missing and others are beyond the threshold, a value was measured. `reason` is `StateReason`;
    its first 2,000 characters count.
    """
    said = reason[:_LONGEST_REASON]
    return _NONE.search(said) is not None or (_MISSING.search(said) is not None and compared_nothing(said))


def compared_nothing(reason: str) -> bool:
    """Return whether a reason names no datapoint that was compared with a limit."""
    return _COMPARED.search(reason[:_LONGEST_REASON]) is None


# `AWS/SageMaker` is the endpoints' own, `/aws/sagemaker/Endpoints` their instances',
# `aws/sagemaker/Endpoints/data-metrics` a monitor's.
_NAMESPACE: Final = re.compile(r"/?aws/sagemaker(?:/[\w.-]{1,128})*", re.ASCII | re.IGNORECASE)
_DIMENSIONS: Final = ("EndpointName", "Endpoint")  # AWS/SageMaker's name for it, and Model Monitor's
# A query of Metrics Insights: FROM "AWS/SageMaker", or FROM SCHEMA("AWS/SageMaker", EndpointName).
_QUERIED: Final = re.compile(r'\bFROM\s{1,9}(?:SCHEMA\s{0,9}\(\s{0,9})?"([^"]{1,255})"', re.IGNORECASE)
_SEARCHED: Final = 4_096
_ACCOUNT: Final = re.compile(r"\d{12}", re.ASCII)
_OF_ACCOUNT: Final = "AWS.AccountId"


class WatchedMetric(Struct, frozen=True, kw_only=True):
    """One metric, or one expression, that an alarm monitors.

    `account` is that of the metric if it is not the alarm's own. `returned` says that the alarm compares it itself.
    """

    namespace: str | None = None
    name: str | None = None
    dimensions: dict[str, str] = {}
    account: str | None = None
    expression: str = ""
    returned: bool = True


class WatchedEndpoint(NamedTuple):
    """An endpoint by its name and account."""

    account: str
    name: str


def endpoint_of(
    watched: Iterable[WatchedMetric], account: str, attributes: Mapping[str, str]
) -> WatchedEndpoint | None:
    """Return the one endpoint of an alarm or of its contributor; None if there is none, or more than one.

    A dimension names an endpoint of SageMaker's only in a namespace of SageMaker's: `WatchedEndpoint` is also a
    dimension of other services.

    Args:
        watched: the metrics and expressions that the alarm monitors.
        account: the alarm's own account.
        attributes: those of the contributor; empty for the whole alarm.
    """
    watched = tuple(watched)
    if (name := _named(attributes)) is not None and any(map(_is_of_sagemaker, watched)):
        return WatchedEndpoint(_account(attributes.get(_OF_ACCOUNT)) or _one_account(watched) or account, name)
    found = {
        WatchedEndpoint(_account(each.account) or account, name)
        for each in watched
        if _is_sagemakers(each.namespace) and (name := _named(each.dimensions)) is not None
    }
    return found.pop() if len(found) == 1 else None


def _named(dimensions: Mapping[str, str]) -> str | None:
    return next((value for key in _DIMENSIONS if (value := dimensions.get(key))), None)


def queried(expression: str) -> str | None:
    """Return the namespace in a query of Metrics Insights; None if an expression is not such a query."""
    found = _QUERIED.search(expression[:_SEARCHED])
    return found[1] if found is not None else None


def _is_of_sagemaker(each: WatchedMetric) -> bool:
    return _is_sagemakers(each.namespace) or _is_sagemakers(queried(each.expression))


def _is_sagemakers(namespace: str | None) -> bool:
    return namespace is not None and _NAMESPACE.fullmatch(namespace) is not None


def _account(text: str | None) -> str | None:
    return text if text is not None and _ACCOUNT.fullmatch(text) else None


def _one_account(watched: tuple[WatchedMetric, ...]) -> str | None:
    accounts = {found for each in watched if (found := _account(each.account)) is not None}
    return accounts.pop() if len(accounts) == 1 else None
