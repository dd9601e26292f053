"""Windows and baselines of batch transform: objects of inputs paired with those of outputs."""

from collections.abc import Iterator, Sequence

from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.suggest import suggest_baseline
from kedge_monitor.batch import Batch, Classes, Column, Kind, Schema
from kedge_monitor.capture.layout import Layout
from kedge_monitor.capture.read_report import check_readable
from kedge_monitor.capture.transform import TransformPair, TransformReader, TransformSettings
from kedge_monitor.engines.embedded import Measurement, MeasureSettings, Neighbours, edges_of, judge
from kedge_monitor.engines.fitting import Fitted
from kedge_monitor.engines.workers import Profiled
from kedge_monitor.profile.dataset import DatasetState
from kedge_monitor.profile.fit import fit_profile


def measure_transform(
    pairs: Sequence[TransformPair],
    reading: TransformSettings,
    baseline: Baseline,
    settings: MeasureSettings | None = None,
    neighbours: Neighbours | None = None,
) -> Measurement:
    """Measure the records of transform jobs. All of them are in the window.

    Raises:
        CaptureUnreadable: too many records cannot be read.
        ColumnsInvalid, SettingInapplicable, NothingToCompare: as `measure`.
    """
    settings = settings or MeasureSettings()
    reader = TransformReader(pairs, baseline.profile.schema, reading)
    state = DatasetState(reader.layout.schema, edges_of(baseline))
    for batch in reader.read():
        state.add(batch)
    check_readable(reader.report, settings.capture.most_unreadable)
    found = Profiled(state.profile(), reader.report)
    return judge(found, baseline, settings, neighbours, names=reader.layout.names)


def fit_transform(
    pairs: Sequence[TransformPair], reading: TransformSettings, *, most_unreadable: float = 0.01
) -> Fitted:
    """Return the baseline of transform jobs.

    Args:
        pairs: the objects of inputs and outputs.
        reading: how they are read.
        most_unreadable: the largest share of records that cannot be read, 0 to 1.

    Raises:
        CaptureUnreadable: too many records cannot be read.
        ColumnsInvalid: a column to leave out does not exist.
        BaselineUnusable: there are no records.
    """
    reader = TransformReader(pairs, None, reading)
    reader.layout = _with_kinds(reader.layout, [Kind.NUMBER] * len(reader.layout.schema.columns))
    classes = [Classes()] * len(reader.layout.schema.columns)
    for batch in reader.read():
        classes = [found + column.classes for found, column in zip(classes, batch.columns, strict=True)]
    kinds = [Kind.TEXT if found.string or found.boolean else Kind.NUMBER for found in classes]
    reader.layout = _with_kinds(reader.layout, kinds)

    def read() -> Iterator[Batch]:
        return reader.read()

    profile = fit_profile(reader.layout.schema, read)
    check_readable(reader.report, most_unreadable)
    return Fitted(suggest_baseline(profile), reader.report)


def _with_kinds(layout: Layout, kinds: Sequence[Kind]) -> Layout:
    columns = tuple(Column(name=name, kind=kind) for name, kind in zip(layout.schema.names, kinds, strict=True))
    return Layout(names=layout.names, schema=Schema(columns=columns), outputs=layout.outputs, inputs=layout.inputs)
