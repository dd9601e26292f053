"""`kedge monitor backtest`: the windows of past captured data that would have been violated, and other rules for them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.text import Text

from kedge.policy.compiled import Policy, default_policy
from kedge.policy.durations import spell_duration
from kedge_monitor.capture.read_report import check_readable, write_read_notes
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.capture.window import CaptureWindow
from kedge_monitor.compare.settings import SEASONAL_WEEKS, CompareMode, CompareSettings, FalsePagePromise
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.report.views import WORDS
from workbench.cli.exits import Exit
from workbench.cli.monitor.measuring.data import WrongInput, find_data, find_spans, select_sources
from workbench.cli.monitor.measuring.labelled import read_labels
from workbench.cli.monitor.measuring.labelled_types import LabelledBaselines
from workbench.cli.monitor.measuring.past import Past, PastWindow, Schedule, ends_of
from workbench.cli.monitor.measuring.past_labelled import CapturedSpan, PastType, read_past_types
from workbench.cli.monitor.measuring.screen import COLOURS, console, print_facts, print_notes, print_rows, span_in_words
from workbench.cli.monitor.measuring.settings import (
    WEEK,
    compare_settings,
    length_of,
    load_baseline,
    moment_of,
    promise_in_words,
)
from workbench.cli.monitor.measuring.slots import SlotReader, SlotStore, bounds
from workbench.cli.monitor.measuring.work import finish, print_json, watch
from workbench.cli.monitor.options import DataForm, LabelOptions, PromiseOptions, Seasonality

_LIMITS: Final = (0.05, 0.1, 0.2)
_WEEKS: Final = (4.0, 26.0, 52.0)
_LONGER: Final = (2, 6, 24)
_MOST_ROWS: Final = 20
_MOST_NAMES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRequest:
    """The arguments of the command."""

    capture: Path
    baseline: Path
    since: str
    until: str | None
    every: str
    window: str | None
    exclude: tuple[str, ...]
    unreadable: float
    rules: PromiseOptions
    labels: LabelOptions
    as_json: bool


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one set of rules. `change` is empty for the rules of the command."""

    change: str
    windows: int
    violated: int
    inconclusive: int
    no_data: int
    pages: int


class LabelledBacktest(msgspec.Struct, frozen=True, kw_only=True):
    """The windows of model quality or bias, and what other rules would change."""

    result: Tried
    windows: list[PastWindow]
    alternatives: list[Tried]
    notes: list[str]


class BacktestResult(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest as programs read it. `labelled` has the types that compare predictions with labels, by their names."""

    start: datetime
    end: datetime
    every: str
    window: str
    records: int
    mode: str
    promise: str | None
    seasonality: str
    result: Tried
    windows: list[PastWindow]
    alternatives: list[Tried]
    notes: list[str]
    labelled: dict[str, LabelledBacktest] = {}


class _Rules(msgspec.Struct, frozen=True, kw_only=True):
    """A set of rules. `of_distances`: the change says nothing to types with labels."""

    of_distances: bool = False
    change: str
    schedule: Schedule
    settings: CompareSettings


def backtest(request: BacktestRequest) -> Exit:
    """Judge past windows, print what other rules would change, and return the exit code."""

    def work() -> None:
        with TemporaryDirectory(prefix="kedge-backtest-") as folder:
            found = _backtest(request, Path(folder))
        if request.as_json:
            print_json(found)
        else:
            _print(found)

    return finish("backtest", work)


def _backtest(request: BacktestRequest, folder: Path) -> BacktestResult:
    settings, policy = compare_settings(request.rules), default_policy()
    schedule = _schedule(request)
    past, types, notes = _read(request, schedule, folder)
    if not ends_of(past.span, schedule):
        raise WrongInput(
            f"No window of {spell_duration(schedule.window)} lies in the records, which are from "
            f"{span_in_words(past.span.start, past.span.end)}. Set a shorter --window."
        )
    rules = [_Rules(change="", schedule=schedule, settings=settings)]
    rules += [
        each
        for each in _alternatives(rules[0], (past.span.end - past.span.start) / WEEK)
        if len(ends_of(past.span, each.schedule)) > 1
    ]
    of_labels = [each for each in rules if not each.of_distances]
    steps = sum(len(ends_of(past.span, each.schedule)) for each in (*rules, *of_labels * len(types)))
    with watch(f"judging {steps:,} windows", steps) as progress:

        def step() -> None:
            progress.advance(1)

        played = [past.play(each.schedule, each.settings, policy, step) for each in rules]
        labelled = {}
        for one in types:
            found = [one.play(each.schedule, each.settings, policy, step) for each in of_labels]
            tried = [_tried(each.change, windows) for each, (windows, _) in zip(of_labels, found, strict=True)]
            windows, problems = found[0]
            labelled[one.name] = LabelledBacktest(
                result=tried[0], windows=windows, alternatives=tried[1:], notes=problems
            )
    tried = [_tried(each.change, windows) for each, windows in zip(rules, played, strict=True)]
    return BacktestResult(
        start=past.span.start,
        end=past.span.end,
        every=spell_duration(schedule.every),
        window=spell_duration(schedule.window),
        records=past.records,
        mode=settings.mode,
        promise=promise_in_words(request.rules) or None,
        seasonality=request.rules.seasonality,
        result=tried[0],
        windows=played[0],
        alternatives=tried[1:],
        notes=[*notes, *_notes(played[0], policy, settings)],
        labelled=labelled,
    )


def _schedule(request: BacktestRequest) -> Schedule:
    every = length_of(request.every, "--every")
    return Schedule(every=every, window=every if request.window is None else length_of(request.window, "--window"))


def _read(request: BacktestRequest, schedule: Schedule, folder: Path) -> tuple[Past, list[PastType], list[str]]:
    """Return the profiles of the records in a span of time, the parts of types with labels, and notes about the reading."""
    baseline, _, _ = load_baseline(request.baseline)
    baselines = LabelledBaselines(folder=request.baseline, options=request.labels, schema=baseline.profile.schema)
    labels = None
    if request.labels.labels is not None:
        baselines.check_any()
        labels = read_labels(request.labels.labels, request.unreadable)
    data = find_data(request.capture)
    if data.form is not DataForm.CAPTURE:
        raise WrongInput(f"{data.path} is {data.form}, which has no times. Name captured data of an endpoint.")
    until = datetime.now(UTC) if request.until is None else moment_of(request.until, "--until")
    window = CaptureWindow(start=moment_of(request.since, "--since"), end=until)
    reading = CaptureSettings(window=window, excluded=request.exclude, most_unreadable=request.unreadable)
    spans = find_spans(data.sources)
    sources = select_sources(data.sources, spans, window)
    layout = survey_capture(sources, baseline.profile.schema, reading)
    width = math.gcd(*(length // timedelta(minutes=1) for length in (schedule.every, schedule.window)))
    (folder / "profiles").mkdir()
    store = SlotStore(folder / "profiles", timedelta(minutes=width))
    reader = SlotReader(layout, baseline, reading, store)
    with watch(f"reading {data.path}", data.size) as progress:
        report = reader.read(progress.over(sources))
    check_readable(report, request.unreadable)
    span = bounds(store, window)
    if span is None:
        raise WrongInput(
            f"{data.path} has no record from {window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC. "
            "Set an earlier --since, or name another folder."
        )
    notes = list(write_read_notes(report))
    if reader.untimed:
        notes.append(f"{reader.untimed:,} lines have no time and belong to no window.")
    left = set(layout.names) - set(layout.schema.names)
    excluded = tuple(name for name in baseline.profile.schema.names if name in left)
    types = []
    if labels is not None:
        whole = msgspec.structs.replace(reading, excluded=())
        captured = CapturedSpan(sources=sources, spans=spans, labels=labels, settings=whole)
        with watch("reading records with labels", None):
            types = read_past_types(baselines, captured, store, span, folder)
    past = Past(store=store, baseline=baseline, span=span, excluded=excluded, records=report.records)
    return past, types, notes


def _alternatives(base: _Rules, weeks_known: float) -> Iterator[_Rules]:
    """Yield other promises, limits and windows, each with all other rules as they are.

    `weeks_known` is the length of the span: seasonality needs earlier weeks.
    """
    settings, schedule = base.settings, base.schedule
    if settings.mode is CompareMode.PROMISE:
        for weeks in _WEEKS:
            if weeks != settings.promise.weeks:
                promise = FalsePagePromise(false_pages=settings.promise.false_pages, weeks=weeks)
                pages = f"{promise.false_pages:g} false page{'' if promise.false_pages == 1 else 's'}"
                yield _Rules(
                    change=f"promise: {pages} within {weeks:g}w",
                    schedule=schedule,
                    settings=msgspec.structs.replace(settings, promise=promise),
                )
        for limit in _LIMITS:
            if limit != (settings.threshold or 0.1):
                yield _Rules(
                    of_distances=True,
                    change=f"limit: distance {limit:g}",
                    schedule=schedule,
                    settings=msgspec.structs.replace(settings, threshold=limit),
                )
        is_on = settings.seasonal_weeks is not None
        if is_on or weeks_known > SEASONAL_WEEKS:
            yield _Rules(
                of_distances=True,
                change=f"seasonality: {Seasonality.NONE if is_on else Seasonality.HOUR_OF_WEEK}",
                schedule=schedule,
                settings=msgspec.structs.replace(settings, seasonal_weeks=None if is_on else SEASONAL_WEEKS),
            )
    for factor in _LONGER:
        longer = Schedule(every=schedule.every * factor, window=schedule.window * factor)
        yield _Rules(change=f"window: {spell_duration(longer.window)}", schedule=longer, settings=settings)
    if settings.mode is CompareMode.PROMISE:
        other = CompareSettings(mode=CompareMode.COMPATIBLE, excluded=settings.excluded)
        yield _Rules(change="mode: compatible", schedule=schedule, settings=other)


def _tried(change: str, windows: Sequence[PastWindow]) -> Tried:
    def count(outcome: Outcome) -> int:
        return sum(each.outcome is outcome for each in windows)

    return Tried(
        change=change,
        windows=len(windows),
        violated=count(Outcome.VIOLATED),
        inconclusive=count(Outcome.INCONCLUSIVE),
        no_data=count(Outcome.NO_DATA),
        pages=sum(each.pages for each in windows),
    )


def _notes(windows: Sequence[PastWindow], policy: Policy, settings: CompareSettings) -> list[str]:
    notes = ["Pages are incidents that begin or return, by the default policy. An incident that flaps does not page."]
    thin = sum(each.outcome is Outcome.VIOLATED and each.records < policy.minimum_records for each in windows)
    if thin and settings.mode is CompareMode.COMPATIBLE:
        notes.append(
            f"{thin} violated windows have fewer than {policy.minimum_records} records. Drift in them does not page, "
            "unless the policy lowers evidence.minimum_records."
        )
    if settings.seasonal_weeks is not None:
        number = sum(each.seasonal for each in windows)
        notes.append(
            f"{number} of {len(windows)} windows were compared with the same hour of earlier weeks, the others with the baseline: "
            f"this needs {settings.seasonal_weeks} clean weeks."
        )
    return notes


def _print(found: BacktestResult) -> None:
    screen = console()
    screen.print(Text(_in_words(found.result, "data quality" if found.labelled else ""), style="bold"))
    mode = ": ".join(filter(None, (found.mode, found.promise)))
    print_facts(
        screen,
        [
            ("span", span_in_words(found.start, found.end)),
            ("records", f"{found.records:,}"),
            ("windows", f"{found.window}, every {found.every}"),
            ("mode", mode if found.seasonality == Seasonality.NONE else f"{mode}, seasonality {found.seasonality}"),
        ],
    )
    _print_windows(screen, found.windows, (found.result, *found.alternatives))
    for name, one in found.labelled.items():
        screen.print()
        screen.print(Text(_in_words(one.result, name.replace("_", " ")), style="bold"))
        _print_windows(screen, one.windows, (one.result, *one.alternatives))
        print_notes(screen, one.notes)
    print_notes(screen, found.notes)


def _in_words(result: Tried, name: str) -> str:
    pages = f"{result.pages} page{'' if result.pages == 1 else 's'}"
    words = f"{result.violated} of {result.windows} windows violated, {pages}"
    return f"{name}: {words}" if name else words


def _print_windows(screen: Console, windows: Sequence[PastWindow], tried: Sequence[Tried]) -> None:
    violated = [each for each in windows if each.outcome is Outcome.VIOLATED]
    if violated:
        screen.print()
        print_rows(screen, ("window (UTC)", "violations", "page", "records"), list(map(_row, violated[:_MOST_ROWS])), 3)
        if len(violated) > _MOST_ROWS:
            screen.print(f"and {len(violated) - _MOST_ROWS:,} more (--json prints all)", style="dim")
    screen.print()
    heads = ("rules", "windows", "violated", "inconclusive", "no data", "pages")
    print_rows(screen, heads, [_figures(each) for each in tried])


def _row(window: PastWindow) -> tuple[str | Text, ...]:
    parts: dict[str, list[str]] = {}
    for check in window.violations:
        words: dict[Any, str] = dict(WORDS)
        # A metric of a type with labels has one check, which its name says.
        parts.setdefault(check.feature, []).extend([words[check.check]] if check.check in words else [])
    shown = [f"{feature}: {', '.join(dict.fromkeys(said))}" if said else feature for feature, said in parts.items()]
    more = f"; and {len(shown) - _MOST_NAMES} more" if len(shown) > _MOST_NAMES else ""
    return (
        Text(f"{window.start.astimezone(UTC):%Y-%m-%d %H:%M}", style=COLOURS[window.outcome]),
        "; ".join(shown[:_MOST_NAMES]) + more,
        "yes" if window.pages else "",
        f"{window.records:,}",
    )


def _figures(tried: Tried) -> tuple[str | Text, ...]:
    numbers = (tried.windows, tried.violated, tried.inconclusive, tried.no_data, tried.pages)
    return (Text(tried.change or "as given", style="" if tried.change else "bold"), *map(str, numbers))
