"""Drift of feature attributions, from outputs that carry them or from Clarify's file: nDCG of the features' order."""

import math
from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from kedge_monitor.batch import Batch, Floats, Schema
from kedge_monitor.bias.analysis import (
    AttributionViolation,
    ClarifyAnalysis,
    ClarifyViolations,
    Explanations,
    LabelExplanation,
)
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.errors import MonitorError
from kedge_monitor.profile.sums import BLOCK, add_exactly, round_units
from kedge_monitor.quality.columns import Values, as_numbers, select_column

LIMIT: Final = 0.9
"""The nDCG below which Clarify's monitor reports a violation."""
MODEL_NEEDED: Final = (
    "Attribution drift was not measured: neither the captured outputs nor a file of Clarify contain attributions. "
    "Kedge would need the model to compute them. "
    "Return attributions with each prediction and set `attribution`, or run the job of Clarify."
)


class AttributionState:
    """Sums of absolute attributions by feature. States of parts of a window can be merged.

    `mapping` names the output column that has the attribution of each feature: column to feature. Several columns of
    one feature (its categories) are added within a record before the absolute value is taken, because attributions are
    additive.
    """

    def __init__(self, mapping: Mapping[str, str]) -> None:
        if not mapping:
            raise MonitorError("`attribution` names no column. Set column: feature for each attribution in the output.")
        self.mapping = dict(mapping)
        self.records = 0
        # Exact sums, in units of the profiles: neither order nor split shows.
        self.sums = dict.fromkeys(self.mapping.values(), 0)

    def add_columns(self, columns: Mapping[str, Values]) -> None:
        """Add records from columns by name, each of the shape (n,), in the unit of the model's output.

        Raises:
            MonitorError: a column is missing, or a value is missing or not a number.
        """
        parts: dict[str, Floats] = {}
        for column, feature in self.mapping.items():
            if column not in columns:
                raise MonitorError(
                    f"`attribution` names the column {column}, which the output does not have. Correct it."
                )
            values = as_numbers(columns[column], f"Attribution {column}")
            if bool(np.isnan(values).any()):
                place = int(np.argmax(np.isnan(values)))
                raise MonitorError(
                    f"Attribution {column} has no value in record {place}. Return it with each prediction."
                )
            parts[feature] = parts[feature] + values if feature in parts else values
        self.records += len(next(iter(parts.values())))
        for feature, values in parts.items():
            sizes = np.abs(values)
            for start in range(0, sizes.size, BLOCK):
                self.sums[feature] += add_exactly(sizes[start : start + BLOCK])

    def add_batch(self, schema: Schema, batch: Batch) -> None:
        """Add the records of a batch.

        Raises:
            MonitorError: as `add_columns`.
        """
        self.add_columns({name: select_column(schema, batch, name, "attribution") for name in self.mapping})

    def merge(self, other: "AttributionState") -> None:
        """Add the records of another state with the same mapping."""
        self.records += other.records
        for feature, total in other.sums.items():
            self.sums[feature] += total

    def measure(self, label: str = "label0") -> ClarifyAnalysis:
        """Return analysis.json with the mean absolute attribution of each feature, under the label that the baseline has.

        Raises:
            MonitorError: there are no records.
        """
        if not self.records:
            raise MonitorError(
                "The window has no attributions. Check that the output contains the columns of `attribution`."
            )
        means = {feature: round_units(total) / self.records for feature, total in self.sums.items()}
        return ClarifyAnalysis(
            explanations=Explanations(kernel_shap={label: LabelExplanation(global_shap_values=means)})
        )


class AttributionCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The order of features for one label: `score` is the nDCG, 1 if the order is that of the baseline."""

    label: str
    score: float
    limit: float
    violated: bool
    sentence: str

    @property
    def name(self) -> str:
        """Return the name of the measured value."""
        return f"ndcg_{self.label}"

    @property
    def value(self) -> float:
        """Return the score."""
        return self.score


class AttributionComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a window's attributions. Without attributions the outcome is `inconclusive` and a note gives the reason."""

    outcome: Outcome
    checks: tuple[AttributionCheck, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def violations(self) -> ClarifyViolations:
        """Return constraint_violations.json."""
        return ClarifyViolations(
            violations=[
                AttributionViolation(label=c.label, description=c.sentence, observed=c.score, limit=c.limit)
                for c in self.checks
                if c.violated
            ]
        )


def score_order(baseline: Mapping[str, float], window: Mapping[str, float]) -> float:
    """Return the nDCG of a window's order of features, 0 to 1.

    DCG is the sum of a(i) / log2(i + 1) over the features, i from 1 on, by falling attribution in the window. The value
    a(i) is the attribution of the i-th feature in the baseline. DCG is divided by the same sum in the baseline's own
    order. If features have the same attribution in the window, the one that leads in the baseline comes first. Source:
    developer guide, "Feature attribution drift".

    Raises:
        MonitorError: the window lacks a feature of the baseline, or the baseline has no attribution above 0.
    """
    lacking = [feature for feature in baseline if feature not in window]
    if lacking:
        raise MonitorError(
            f"The window has no attribution of {', '.join(lacking[:10])}, which the baseline has. Complete `attribution`."
        )
    trained = {feature: abs(value) for feature, value in baseline.items()}
    ideal = _gain(sorted(trained.values(), reverse=True))
    if not ideal > 0:
        raise MonitorError("The baseline has no attribution above 0. Make a new baseline.")
    order = sorted(trained, key=lambda feature: (-abs(window[feature]), -trained[feature], feature))
    return _gain([trained[feature] for feature in order]) / ideal


def compare_attributions(
    window: ClarifyAnalysis | None, baseline: ClarifyAnalysis, limit: float = LIMIT
) -> AttributionComparison:
    """Return the verdict: a label is violated if its nDCG is below the limit. The sentence says "exceeds", as AWS's does.

    Raises:
        MonitorError: window and baseline do not have the same labels or features.
    """
    live, trained = _explained(window), _explained(baseline)
    if not live:
        return AttributionComparison(outcome=Outcome.INCONCLUSIVE, notes=(MODEL_NEEDED,))
    if live.keys() != trained.keys():
        raise MonitorError(
            f"The window has attributions of {', '.join(live)}, the baseline of {', '.join(trained) or 'no label'}. "
            "Make the baseline from the same outputs."
        )
    checks = []
    for label, explanation in live.items():
        score = score_order(trained[label].global_shap_values, explanation.global_shap_values)
        sentence = f"Feature attribution drift {score} exceeds threshold {limit}"
        checks.append(
            AttributionCheck(label=label, score=score, limit=limit, violated=score < limit, sentence=sentence)
        )
    outcome = Outcome.VIOLATED if any(check.violated for check in checks) else Outcome.CLEAN
    return AttributionComparison(outcome=outcome, checks=tuple(checks))


def _gain(values: list[float]) -> float:
    return math.fsum(value / math.log2(place + 2) for place, value in enumerate(values))


def _explained(analysis: ClarifyAnalysis | None) -> dict[str, LabelExplanation]:
    if analysis is None or analysis.explanations is msgspec.UNSET:
        return {}
    return analysis.explanations.kernel_shap
