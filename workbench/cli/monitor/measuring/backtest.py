"""`kedge monitor backtest`: the windows of past captured data that would have been violated, and other rules for them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from rich.text import Text

from kedge.policy.compiled import Policy, default_policy
from kedge.policy.durations import spell_duration
from kedge_monitor.capture.read_report import check_readable, write_read_notes
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.capture.window import CaptureWindow
from kedge_monitor.compare.settings import CompareMode, CompareSettings, FalsePagePromise
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.report.views import WORDS
from workbench.cli.exits import Exit
from workbench.cli.monitor.measuring.data import WrongInput, find_data, find_spans, select_sources
from workbench.cli.monitor.measuring.past import Past, PastWindow, Schedule
from workbench.cli.monitor.measuring.screen import COLOURS, console, print_facts, print_notes, print_rows, span_in_words
from workbench.cli.monitor.measuring.settings import (
    compare_settings,
    length_of,
    load_baseline,
    moment_of,
    promise_in_words,
)
from workbench.cli.monitor.measuring.slots import SlotReader, SlotStore, bounds
from workbench.cli.monitor.measuring.work import finish, print_json, watch
from workbench.cli.monitor.options import DataForm, PromiseOptions

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
    as_json: bool


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one set of rules. `change` is empty for the rules of the command."""

    change: str
    windows: int
    violated: int
    inconclusive: int
    no_data: int
    pages: int


class BacktestResult(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest as programs read it."""

    start: datetime
    end: datetime
    every: str
    window: str
    records: int
    mode: str
    promise: str | None
    result: Tried
    windows: list[PastWindow]
    alternatives: list[Tried]
    notes: list[str]


class _Rules(msgspec.Struct, frozen=True, kw_only=True):
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
    past, notes = _read(request, schedule, folder)
    if not past.ends(schedule):
        raise WrongInput(
            f"No window of {spell_duration(schedule.window)} lies in the records, which are from "
            f"{span_in_words(past.span.start, past.span.end)}. Set a shorter --window."
        )
    rules = [_Rules(change="", schedule=schedule, settings=settings)]
    rules += [each for each in _alternatives(rules[0]) if len(past.ends(each.schedule)) > 1]
    steps = sum(len(past.ends(each.schedule)) for each in rules)
    tried: list[Tried] = []
    windows: list[PastWindow] = []
    with watch(f"judging {steps:,} windows", steps) as progress:
        for each in rules:
            played = past.play(each.schedule, each.settings, policy, lambda: progress.advance(1))
            tried.append(_tried(each.change, played))
            windows = windows or played
    return BacktestResult(
        start=past.span.start,
        end=past.span.end,
        every=spell_duration(schedule.every),
        window=spell_duration(schedule.window),
        records=past.records,
        mode=settings.mode,
        promise=promise_in_words(request.rules) or None,
        result=tried[0],
        windows=windows,
        alternatives=tried[1:],
        notes=[*notes, *_notes(windows, policy, settings.mode)],
    )


def _schedule(request: BacktestRequest) -> Schedule:
    every = length_of(request.every, "--every")
    return Schedule(every=every, window=every if request.window is None else length_of(request.window, "--window"))


def _read(request: BacktestRequest, schedule: Schedule, folder: Path) -> tuple[Past, list[str]]:
    """Return the profiles of the records in a span of time, read once, and notes about the reading."""
    baseline, _, _ = load_baseline(request.baseline)
    data = find_data(request.capture)
    if data.form is not DataForm.CAPTURE:
        raise WrongInput(f"{data.path} is {data.form}, which has no times. Name captured data of an endpoint.")
    until = datetime.now(UTC) if request.until is None else moment_of(request.until, "--until")
    window = CaptureWindow(start=moment_of(request.since, "--since"), end=until)
    reading = CaptureSettings(window=window, excluded=request.exclude, most_unreadable=request.unreadable)
    sources = select_sources(data.sources, find_spans(data.sources), window)
    layout = survey_capture(sources, baseline.profile.schema, reading)
    width = math.gcd(*(length // timedelta(minutes=1) for length in (schedule.every, schedule.window)))
    store = SlotStore(folder, timedelta(minutes=width))
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
    return Past(store=store, baseline=baseline, span=span, excluded=excluded, records=report.records), notes


def _alternatives(base: _Rules) -> Iterator[_Rules]:
    """Yield other promises, limits and windows, each with all other rules as they are."""
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
                    change=f"limit: distance {limit:g}",
                    schedule=schedule,
                    settings=msgspec.structs.replace(settings, threshold=limit),
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


def _notes(windows: Sequence[PastWindow], policy: Policy, mode: CompareMode) -> list[str]:
    notes = ["Pages are incidents that begin or return, by the default policy. An incident that flaps does not page."]
    thin = sum(each.outcome is Outcome.VIOLATED and each.records < policy.minimum_records for each in windows)
    if thin and mode is CompareMode.COMPATIBLE:
        notes.append(
            f"{thin} violated windows have fewer than {policy.minimum_records} records. Drift in them does not page, "
            "unless the policy lowers evidence.minimum_records."
        )
    return notes


def _print(found: BacktestResult) -> None:
    screen, result = console(), found.result
    words = (
        f"{result.violated} of {result.windows} windows violated, {result.pages} page{'' if result.pages == 1 else 's'}"
    )
    screen.print(Text(words, style="bold"))
    print_facts(
        screen,
        [
            ("span", span_in_words(found.start, found.end)),
            ("records", f"{found.records:,}"),
            ("windows", f"{found.window}, every {found.every}"),
            ("mode", ": ".join(filter(None, (found.mode, found.promise)))),
        ],
    )
    violated = [each for each in found.windows if each.outcome is Outcome.VIOLATED]
    if violated:
        screen.print()
        print_rows(screen, ("window (UTC)", "violations", "page", "records"), list(map(_row, violated[:_MOST_ROWS])), 3)
        if len(violated) > _MOST_ROWS:
            screen.print(f"and {len(violated) - _MOST_ROWS:,} more (--json prints all)", style="dim")
    screen.print()
    heads = ("rules", "windows", "violated", "inconclusive", "no data", "pages")
    print_rows(screen, heads, [_figures(each) for each in (result, *found.alternatives)])
    print_notes(screen, found.notes)


def _row(window: PastWindow) -> tuple[str | Text, ...]:
    parts: dict[str, list[str]] = {}
    for check in window.violations:
        words: dict[Any, str] = dict(WORDS)
        parts.setdefault(check.feature, []).append(words[check.check])
    shown = [f"{feature}: {', '.join(dict.fromkeys(words))}" for feature, words in parts.items()]
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
