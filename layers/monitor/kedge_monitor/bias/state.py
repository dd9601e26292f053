"""The bias of a model in one window: counts by facet that can be merged, and Clarify's analysis.json from them."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from kedge_monitor.batch import Batch, Floats, Schema
from kedge_monitor.bias import flip_test
from kedge_monitor.bias.analysis import BiasMetric, BiasStage, ClarifyAnalysis, FacetMetrics, plain_number, written
from kedge_monitor.bias.formulas import CONDITIONAL, POST_TRAINING, PRE_TRAINING, BiasFormula
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.errors import counted
from kedge_monitor.quality.columns import (
    Flags,
    LabelCodes,
    Values,
    WrongColumn,
    as_numbers,
    as_probabilities,
    label_text,
    select_column,
)
from kedge_monitor.quality.draws import seeded

MOST_VALUES: Final = 50
"""Distinct values of a facet or of the group variable at most, if the settings name none."""
_ABOVE: Final = "above"
_BELOW: Final = "below"
_ALL: Final = ""
_DRAWS: Final = 400
_QUANTILES: Final = (0.158655, 0.5, 0.841345)  # a standard deviation to each side of the median


class Uncertainty(msgspec.Struct, frozen=True, kw_only=True):
    """How exactly a window knows the absolute value of a metric: the middle of its draws, and half of their 68 % range."""

    middle: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasMeasurement:
    """The result of one window: analysis.json, the sampling errors by the keys of `analysis.metrics`, and notes for the report."""

    analysis: ClarifyAnalysis
    uncertainties: dict[tuple[str, str, str], Uncertainty]
    records: int
    incomplete: int
    notes: tuple[str, ...] = ()


type _Key = tuple[str, bool, bool, str]  # value of the facet, positive label, positive prediction, group


class BiasState:
    """Counts of a window by facet, label, prediction and group. States of parts of the window can be merged.

    The result depends on the records only, not on their order or split. The flip test needs the records themselves:
    `rows` are those with a value of each feature, while there are at most `flip_test.MOST_RECORDS`. `with_features` is
    their number.
    """

    def __init__(self, columns: BiasColumns) -> None:
        self.columns = columns
        self.counts: dict[str, Counter[_Key]] = {facet.name: Counter() for facet in columns.facets}
        self.maxima: dict[str, float] = {}
        self.records = 0
        self.incomplete = 0
        self.with_features = 0
        self.rows: list[tuple[Floats, Flags, dict[str, list[str]]]] | None = [] if columns.feature_attributes else None

    def add_columns(self, columns: dict[str, Values]) -> None:
        """Add records from columns by name, each of the shape (n,); a record without one of the values is left out and counted.

        Raises:
            WrongColumn: a column is missing or has values that cannot be what its attribute says.
        """
        names = self.columns
        wanted = [(names.ground_truth_attribute, "ground_truth_attribute"), *((f.name, "facets") for f in names.facets)]
        wanted += [
            (names.predicted_attribute or "", "inference_attribute"),
            (names.group_attribute or "", "group_attribute"),
        ]
        wanted += [(name, "feature_attributes") for name in names.feature_attributes]
        for name, setting in wanted:
            if name and name not in columns:
                raise WrongColumn(
                    f"`{setting}` is {name!r}, but there is no such column. Name one of: {', '.join(columns)}."
                )
        positive, missing = self._positive(columns[names.ground_truth_attribute], "ground_truth_attribute")
        predicted, absent = self._predicted(columns)
        groups = LabelCodes(columns[names.group_attribute], "group_attribute") if names.group_attribute else None
        missing = missing | absent | (groups.missing if groups else False)
        facets = {facet.name: self._facet(facet, columns[facet.name]) for facet in names.facets}
        for facet in facets.values():
            missing = missing | facet.missing
        kept = ~missing
        self.records += int(kept.sum())
        self.incomplete += int(missing.sum())
        for name, facet in facets.items():
            self._count(name, facet, positive, predicted, groups, kept)
        self._keep_rows(columns, predicted, facets, kept)

    def add_batch(self, schema: Schema, batch: Batch) -> None:
        """Add the records of a batch; each column that the settings name needs a value in each record.

        Raises:
            WrongColumn: as `add_columns`, and if a column has no value in a record.
        """
        names = self.columns
        wanted = {names.ground_truth_attribute: "ground_truth_attribute"} | {f.name: "facets" for f in names.facets}
        wanted |= dict.fromkeys(names.feature_attributes, "feature_attributes")
        for name, setting in (
            (names.predicted_attribute, "inference_attribute"),
            (names.group_attribute, "group_attribute"),
        ):
            if name:
                wanted[name] = setting
        self.add_columns({name: select_column(schema, batch, name, setting) for name, setting in wanted.items()})

    def merge(self, other: "BiasState") -> None:
        """Add the records of another state with the same settings."""
        self.records += other.records
        self.incomplete += other.incomplete
        self.with_features += other.with_features
        for name, counts in other.counts.items():
            self.counts[name].update(counts)
        for name, maximum in other.maxima.items():
            self.maxima[name] = max(maximum, self.maxima.get(name, maximum))
        if self.rows is not None:
            self.rows = None if other.rows is None else [*self.rows, *other.rows]
        self._bound()

    def measure(self) -> BiasMeasurement:
        """Return Clarify's analysis of all records that were added.

        Raises:
            WrongColumn: no label or prediction is positive, or a facet has too many values.
        """
        names = self.columns
        if self.records and not any(label or predicted for _, label, predicted, _ in self._keys()):
            raise WrongColumn(
                f"No label and no prediction is positive ({names.label_value_or_threshold}). Set `positive_labels` to one of the "
                f"labels in {names.ground_truth_attribute}."
            )
        stages: list[dict[str, list[FacetMetrics]]] = [{}, {}]
        uncertainties: dict[tuple[str, str, str], Uncertainty] = {}
        for facet in names.facets:
            for values, shown in self._groups_of(facet):
                table = self._table(facet.name, values)
                for stage, formulas in zip(stages, (PRE_TRAINING, POST_TRAINING), strict=True):
                    if formulas is POST_TRAINING and not names.predicted_attribute:
                        continue
                    entry = FacetMetrics(value_or_threshold=shown, metrics=[self._metric(f, table) for f in formulas])
                    key = (facet.name, entry.identity)
                    known = [f for f, metric in zip(formulas, entry.metrics, strict=True) if metric.number is not None]
                    uncertainties |= {(*key, name): found for name, found in _uncertainties(known, table).items()}
                    if formulas is POST_TRAINING:
                        entry.metrics.append(self._flip(facet.name, values, key, uncertainties))
                        entry.metrics.sort(key=lambda metric: metric.name)
                    stage.setdefault(facet.name, []).append(entry)
        before, after = (self._stage(facets) if facets else msgspec.UNSET for facets in stages)
        analysis = ClarifyAnalysis(
            pre_training_bias_metrics=before, post_training_bias_metrics=after, records=self.records
        )
        notes = [*self._about_incomplete(), *self._about_flips()]
        return BiasMeasurement(
            analysis=analysis,
            uncertainties=uncertainties,
            records=self.records,
            incomplete=self.incomplete,
            notes=tuple(notes),
        )

    def _about_incomplete(self) -> list[str]:
        if not self.incomplete:
            return []
        notes = [f"Left out: {counted(self.incomplete, 'record')} without one of the values."]
        if not self.records:
            names = self.columns
            named = (names.ground_truth_attribute, names.predicted_attribute, names.group_attribute)
            wanted = dict.fromkeys(filter(None, (*named, *(facet.name for facet in names.facets))))
            notes.append(f"No record has a value in each of these columns: {', '.join(wanted)}. Check their names.")
        return notes

    def _about_flips(self) -> list[str]:
        """Return why the flip test was not computed, or which records it leaves out; nothing if nobody asked for it."""
        if not self.columns.feature_attributes or not self.columns.predicted_attribute or not self.records:
            return []
        if self.rows is None:
            return [f"{self._too_many()} The other metrics have all records."]
        if self.with_features < self.records:
            number = counted(self.records - self.with_features, "record")
            return [f"The flip test (FT) is without {number} that have no value of a feature."]
        return []

    def _too_many(self) -> str:
        return (
            f"The flip test (FT) was not computed: it compares at most {flip_test.MOST_RECORDS:,} records, and there are "
            f"{self.with_features:,}. Use a shorter window; for a baseline, a sample."
        )

    def _stage(self, facets: dict[str, list[FacetMetrics]]) -> BiasStage:
        names = self.columns
        return BiasStage(
            label=names.ground_truth_attribute,
            facets=facets,
            label_value_or_threshold=names.label_value_or_threshold,
        )

    def _keys(self) -> list[_Key]:
        return [key for counts in self.counts.values() for key in counts]

    def _positive(self, values: Values, setting: str) -> tuple[Flags, Flags]:
        """Return which records are positive, and which have no value."""
        if self.columns.positive_threshold is not None:
            numbers = as_numbers(values, f"`{setting}`")
            return numbers > self.columns.positive_threshold, np.isnan(numbers)
        labels = LabelCodes(values, f"`{setting}`")
        positive = np.zeros(labels.codes.size, np.bool_)
        for label in self.columns.positive_labels:
            positive |= labels.equals(label_text(label))
        return positive, labels.missing

    def _predicted(self, columns: dict[str, Values]) -> tuple[Flags, Flags]:
        names = self.columns
        if names.inference_attribute is not None:
            return self._positive(columns[names.inference_attribute], "inference_attribute")
        if names.probability_attribute is not None:
            scores = as_probabilities(columns[names.probability_attribute], "`probability_attribute`")
            return scores > names.probability_threshold, np.isnan(scores)
        none = np.zeros(len(columns[names.ground_truth_attribute]), np.bool_)
        return none, none

    def _facet(self, facet: Facet, values: Values) -> LabelCodes:
        if facet.threshold is None:
            return LabelCodes(values, f"Facet {facet.name}")
        numbers = as_numbers(values, f"Facet {facet.name}")
        present = numbers[~np.isnan(numbers)]
        if present.size:
            self.maxima[facet.name] = max(float(present.max()), self.maxima.get(facet.name, -math.inf))
        sides = np.where(numbers > facet.threshold, _ABOVE, _BELOW)
        return LabelCodes(pa.array(sides, mask=np.isnan(numbers)), f"Facet {facet.name}")

    def _count(
        self, name: str, facet: LabelCodes, positive: Flags, predicted: Flags, groups: LabelCodes | None, kept: Flags
    ) -> None:
        width = len(groups.texts) if groups else 1
        codes = ((facet.codes * 2 + positive) * 2 + predicted) * width + (groups.codes if groups else 0)
        places, counts = np.unique_counts(codes[kept])
        for place, count in zip(places.tolist(), counts.tolist(), strict=True):
            rest, group = divmod(place, width)
            rest, said = divmod(rest, 2)
            value, label = divmod(rest, 2)
            key = (facet.texts[value], bool(label), bool(said), groups.texts[group] if groups else _ALL)
            self.counts[name][key] += count

    def _keep_rows(
        self, columns: dict[str, Values], predicted: Flags, facets: dict[str, LabelCodes], kept: Flags
    ) -> None:
        if not self.columns.feature_attributes:
            return
        features = np.stack(
            [as_numbers(columns[name], f"Feature {name}") for name in self.columns.feature_attributes], 1
        )
        kept = kept & np.isfinite(features).all(axis=1)
        self.with_features += int(kept.sum())
        self._bound()
        if self.rows is None:
            return
        texts = {name: [facet.texts[code] for code in facet.codes[kept].tolist()] for name, facet in facets.items()}
        self.rows.append((features[kept], predicted[kept], texts))

    def _bound(self) -> None:
        if self.with_features > flip_test.MOST_RECORDS:
            self.rows = None

    def _groups_of(self, facet: Facet) -> list[tuple[tuple[str, ...], str]]:
        """Return the disadvantaged groups of a facet: the keys of its counts, and the text of the file."""
        if facet.threshold is not None:
            maximum = self.maxima.get(facet.name, facet.threshold)
            return [((_ABOVE,), f"({plain_number(float(facet.threshold))}, {plain_number(maximum)}]")]
        if facet.values:
            return [(tuple(map(label_text, facet.values)), ",".join(facet.values))]
        found = sorted({key[0] for key in self.counts[facet.name]})
        if len(found) > MOST_VALUES:
            raise WrongColumn(
                f"Facet {facet.name} has {len(found)} values; without a group at most {MOST_VALUES} are compared. "
                "Set its values or a threshold."
            )
        return [((value,), value) for value in found]

    def _table(self, name: str, values: tuple[str, ...]) -> Floats:
        groups = sorted({key[3] for key in self.counts[name]}) or [_ALL]
        place = {group: index for index, group in enumerate(groups)}
        table = np.zeros((2, 2, 2, len(groups)))
        for (value, label, predicted, group), count in self.counts[name].items():
            table[int(value in values), int(label), int(predicted), place[group]] += count
        return table

    def _metric(self, formula: BiasFormula, table: Floats) -> BiasMetric:
        problem = formula.problem(table)
        if formula.name in CONDITIONAL and self.columns.group_attribute is None:
            problem = "Group variable is empty or not provided"
        if problem is not None:
            return BiasMetric(name=formula.name, description=formula.description, error=problem)
        value = float(formula.compute(table))
        return BiasMetric(name=formula.name, description=formula.description, value=written(value))

    def _flip(
        self,
        name: str,
        values: tuple[str, ...],
        key: tuple[str, str],
        uncertainties: dict[tuple[str, str, str], Uncertainty],
    ) -> BiasMetric:
        problem = None
        if not self.columns.feature_attributes:
            problem = "The flip test needs numeric features. Set `feature_attributes`."
        elif self.rows is None:
            problem = self._too_many()
        rows = self.rows or []
        chosen = [index for index, feature in enumerate(self.columns.feature_attributes) if feature != name]
        members = np.array([text in values for _, _, texts in rows for text in texts[name]], np.bool_)
        if problem is None and (not members.any() or members.all()):
            problem = "Negated Facet set is empty" if members.size and members.all() else "Facet set is empty"
        if problem is None and not chosen:
            problem = "The flip test needs a feature beside the facet. Set `feature_attributes`."
        if problem is not None:
            return BiasMetric(name=flip_test.NAME, description=flip_test.DESCRIPTION, error=problem)
        features = np.concatenate([part[0] for part in rows])[:, chosen]
        flips = flip_test.flip_test(features, members, np.concatenate([part[1] for part in rows]))
        uncertainties[(*key, flip_test.NAME)] = Uncertainty(middle=abs(flips.value), error=flips.error)
        return BiasMetric(name=flip_test.NAME, description=flip_test.DESCRIPTION, value=flips.value)


def measure_bias_batches(columns: BiasColumns, schema: Schema, batches: Iterable[Batch]) -> BiasMeasurement:
    """Return the bias of a model from batches whose columns have the names of the settings; see BiasState.

    Raises:
        WrongColumn: a column is not what the settings say, or has no value in a record.
    """
    state = BiasState(columns)
    for batch in batches:
        state.add_batch(schema, batch)
    return state.measure()


def measure_bias(columns: BiasColumns, data: dict[str, Values]) -> BiasMeasurement:
    """Return the bias of a model from columns by name, each of the shape (n,); see BiasState.

    Raises:
        WrongColumn: a column is not what the settings say.
    """
    state = BiasState(columns)
    state.add_columns(data)
    return state.measure()


def _uncertainties(formulas: list[BiasFormula], table: Floats) -> dict[str, Uncertainty]:
    """Return the sampling error of each metric from draws of the table's shares (Dirichlet, 1/2 added to each of the 8 cells).

    The draws have no empty cells, so a metric that is infinite in the window has a finite middle.
    """
    prior = table + 0.5 / table.shape[-1]
    if not formulas:
        return {}
    draws = seeded(6).standard_gamma(prior, (_DRAWS, *table.shape))
    found = {}
    for formula in formulas:
        low, middle, high = np.quantile(np.abs(formula.compute(draws)), _QUANTILES)
        found[formula.name] = Uncertainty(middle=float(middle), error=float(high - low) / 2)
    return found
