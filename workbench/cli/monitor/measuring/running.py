"""`kedge monitor run`: one window of captured data against a baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from kedge_monitor.capture.read_report import check_readable
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.transform import TransformSettings
from kedge_monitor.capture.window import CaptureWindow
from kedge_monitor.compare.history import WindowSpan
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.embedded import Measurement, MeasureSettings, Neighbours, edges_of, judge, measure_table
from kedge_monitor.engines.labelled import LabelledRun
from kedge_monitor.engines.transform import measure_transform
from kedge_monitor.engines.workers import Workers, profile_objects
from kedge_monitor.quality.calibration import Calibration
from kedge_monitor.quality.columns import QualityColumns, find_column
from kedge_monitor.quality.estimated import EstimatedQuality, EstimateRefused, estimate_quality, scores_of_profile
from kedge_monitor.report.page import RunFacts, render_report
from kedge_monitor.report.sections import estimate_section
from kedge_monitor.report.views import views_of
from workbench.cli.exits import Exit
from workbench.cli.monitor.measuring.data import WrongInput, find_data, find_spans, select_sources, whole_span
from workbench.cli.monitor.measuring.labelled import quality_columns
from workbench.cli.monitor.measuring.labelled_types import LabelledBaselines, LabelledTypes, section_of
from workbench.cli.monitor.measuring.runs import BASELINE, REPORT, RUN, HistoryFile, stored_run, write_run
from workbench.cli.monitor.measuring.screen import FinishedWindow, print_run
from workbench.cli.monitor.measuring.settings import (
    CALIBRATION,
    COLUMNS,
    MODEL_QUALITY,
    compare_settings,
    load_baseline,
    promise_in_words,
    table_format,
    window_of,
)
from workbench.cli.monitor.measuring.work import finish, print_json, watch
from workbench.cli.monitor.options import DataForm, LabelOptions, PromiseOptions

_GRAVITY: Final = (Outcome.CLEAN, Outcome.NO_DATA, Outcome.INCONCLUSIVE, Outcome.VIOLATED)
_ESTIMATED: Final = ("accuracy", "precision", "recall", "f1", "auc")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """The arguments of the command."""

    capture: Path
    baseline: Path
    out: Path
    form: DataForm | None
    start: str | None
    end: str | None
    exclude: tuple[str, ...]
    unreadable: float
    rules: PromiseOptions
    labels: LabelOptions
    history: Path | None
    workers: int
    title: str | None
    header: bool
    has_ids: bool
    as_json: bool


def run_window(request: RunRequest) -> Exit:
    """Measure a window, write its files, print the outcome, and return the exit code: DONE also if it is violated."""

    def work() -> None:
        found = _Run(request).measure()
        if request.as_json:
            print_json(found.wire())
        else:
            print_run(found)

    return finish("run", work)


class _Run:
    """One window: the data, the baseline, and the steps from them to the files."""

    def __init__(self, request: RunRequest) -> None:
        self._request = request
        self._compare = compare_settings(request.rules)
        if self._compare.seasonal_weeks is not None and request.history is None:
            raise WrongInput(
                "--seasonality needs --history, the file that names the windows of earlier weeks. Set both."
            )
        self._baseline, self._files, self._folder = load_baseline(request.baseline)
        self._data = find_data(request.capture, request.form, is_window=True)
        spans = find_spans(self._data.sources) if self._data.has_times else {}
        span = whole_span(spans.values())
        window = window_of(request.start, request.end, span, is_empty=not self._data.size)
        self._capture = CaptureSettings(window=window, excluded=request.exclude, most_unreadable=request.unreadable)
        shown = window or span
        self._span = None if shown is None else WindowSpan(shown.start, shown.end)
        self._sources = select_sources(self._data.sources, spans, window)

    def measure(self) -> FinishedWindow:
        """Measure all types, write the folder of the run, and return what is printed."""
        request, history = self._request, HistoryFile(self._request.history, self._baseline.digest)
        found = self._measured(history)
        labelled = self._labelled()
        estimate = self._estimate(found)
        sections = [] if estimate is None else [estimate_section(estimate)]
        sections = [*(section_of(name, run) for name, run in labelled.items()), *sections]
        facts = RunFacts(
            title=request.title or self._data.path.resolve().stem,
            start=None if self._span is None else self._span.start,
            end=None if self._span is None else self._span.end,
            mode=request.rules.mode,
            promise=promise_in_words(request.rules),
        )
        page = render_report(facts, self._baseline, found.profile, found.comparison, sections)
        files = dict(found.files)
        files |= {f"{name}/{file}": data for name, run in labelled.items() for file, data in run.files.items()}
        files |= {f"{BASELINE}/{name}": data for name, data in self._files.items()}
        files |= {RUN: stored_run(facts, self._baseline, sections), REPORT: page.encode()}
        write_run(request.out, files)
        history.write(found.history, self._span, request.out)
        return FinishedWindow(
            outcome=_worst([found.comparison.outcome, *(run.outcome for run in labelled.values())]),
            facts=facts,
            folder=request.out,
            baseline_folder=self._folder,
            baseline=self._baseline,
            comparison=found.comparison,
            message=found.message,
            views=views_of(self._baseline, found.profile, found.comparison),
            labelled=labelled,
            estimate=estimate,
            runs_per_week=self._compare.runs_per_week,
            seasonality=request.rules.seasonality,
        )

    def _measured(self, history: HistoryFile) -> Measurement:
        data, settings = self._data, MeasureSettings(capture=self._capture, compare=self._compare)
        form, before = table_format(data.form), Neighbours(history=history.history)
        with watch(f"reading {data.path}", data.size) as progress:
            sources = progress.over(self._sources)
            if form is not None:
                return measure_table(sources, form, self._baseline, settings, before)
            if data.form is DataForm.BATCH_TRANSFORM:
                reading = TransformSettings(
                    has_header=self._request.header, has_ids=self._request.has_ids, excluded=self._capture.excluded
                )
                return measure_transform(data.pairs, reading, self._baseline, settings, before)
            return self._captured(sources, settings, history)

    def _captured(self, sources: Sequence[Source], settings: MeasureSettings, history: HistoryFile) -> Measurement:
        layout = survey_capture(self._sources, self._baseline.profile.schema, settings.capture)
        edges = edges_of(self._baseline)
        if self._request.workers > 1:
            with Workers(self._request.workers) as workers:
                found = workers.profile_objects(self._sources, layout, edges, settings.capture)
        else:
            found = profile_objects(sources, layout, edges, settings.capture)
        check_readable(found.report, settings.capture.most_unreadable)
        if self._span is not None:
            # All records are in the window that they span: the history and the page name it.
            window = CaptureWindow(start=self._span.start, end=self._span.end)
            settings = msgspec.structs.replace(
                settings, capture=msgspec.structs.replace(settings.capture, window=window)
            )
        neighbours = history.neighbours(self._span, settings.compare)
        return judge(found, self._baseline, settings, neighbours, names=layout.names)

    def _labelled(self) -> dict[str, LabelledRun]:
        if self._data.form is not DataForm.CAPTURE:
            if self._request.labels.labels is not None:
                raise WrongInput(
                    f"Labels join captured records of an endpoint, and {self._data.path} is {self._data.form}."
                )
            return {}
        return LabelledTypes(
            baselines=LabelledBaselines(
                folder=self._request.baseline,
                options=self._request.labels,
                schema=self._baseline.profile.schema,
            ),
            sources=self._sources,
            settings=msgspec.structs.replace(self._capture, excluded=()),
            compare=self._compare,
            end=None if self._span is None else self._span.end,
        ).measure()

    def _estimate(self, found: Measurement) -> EstimatedQuality | EstimateRefused | None:
        """Return the quality that is estimated without labels, if the baseline has calibrated probabilities."""
        file, columns = self._folder / CALIBRATION, self._columns()
        if columns is None or columns.probability_attribute is None or not found.profile.records:
            return None
        if self._request.labels.probability is not None:
            find_column(found.profile.schema.names, columns.probability_attribute, "probability_attribute")
        elif columns.probability_attribute not in found.profile.schema.names:
            return None
        if not file.is_file():
            return EstimateRefused(
                reason=f"The baseline has no {CALIBRATION}. Make it with labels and probabilities: kedge monitor baseline."
            )
        calibration = msgspec.json.decode(file.read_bytes(), type=Calibration)
        scores = scores_of_profile(found.profile, columns.probability_attribute)
        return estimate_quality(scores, columns.probability_threshold_attribute, calibration)

    def _columns(self) -> QualityColumns | None:
        file = self._request.baseline / MODEL_QUALITY / COLUMNS
        given = quality_columns(self._request.labels)
        if given is not None or not file.is_file():
            return given
        return msgspec.json.decode(file.read_bytes(), type=QualityColumns)


def _worst(outcomes: Sequence[Outcome]) -> Outcome:
    return max(outcomes, key=_GRAVITY.index)
