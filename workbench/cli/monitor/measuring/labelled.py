"""Baselines of model quality, bias and attribution, with labels from files or from a table."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import UNSET, UnsetType

from kedge_monitor.bias.analysis import written
from kedge_monitor.bias.attribution import AttributionState
from kedge_monitor.bias.flip_test import NAME as FLIP_TEST
from kedge_monitor.bias.formulas import CONDITIONAL
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.bias.state import BiasState
from kedge_monitor.capture.labels import GROUND_TRUTH, JoinReport, LabelledReader, Labels
from kedge_monitor.capture.read_report import check_readable
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings
from kedge_monitor.capture.tables import TableFormat, TableReader
from kedge_monitor.engines.fitting import infer_layout
from kedge_monitor.engines.labelled import ANALYSIS
from kedge_monitor.files.constraints import CONSTRAINTS
from kedge_monitor.files.statistics import STATISTICS
from kedge_monitor.files.struct_files import write_struct
from kedge_monitor.quality.calibration import fit_calibration
from kedge_monitor.quality.columns import QualityColumns, find_column, select_column
from kedge_monitor.quality.forms import ProblemType, ThresholdOperator
from kedge_monitor.quality.state import QualityState
from kedge_monitor.quality.verdict import suggest_quality_constraints
from workbench.cli.monitor.measuring.data import Data, WrongInput, find_labels
from workbench.cli.monitor.measuring.settings import (
    ATTRIBUTION,
    BIAS,
    CALIBRATION,
    COLUMNS,
    MODEL_QUALITY,
    table_format,
)
from workbench.cli.monitor.options import BiasOptions, DataForm, LabelOptions

_SIDES: Final = {ThresholdOperator.LESS: "below", ThresholdOperator.GREATER: "above"}
_ATTRIBUTES: Final = {
    "ground_truth_attribute": "label",
    "inference_attribute": "prediction",
    "probability_attribute": "probability",
}


class AttributionColumns(msgspec.Struct, frozen=True):
    """The output column of each attribution, to its feature, as a baseline of attributions keeps it."""

    columns: dict[str, str]


class SuggestedLimit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A limit that a labelled baseline suggests. `group` is the group of a facet, and `error` why there is no value.

    `violated` names the bad side of the limit: below it, above it, or farther from 0.
    """

    metric: str
    limit: float | str | None = None
    violated: str
    group: str = ""
    error: str = ""


class LabelledFiles(msgspec.Struct, kw_only=True):
    """The files of labelled baselines by their paths below the baseline's folder, their limits, and sentences about them.

    `limits` are those of each type. `attributions` are the mean absolute ones by feature.
    """

    files: dict[str, bytes] = {}
    limits: dict[str, list[SuggestedLimit]] = {}
    attributions: dict[str, float] = {}
    measured: dict[str, float] = {}
    notes: list[str] = []


def quality_columns(options: LabelOptions) -> QualityColumns | None:
    """Return the columns of model quality, or None if no option asks for it. Raises WrongInput or WrongColumn."""
    if options.problem is None:
        return None
    return QualityColumns(
        problem_type=ProblemType(options.problem),
        ground_truth_attribute=options.label or GROUND_TRUTH,
        inference_attribute=options.prediction,
        probability_attribute=options.probability,
        probability_threshold_attribute=options.probability_threshold,
        positive_label=options.positive_label,
    )


def facet_of(text: str) -> Facet:
    """Return the facet in a text: `age_group`, `age_group=18-25,26-35`, or `age>40`. Raises WrongInput."""
    name, sign, values = text.partition("=")
    if sign and name and values:
        return Facet(name=name, values=tuple(values.split(",")))
    name, sign, threshold = text.partition(">")
    if not sign and name:
        return Facet(name=name)
    try:
        return Facet(name=name, threshold=float(threshold))
    except ValueError:
        raise WrongInput(f"--facet {text!r} is not a facet. Write a column, column=value or column>40.") from None


def attributions_of(texts: Sequence[str]) -> dict[str, str]:
    """Return the attribution columns with their features from `column=feature`. Raises WrongInput."""
    found = {}
    for text in texts:
        column, sign, feature = text.partition("=")
        if not (sign and column and feature):
            raise WrongInput(f"--attribution {text!r} has no feature. Write COLUMN=FEATURE.")
        found[column] = feature
    return found


def fit_labelled(
    data: Data, options: LabelOptions, asked: BiasOptions, mapping: dict[str, str], settings: CaptureSettings
) -> LabelledFiles:
    """Return the files of the baselines of model quality, bias and attribution that options ask for.

    Raises:
        WrongInput, WrongColumn: an option does not fit the data.
        CaptureUnreadable: too many lines cannot be read.
    """
    made = LabelledFiles()
    quality, bias = quality_columns(options), _bias_columns(options, asked)
    if quality is None and bias is None and options.labels is not None:
        raise WrongInput("--labels needs --problem-type or --facet, which say what the labels are for.")
    if quality is not None or bias is not None:
        tables = _labelled_captures if data.form is DataForm.CAPTURE else _labelled_rows
        names, rows = tables(data, options, [quality, bias], settings, made)
        states = (
            None if quality is None else QualityState(_with_names(quality, names)),
            None if bias is None else BiasState(_with_names(bias, names)),
        )
        for table in rows:
            _add(table, *states)
        if states[0] is not None:
            _finish_quality(states[0], made)
        if states[1] is not None:
            _finish_bias(states[1], made)
    if mapping:
        _fit_attributions(data, mapping, settings, made)
    return made


def _bias_columns(options: LabelOptions, asked: BiasOptions) -> BiasColumns | None:
    if not asked.facets:
        if asked.group is not None or asked.features:
            raise WrongInput("--group and --feature are for bias. Set --facet, too, or leave them out.")
        return None
    if asked.features and options.prediction is None and options.probability is None:
        raise WrongInput(
            "--feature is for the flip test, which compares predictions. Set --prediction or --probability."
        )
    return BiasColumns(
        facets=tuple(map(facet_of, asked.facets)),
        group_attribute=asked.group,
        feature_attributes=asked.features,
        ground_truth_attribute=options.label or GROUND_TRUTH,
        inference_attribute=options.prediction,
        probability_attribute=options.probability,
        probability_threshold=options.probability_threshold,
        positive_labels=(options.positive_label,),
    )


type _Columns = QualityColumns | BiasColumns
type _Tables = tuple[tuple[str, ...], Iterable[pa.Table]]


def _with_names[C: QualityColumns | BiasColumns](columns: C, names: tuple[str, ...]) -> C:
    """Return the same columns by name: a number counts all columns, and a state has some of them."""
    found: dict[str, object] = {
        setting: find_column(names, attribute, f"--{option}")
        for setting, option in _ATTRIBUTES.items()
        if (attribute := getattr(columns, setting)) is not None
    }
    if isinstance(columns, BiasColumns):
        facets = [
            msgspec.structs.replace(each, name=find_column(names, each.name, "--facet")) for each in columns.facets
        ]
        found |= {
            "facets": tuple(facets),
            "group_attribute": None
            if columns.group_attribute is None
            else find_column(names, columns.group_attribute, "--group"),
            "feature_attributes": tuple(find_column(names, each, "--feature") for each in columns.feature_attributes),
        }
    return msgspec.structs.replace(columns, **found)


def _labelled_captures(
    data: Data,
    options: LabelOptions,
    _columns: Sequence[_Columns | None],
    settings: CaptureSettings,
    made: LabelledFiles,
) -> _Tables:
    """Return the names of columns, and the captured records that have a label as tables of texts."""
    if options.labels is None:
        raise WrongInput("There are no labels. Set --labels, or leave out --problem-type and --facet.")
    labels, name = read_labels(options.labels, settings.most_unreadable), options.label or GROUND_TRUTH
    # Columns that are left out of data quality can be those of predictions and facets.
    whole = msgspec.structs.replace(settings, excluded=())
    layout = infer_layout(data.sources, whole)
    reader = LabelledReader(layout, labels, whole, name=name)

    def rows() -> Iterator[pa.Table]:
        yield from reader.read(data.sources)
        check_readable(reader.report, settings.most_unreadable)
        made.notes.append(join_in_words(reader.join))

    return (*layout.schema.names, name), rows()


def _labelled_rows(
    data: Data,
    options: LabelOptions,
    columns: Sequence[_Columns | None],
    settings: CaptureSettings,
    _made: LabelledFiles,
) -> _Tables:
    """Return the names of columns, and the rows of a table as tables of the columns that are needed."""
    form = table_format(data.form)
    if form is None:
        raise WrongInput(f"Labels join captured records of an endpoint, and {data.path} is {data.form}.")
    if options.labels is not None or options.label is None:
        raise WrongInput("The labels of a table are a column of it. Set --label, and leave out --labels.")
    names = TableReader(data.sources, form).names
    needed: dict[str, None] = {}
    for each in columns:
        if each is None:
            continue
        named: _Columns = _with_names(each, names)
        needed |= dict.fromkeys(value for setting in _ATTRIBUTES if (value := getattr(named, setting)) is not None)
        if isinstance(named, BiasColumns):
            needed |= dict.fromkeys(facet.name for facet in named.facets)
            needed |= dict.fromkeys(filter(None, (named.group_attribute, *named.feature_attributes)))
    return names, _columns_of_table(data, form, names, tuple(needed), settings.most_unreadable)


def _columns_of_table(
    data: Data, form: TableFormat, names: Sequence[str], needed: tuple[str, ...], most_unreadable: float
) -> Iterator[pa.Table]:
    others = [name for name in names if name not in needed]
    reader = TableReader(data.sources, form, None, others, texts=frozenset(needed))
    for batch in reader.read():
        yield pa.table({name: select_column(reader.schema, batch, name, "--label") for name in needed})
    check_readable(reader.report, most_unreadable)


def _add(table: pa.Table, quality: QualityState | None, bias: BiasState | None) -> None:
    columns = {name: table.column(name).combine_chunks() for name in table.column_names}
    if quality is not None:
        names = quality.columns
        quality.add(
            columns[names.ground_truth_attribute],
            columns.get(names.inference_attribute or ""),
            columns.get(names.probability_attribute or ""),
        )
    if bias is not None:
        bias.add_columns(columns)


def _finish_quality(state: QualityState, made: LabelledFiles) -> None:
    measured = state.measure()
    if not measured.records:
        raise WrongInput(
            "No record has a label, so there is no baseline of model quality. Check the ids of the labels."
        )
    statistics = measured.statistics
    made.notes += measured.notes
    made.measured = {name: found.number for name, found in statistics.metrics.items() if found.number is not None}
    suggested = suggest_quality_constraints(statistics)
    made.limits[MODEL_QUALITY] = [
        SuggestedLimit(metric=name, limit=each.threshold, violated=_SIDES[each.comparison_operator])
        for name, each in suggested.metrics.items()
    ]
    made.files |= {
        f"{MODEL_QUALITY}/{STATISTICS}": write_struct(statistics),
        f"{MODEL_QUALITY}/{CONSTRAINTS}": write_struct(suggested),
        f"{MODEL_QUALITY}/{COLUMNS}": write_struct(state.columns),
    }
    if state.columns.problem_type is ProblemType.BINARY and state.columns.probability_attribute is not None:
        values, above, below = state.scores.cells()
        scores = np.repeat(np.concatenate((values, values)), np.concatenate((above, below)))
        is_positive = np.repeat([True, False], [int(above.sum()), int(below.sum())])
        calibration = fit_calibration(scores, is_positive)
        made.files[CALIBRATION] = msgspec.json.encode(calibration)
        if not calibration.usable:
            made.notes.append(
                "Quality without labels will not be estimated: the probabilities are not calibrated well enough, or there "
                f"are too few labels (error {calibration.calibration_error:.3f}, {calibration.records:,} labels)."
            )


def _finish_bias(state: BiasState, made: LabelledFiles) -> None:
    measured = state.measure()
    made.notes += measured.notes
    made.limits[BIAS] = [
        SuggestedLimit(
            metric=metric.common_name,
            limit=None if metric.number is None else written(metric.number),
            violated="farther from 0",
            group=f"{facet} {entry.words}",
            error=_missing_option(state.columns, metric.common_name) or _new(metric.error, measured.notes),
        )
        for facet, entry in measured.analysis.groups
        for metric in entry.metrics
    ]
    made.files |= {
        f"{BIAS}/{ANALYSIS}": write_struct(measured.analysis),
        f"{BIAS}/{COLUMNS}": write_struct(state.columns),
    }


def _new(error: str | UnsetType, notes: Sequence[str]) -> str:
    """Return an error, unless a note says the same."""
    return "" if error is UNSET or any(note.startswith(error) for note in notes) else error


def _missing_option(columns: BiasColumns, metric: str) -> str:
    """Return which option a metric needs that was not given; empty if it has what it needs."""
    if metric in CONDITIONAL and columns.group_attribute is None:
        return "needs --group"
    return "needs --feature" if metric == FLIP_TEST and not columns.feature_attributes else ""


def _fit_attributions(data: Data, mapping: dict[str, str], settings: CaptureSettings, made: LabelledFiles) -> None:
    state, form = AttributionState(mapping), table_format(data.form)
    if form is not None:
        names = TableReader(data.sources, form).names
        needed = tuple(find_column(names, column, "--attribution") for column in mapping)
        for table in _columns_of_table(data, form, names, needed, settings.most_unreadable):
            state.add_columns({name: table.column(name).combine_chunks() for name in needed})
    elif data.form is DataForm.CAPTURE:
        whole = msgspec.structs.replace(settings, excluded=())
        layout = infer_layout(data.sources, whole)
        for column in mapping:
            find_column(layout.schema.names, column, "--attribution")
        for batch in CaptureReader(layout, whole).read(data.sources):
            state.add_batch(layout.schema, batch)
    else:
        raise WrongInput(f"Attributions are read from tables and captured records, and {data.path} is {data.form}.")
    measured = state.measure()
    made.attributions = measured.attributions
    made.files |= {
        f"{ATTRIBUTION}/{ANALYSIS}": write_struct(measured),
        f"{ATTRIBUTION}/{COLUMNS}": write_struct(AttributionColumns(mapping)),
    }


def read_labels(path: Path, most_unreadable: float) -> Labels:
    """Return the labels in a file or folder. Raises WrongInput or CaptureUnreadable."""
    labels = Labels()
    labels.read(find_labels(path))
    check_readable(labels.report, most_unreadable)
    return labels


def join_in_words(join: JoinReport) -> str:
    """Return what became of records and labels as a sentence."""
    return (
        f"{join.labelled:,} records have a label, {join.unlabelled:,} have none, "
        f"and {join.orphan_labels:,} labels have no record."
    )
