"""Clarify's analysis.json and its violations as structs: `msgspec.to_builtins` of each gives the JSON.

Source: the analyses and violations in the notebooks of AWS's examples, and the developer guide, "Bias drift
violations".
"""

import math
import re
from typing import Final, Literal

import msgspec

_SPELLINGS: Final = {"DCAcc": "DCA"}
_INTERVAL: Final = re.compile(r"\(\s*([^,\s]+)\s*,.*\]")


class BiasMetric(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of one facet: a value, or the reason why there is none. Infinite values are texts in the file."""

    name: str
    description: str = ""
    value: float | str | msgspec.UnsetType | None = msgspec.UNSET
    error: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def number(self) -> float | None:
        """Return the value, infinite ones included, or None if it does not exist."""
        if self.value is msgspec.UNSET or self.value is None:
            return None
        try:
            number = float(self.value)
        except ValueError:
            return None
        return None if math.isnan(number) else number

    @property
    def common_name(self) -> str:
        """Return the name as Clarify's open code spells it: later versions write DCAcc for DCA."""
        return _SPELLINGS.get(self.name, self.name)


class FacetMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of one disadvantaged facet: a value, several values separated by commas, or an interval `(threshold, maximum]`."""

    value_or_threshold: str
    metrics: list[BiasMetric]

    @property
    def identity(self) -> str:
        """Return what stays the same between windows: the threshold of an interval, else the values."""
        return facet_identity(self.value_or_threshold)

    @property
    def words(self) -> str:
        """Return the group for a person: `above 40`, or the values."""
        value = self.identity
        return value if value == self.value_or_threshold else f"above {value}"


class BiasStage(msgspec.Struct, frozen=True, kw_only=True):
    """All facets before or after training."""

    label: str = ""
    facets: dict[str, list[FacetMetrics]] = {}
    label_value_or_threshold: str = ""


class LabelExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """The mean absolute attribution of each feature for one output of the model."""

    global_shap_values: dict[str, float]
    expected_value: float | msgspec.UnsetType | None = msgspec.UNSET


class Explanations(msgspec.Struct, frozen=True, kw_only=True):
    """The attributions by label."""

    kernel_shap: dict[str, LabelExplanation] = {}


class ClarifyAnalysis(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of analysis.json. The same form is the baseline's constraints.

    `records` is Kedge's own key: the number of records. A file of Clarify does not have it.
    """

    version: str = "1.0"
    pre_training_bias_metrics: BiasStage | msgspec.UnsetType = msgspec.UNSET
    post_training_bias_metrics: BiasStage | msgspec.UnsetType = msgspec.UNSET
    explanations: Explanations | msgspec.UnsetType = msgspec.UNSET
    records: int | msgspec.UnsetType = msgspec.UNSET

    @property
    def attributions(self) -> dict[str, float]:
        """Return the mean absolute attributions by feature, of the first label, the largest first."""
        if self.explanations is msgspec.UNSET or not self.explanations.kernel_shap:
            return {}
        found = next(iter(self.explanations.kernel_shap.values())).global_shap_values
        return dict(sorted(found.items(), key=lambda each: (-abs(each[1]), each[0])))

    @property
    def groups(self) -> list[tuple[str, FacetMetrics]]:
        """Return the groups with their facets, those before training first."""
        stages = (self.pre_training_bias_metrics, self.post_training_bias_metrics)
        return [
            (facet, entry)
            for stage in stages
            if stage is not msgspec.UNSET
            for facet, entries in stage.facets.items()
            for entry in entries
        ]

    @property
    def metrics(self) -> dict[tuple[str, str, str], BiasMetric]:
        """Return the metrics by facet, identity of its value, and name."""
        return {
            (facet, entry.identity, metric.common_name): metric
            for facet, entry in self.groups
            for metric in entry.metrics
        }


class BiasViolation(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="constraint_check_type", tag="bias_drift_check"
):
    """An entry of constraint_violations.json of a bias monitor. The keys after `description` are Kedge's own."""

    facet: str
    facet_value: str
    metric_name: str
    description: str
    observed: float | str
    limit: float | str
    records: int
    p_value: float | msgspec.UnsetType = msgspec.UNSET
    standard_error: float | msgspec.UnsetType = msgspec.UNSET
    smallest: float | msgspec.UnsetType = msgspec.UNSET


class AttributionViolation(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="constraint_check_type", tag="feature_attribution_drift_check"
):
    """An entry of constraint_violations.json of an explainability monitor. The keys after `description` are Kedge's own."""

    label: str
    metric_name: Literal["shap"] = "shap"
    description: str
    observed: float
    limit: float


class ClarifyViolations(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of constraint_violations.json of Clarify's monitors."""

    version: str = "1.0"
    violations: list[BiasViolation | AttributionViolation]


def facet_identity(value_or_threshold: str) -> str:
    """Return the threshold of an interval as text, else the text itself.

    The upper end of an interval is the maximum of the data, so it differs from window to window.
    """
    interval = _INTERVAL.fullmatch(value_or_threshold.strip())
    return plain_number(float(interval[1])) if interval else value_or_threshold


def plain_number(value: float) -> str:
    """Return a whole number without a fraction, else the shortest text."""
    return str(int(value)) if value.is_integer() else repr(value)


def written(value: float) -> float | str:
    """Return a value as the file has it: an infinite one is the text `Infinity` or `-Infinity`."""
    return value if math.isfinite(value) else f"{'-' if value < 0 else ''}Infinity"
