"""Past windows of model quality and bias: parts of short spans, read once, and judged as `kedge monitor run` judges a window."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from pathlib import Path
from typing import Final

import msgspec

from kedge.policy.compiled import Policy
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.bias.settings import BiasColumns
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.window import CaptureWindow
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.labelled import (
    LabelledRun,
    LabelledWindow,
    judge_bias,
    judge_quality,
    read_bias,
    read_quality,
)
from kedge_monitor.engines.parts import encode_bias_part, encode_quality_part, join_bias_parts, join_quality_parts
from kedge_monitor.errors import MonitorError
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import QualityConstraints, QualityStatistics
from kedge_monitor.quality.late_labels import LabelWaiting
from workbench.cli.monitor.measuring.data import select_sources
from workbench.cli.monitor.measuring.labelled_types import LabelledBaselines, rule_of
from workbench.cli.monitor.measuring.past import PastCheck, PastWindow, Schedule, ends_of, mark_pages, policy_for
from workbench.cli.monitor.measuring.settings import BIAS, MODEL_QUALITY, WEEK
from workbench.cli.monitor.measuring.slots import SlotStore

# The span as a whole is readable; a window is judged by what can be read of it.
_ANY_SHARE: Final = 1.0
_BIAS_CHECK: Final = "bias_drift_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedSpan:
    """Captured files with the spans of their records, the labels, and how both are read."""

    sources: Sequence[Source]
    spans: Mapping[str, CaptureWindow | None]
    labels: Labels
    settings: CaptureSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PastType:
    """One type with its parts in a folder: a file for each span of the store that has records.

    `judge` joins the parts of a window and judges them.
    """

    name: str
    folder: Path
    store: SlotStore
    span: CaptureWindow
    judge: Callable[[Iterable[bytes], CompareSettings], LabelledRun]

    def play(
        self, schedule: Schedule, settings: CompareSettings, policy: Policy, step: Callable[[], None]
    ) -> tuple[list[PastWindow], list[str]]:
        """Return all windows of the span in their order, and why windows could not be judged.

        Args:
            schedule: when windows end, and how long they are.
            settings: the rules; the number of runs a week follows from the schedule.
            policy: its evidence decides which windows page.
            step: is called after each window.
        """
        rules = msgspec.structs.replace(settings, runs_per_week=WEEK / schedule.every)
        windows, problems = [], []
        for end in ends_of(self.span, schedule):
            start = end - schedule.window
            numbers = range(self.store.number(start), self.store.number(end))
            files = [file for number in numbers if (file := self.folder / str(number)).is_file()]
            try:
                run = self.judge((file.read_bytes() for file in files), rules) if files else None
            except MonitorError as error:
                problems.append(str(error))
                run = None
            outcome = Outcome.NO_DATA if not files else Outcome.INCONCLUSIVE if run is None else run.outcome
            windows.append(
                PastWindow(
                    start=start,
                    end=end,
                    outcome=outcome,
                    records=0 if run is None or run.records is None else run.records,
                    violations=() if run is None else _violations(run),
                )
            )
            step()
        return mark_pages(windows, policy_for(settings, policy)), list(dict.fromkeys(problems))


def read_past_types(
    baselines: LabelledBaselines, captured: CapturedSpan, store: SlotStore, span: CaptureWindow, folder: Path
) -> list[PastType]:
    """Read the records of each type that the baseline has, once, into parts of the store's spans.

    Raises:
        WrongInput, MonitorError: an option or a baseline does not fit the data.
    """
    reader = _Reader(baselines, captured, store, span, folder)
    quality, bias = baselines.quality(), baselines.bias()
    found = [] if quality is None else [reader.quality(*quality)]
    return found if bias is None else [*found, reader.bias(*bias)]


class _Reader:
    def __init__(
        self, baselines: LabelledBaselines, captured: CapturedSpan, store: SlotStore, span: CaptureWindow, folder: Path
    ) -> None:
        self._baselines, self._captured, self._store = baselines, captured, store
        self._span, self._folder = span, folder
        self._statistics = baselines.statistics()
        self._layout = survey_capture(captured.sources, baselines.schema, captured.settings)

    def quality(self, columns: QualityColumns, constraints: QualityConstraints) -> PastType:
        known = () if self._statistics is None else self._statistics.labels

        def read(sources: Sequence[Source], settings: CaptureSettings) -> bytes:
            labels = self._captured.labels
            return encode_quality_part(read_quality(sources, self._layout, labels, settings, columns, known))

        def judge(parts: Iterable[bytes], rules: CompareSettings) -> LabelledRun:
            return judge_quality(
                join_quality_parts(parts), self._window(rules, len(constraints.metrics), self._statistics), constraints
            )

        return self._type(MODEL_QUALITY, read, judge)

    def bias(self, columns: BiasColumns, analysis: ClarifyAnalysis) -> PastType:
        def read(sources: Sequence[Source], settings: CaptureSettings) -> bytes:
            return encode_bias_part(read_bias(sources, self._layout, self._captured.labels, settings, columns))

        def judge(parts: Iterable[bytes], rules: CompareSettings) -> LabelledRun:
            return judge_bias(join_bias_parts(parts), self._window(rules, len(analysis.metrics), None), analysis)

        return self._type(BIAS, read, judge)

    def _type(
        self,
        name: str,
        read: Callable[[Sequence[Source], CaptureSettings], bytes],
        judge: Callable[[Iterable[bytes], CompareSettings], LabelledRun],
    ) -> PastType:
        folder = self._folder / name
        folder.mkdir(parents=True)
        for number in self._store.numbers:
            window = CaptureWindow(start=self._store.start(number), end=self._store.start(number + 1))
            self._captured.labels.forget_use()
            sources = select_sources(self._captured.sources, self._captured.spans, window)
            part = read(sources, msgspec.structs.replace(self._captured.settings, window=window))
            (folder / str(number)).write_bytes(part)
        return PastType(name=name, folder=folder, store=self._store, span=self._span, judge=judge)

    def _window(self, rules: CompareSettings, checks: int, statistics: QualityStatistics | None) -> LabelledWindow:
        return LabelledWindow(
            sources=(),
            labels=self._captured.labels,
            settings=msgspec.structs.replace(self._captured.settings, most_unreadable=_ANY_SHARE),
            age=timedelta(),
            waiting=LabelWaiting(until=timedelta()),
            rule=rule_of(rules, checks, statistics),
        )


def _violations(run: LabelledRun) -> tuple[PastCheck, ...]:
    checks = () if run.comparison is None else run.comparison.checks
    return tuple(
        PastCheck(
            feature=check.name,
            check=str(getattr(check, "operator", _BIAS_CHECK)),
            observed=check.value if check.value is not None and isfinite(check.value) else None,
            limit=check.limit if isfinite(check.limit) else None,
            p_value=getattr(check, "p_value", None),
        )
        for check in checks
        if check.violated
    )
