"""The settings of a measurement of bias: the columns, the positive label, and the disadvantaged groups."""

import msgspec

from kedge_monitor.bias.analysis import plain_number
from kedge_monitor.quality.columns import WrongColumn


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """A sensitive column and its disadvantaged group: the given values together, or numbers above the threshold.

    Without values and threshold each value of the column is a group against all others.
    """

    name: str
    values: tuple[str, ...] = ()
    threshold: float | None = None

    def __post_init__(self) -> None:
        if self.values and self.threshold is not None:
            raise WrongColumn(f"Facet {self.name} has values and a threshold. Set one of them.")


class BiasColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Which column contains what.

    A label, or a prediction, is positive if it is one of `positive_labels`, or a number above `positive_threshold`. In
    place of predictions, `probability_attribute` is positive above `probability_threshold`. `group_attribute` is the
    variable of the conditional metrics. `feature_attributes` are the numeric features of the flip test. Labels alone
    give the metrics before training, labels with predictions all.
    """

    facets: tuple[Facet, ...]
    ground_truth_attribute: str
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    probability_threshold: float = 0.5
    positive_labels: tuple[str, ...] = ("1",)
    positive_threshold: float | None = None
    group_attribute: str | None = None
    feature_attributes: tuple[str, ...] = ()

    @property
    def predicted_attribute(self) -> str | None:
        """Return the column of predictions or probabilities, or None."""
        return self.inference_attribute or self.probability_attribute

    @property
    def label_value_or_threshold(self) -> str:
        """Return the positive labels as the file has them."""
        threshold = self.positive_threshold
        return ",".join(self.positive_labels) if threshold is None else plain_number(float(threshold))
