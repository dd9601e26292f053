"""Which of two models is the better one, by what they measured of themselves; and where that cannot be said."""

import math
import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

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
# What a model says of the data that it was made of is no evidence.
_SEEN_BEFORE: Final = re.compile(r"(?:^|[._:/ -])train(?:ing)?(?:$|[._:/ -])")
_EQUAL: Final = 1e-9


class Comparison(Struct, frozen=True, kw_only=True):
    """The metrics, by name, in which the first of two models is better, worse, or the same."""

    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


def compared(new: Mapping[str, float], old: Mapping[str, float]) -> Comparison:
    """How a model compares with another, by the metrics that both have and of which it is known which side is better.

    Values that are no numbers are left out, and so is what was measured on the data of the training.
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
    """1 where more is better, -1 where less is; None where nobody knows."""
    low = name.lower()
    if _SEEN_BEFORE.search(low):
        return None
    pieces = [piece for piece in re.split(r"[.:/]", low) if piece not in _INNER]
    last = re.sub(r"[ -]", "_", pieces[-1]) if pieces else ""
    # A metric may have what it is measured on before its name, as in validation_auc; the longest name that fits counts.
    words = last.split("_")
    for start in range(len(words)):
        tail = "_".join(words[start:])
        if tail in _HIGHER:
            return 1
        if tail in _LOWER:
            return -1
    return None
