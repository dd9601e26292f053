"""Checks whether an execution ended, made a model, and whether that model is better."""

import math
import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.facts import ModelPackage, Observed, RemedyExecution
from kedge.remediation.verification.checks import CheckResult

_HIGHER: Final = frozenset(
    {
        "accuracy",
        "auc",
        "precision",
        "recall",
        "f1",
        "f1_score",
        "f2",
        "f0_5",
        "r2",
        "r2_score",
        "true_positive_rate",
        "true_negative_rate",
        "ndcg",
        "map",
    }
)
_LOWER: Final = frozenset(
    {
        "rmse",
        "mse",
        "mae",
        "mape",
        "smape",
        "rmsle",
        "error",
        "logloss",
        "loss",
        "cross_entropy",
        "brier",
        "false_positive_rate",
        "false_negative_rate",
    }
)
_INNER: Final = frozenset({"value", "mean"})
# A model's metrics on its own training data are not evidence.
_SEEN_BEFORE: Final = re.compile(r"(?:^|[._:/ -])train(?:ing)?(?:$|[._:/ -])")
_EQUAL: Final = 1e-9


class Comparison(Struct, frozen=True, kw_only=True):
    """The metrics, by name, that are better, worse, or the same in the first of two models."""

    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


def compared(new: Mapping[str, float], old: Mapping[str, float]) -> Comparison:
    """Return the comparison of two models, by the metrics that both have and whose better side is known.

    Values that are not numbers are omitted, and so are metrics on training data.
    """
    found: dict[str, list[str]] = {"better": [], "worse": [], "same": []}
    for name in sorted(new.keys() & old.keys()):
        side = _side(name)
        if side is None or not (math.isfinite(new[name]) and math.isfinite(old[name])):
            continue
        gain = (new[name] - old[name]) * side
        if math.isclose(new[name], old[name], rel_tol=_EQUAL, abs_tol=_EQUAL):
            found["same"].append(name)
        else:
            found["better" if gain > 0 else "worse"].append(name)
    return Comparison(better=tuple(found["better"]), worse=tuple(found["worse"]), same=tuple(found["same"]))


def _side(name: str) -> int | None:
    """Return 1 if more is better, -1 if less is; None if it is unknown."""
    low = name.lower()
    if _SEEN_BEFORE.search(low):
        return None
    pieces = [piece for piece in re.split(r"[.:/]", low) if piece not in _INNER]
    last = re.sub(r"[ -]", "_", pieces[-1]) if pieces else ""
    # A metric may have its data set before its name, as in validation_auc; the longest name that fits counts.
    words = last.split("_")
    for start in range(len(words)):
        tail = "_".join(words[start:])
        if tail in _HIGHER:
            return 1
        if tail in _LOWER:
            return -1
    return None


# The words of SageMaker, Step Functions and CodePipeline, which differ in case.
_SUCCEEDED: Final = "SUCCEEDED"
_ENDED_BADLY: Final = frozenset(
    {"FAILED", "STOPPED", "ABORTED", "TIMED_OUT", "CANCELLED", "SUPERSEDED", "PENDING_REDRIVE"}
)


def ended_well(execution: RemedyExecution | None, what: str) -> CheckResult:
    """Check whether an execution succeeded."""
    if execution is None:
        return CheckResult(name="execution", ok=None, says=f"no execution of {what} was found yet", awaited=True)
    status = execution.status.upper()
    if status == _SUCCEEDED:
        return CheckResult(name="execution", ok=True, says=f"the execution of {what} succeeded")
    if status in _ENDED_BADLY:
        failure = f": {execution.failure}" if execution.failure else ""
        return CheckResult(name="execution", ok=False, says=f"the execution of {what} is {execution.status}{failure}")
    return CheckResult(name="execution", ok=None, says=f"the execution of {what} is {execution.status}", awaited=True)


def package_made(action: Action, observed: Observed) -> CheckResult:
    """Check whether a model package exists that names the execution as its maker."""
    makers = {arn.casefold() for arn in (action.started, observed.execution and observed.execution.arn) if arn}
    package = observed.package
    if package is None or (package.made_by or "").casefold() not in makers:
        return CheckResult(
            name="package", ok=None, says="no model package names the execution as its maker", awaited=True
        )
    return CheckResult(name="package", ok=True, says=f"model package {short(package)} was made by it")


def model_better(package: ModelPackage, in_service: ModelPackage | None) -> CheckResult:
    """Check whether a new model beats the one in service. If that is unknown, the registry's approval has to answer."""
    question = "whether it is better is for its approval in the model registry to say"
    if in_service is None:
        return CheckResult(
            name="metrics", ok=None, says=f"no model package in service is known to compare with: {question}"
        )
    found = compared(package.metrics, in_service.metrics)
    told = ", ".join(
        f"{name} {package.metrics[name]:g} ({in_service.metrics[name]:g} in service)"
        for name in (*found.worse, *found.better, *found.same)
    )
    if found.worse and not found.better:
        return CheckResult(name="metrics", ok=False, says=f"the new model is worse: {told}")
    if found.better and not found.worse:
        return CheckResult(name="metrics", ok=True, says=f"the new model is better: {told}")
    why = f"the new model is not plainly better: {told}" if told else "the two models have no metric to compare"
    return CheckResult(name="metrics", ok=None, says=f"{why}; {question}")


def short(package: ModelPackage) -> str:
    """Return a package's name for people: the end of its ARN."""
    return package.arn.split(":")[-1].removeprefix("model-package/")
