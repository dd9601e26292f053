"""Finds the cause by the evidence of one run or alarm.

The violated checks decide; the numbers in their sentences never do.
"""

import re
from collections.abc import Mapping
from typing import Final

from kedge.domain.cause import Cause
from kedge.domain.finding import known_check
from kedge.domain.run import Monitor, Verdict

_FAULTS: Final = frozenset({Verdict.FAILED, Verdict.NO_DATA, Verdict.STOPPED})
# Broken data outweighs all else: a model must never be retrained on it. Bias and lost quality outweigh drift, which may
# only lead to them.
_WEIGHTIEST: Final = (
    Cause.SCHEMA_BREAK,
    Cause.BIAS_DRIFT,
    Cause.CONCEPT_DRIFT,
    Cause.INPUT_DRIFT,
    Cause.ATTRIBUTION_DRIFT,
)
_BY_MONITOR: Final = {
    Monitor.MODEL_QUALITY: Cause.CONCEPT_DRIFT,
    Monitor.MODEL_BIAS: Cause.BIAS_DRIFT,
    Monitor.MODEL_EXPLAINABILITY: Cause.ATTRIBUTION_DRIFT,
}
# AWS's own pages spell the data-quality namespace in three ways (leading slash, singular).
_NAMESPACE: Final = re.compile(
    r"/?aws/sagemaker/(?:Endpoints?|ModelMonitoring)/(data|model|bias|explainability)-metrics?$"
)
_SHAPE_METRIC: Final = re.compile(r"feature_(?:completeness|null|non_null|\w+_counts)_")


# A cause replaces a weaker one while an incident is open, never a stronger one: it must not change back and forth.
_STRENGTH: Final = {
    Cause.MONITOR_FAULT: 0,
    Cause.INCONCLUSIVE: 1,
    Cause.INPUT_DRIFT: 2,
    Cause.DEPLOYMENT_REGRESSION: 3,
    Cause.SCHEMA_BREAK: 3,
}
_OTHER_STRENGTH: Final = 2


def strength(cause: Cause) -> int:
    """Return the strength of a cause; a stronger one replaces a weaker one."""
    return _STRENGTH.get(cause, _OTHER_STRENGTH)


def cause_of_run(monitor: Monitor, verdict: Verdict, checks: Mapping[str, int]) -> Cause:
    """Return the cause that a bad run shows. `checks` counts its findings by constraint_check_type."""
    if verdict in _FAULTS or monitor is Monitor.WATCH:
        return Cause.MONITOR_FAULT
    if monitor in _BY_MONITOR:
        return _BY_MONITOR[monitor]
    shown = {known.cause for check in checks if (known := known_check(check)) is not None}
    return next((cause for cause in _WEIGHTIEST if cause in shown), Cause.INCONCLUSIVE)


def cause_of_alarm(namespace: str | None, metric: str | None) -> Cause:
    """Return the cause that an alarm's metric shows: only the metrics of monitors show one."""
    found = _NAMESPACE.match(namespace or "")
    if found is None:
        return Cause.INCONCLUSIVE
    match found[1]:
        case "model":
            return Cause.CONCEPT_DRIFT
        case "bias":
            return Cause.BIAS_DRIFT
        case "explainability":
            return Cause.ATTRIBUTION_DRIFT
        case _:
            return Cause.SCHEMA_BREAK if _SHAPE_METRIC.match(metric or "") else Cause.INPUT_DRIFT
