"""The output of `kedge monitor run` on a terminal and as JSON, and what all measurements print with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kedge_monitor.baseline import Baseline
from kedge_monitor.compare.verdict import CheckType, FeatureCheck, Outcome, WindowComparison
from kedge_monitor.engines.labelled import LabelledRun
from kedge_monitor.quality.estimated import Estimate, EstimatedQuality, EstimateRefused
from kedge_monitor.report.page import RunFacts
from kedge_monitor.report.sections import MetricRow, comparison_section
from kedge_monitor.report.views import WORDS, FeatureView
from workbench.cli.monitor.measuring.runs import REPORT

_WIDTH: Final = 120
_MOST_ROWS: Final = 12
_MOST_NAMES: Final = 8
_DIGEST: Final = 12
COLOURS: Final = {
    Outcome.CLEAN: "bold green",
    Outcome.VIOLATED: "bold red",
    Outcome.NO_DATA: "bold yellow",
    Outcome.INCONCLUSIVE: "bold yellow",
}
_SHARES: Final = {CheckType.DATA_TYPE, CheckType.COMPLETENESS, CheckType.CATEGORICAL_VALUES}
_COLUMNS: Final = {CheckType.MISSING_COLUMN, CheckType.EXTRA_COLUMN}
_ESTIMATED: Final = ("accuracy", "precision", "recall", "f1", "auc")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedWindow:
    """A window with everything that `kedge monitor run` prints."""

    outcome: Outcome
    facts: RunFacts
    folder: Path
    baseline_folder: Path
    baseline: Baseline
    comparison: WindowComparison
    message: str
    views: Sequence[FeatureView]
    labelled: Mapping[str, LabelledRun]
    estimate: EstimatedQuality | EstimateRefused | None
    runs_per_week: float
    seasonality: str

    def wire(self) -> dict[str, Any]:
        """Return the run as programs read it."""
        comparison, facts = self.comparison, self.facts
        return {
            "outcome": self.outcome,
            "message": self.message,
            "window": None if facts.start is None else {"start": facts.start, "end": facts.end},
            "records": comparison.records,
            "baseline": {"digest": self.baseline.digest, "records": self.baseline.profile.records},
            "mode": facts.mode,
            "promise": facts.promise or None,
            "seasonality": self.seasonality,
            "violations": [_wire_of(check) for check in comparison.violations],
            "features": [_feature(view) for view in self.views],
            "labelled": {name: _labelled(run) for name, run in self.labelled.items()},
            "estimated_quality": None if self.estimate is None else msgspec.to_builtins(self.estimate),
            "notes": comparison.notes,
            "folder": str(self.folder),
            "report": str(self.folder / REPORT),
        }


def _wire_of(check: FeatureCheck) -> dict[str, Any]:
    fields = ("feature", "check", "sentence", "observed", "limit", "p_value", "smallest", "records", "hours", "columns")
    return {name: getattr(check, name) for name in fields}


def _feature(view: FeatureView) -> dict[str, Any]:
    drift = view.drift
    return {
        "feature": view.name,
        "state": view.words,
        "left_out": view.excluded,
        "distance": view.distance,
        "limit": None if drift is None else drift.limit,
        "p_value": None if drift is None else drift.p_value,
        "smallest": None if drift is None else drift.smallest,
    } | {name: getattr(view.distances, name) for name in ("psi", "jensen_shannon", "wasserstein", "mean_shift")}


def _labelled(run: LabelledRun) -> dict[str, Any]:
    return {
        "outcome": run.outcome,
        "message": run.message,
        "records": run.records,
        "violations": run.entries,
        "values": {name: {"value": value, "limit": limit} for name, value, limit in run.values},
        "metrics": []
        if run.comparison is None
        else [msgspec.to_builtins(row) for row in comparison_section(run.comparison).rows],
        "labels": None if run.join is None else msgspec.to_builtins(run.join),
        "notes": run.notes,
    }


def console() -> Console:
    """Return the console of results: wide if the output is not a terminal, so that a file has every cell in full."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=_WIDTH)


def print_line(text: str) -> None:
    """Print one line of results as it is."""
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def print_rows(screen: Console, heads: Sequence[str], rows: Sequence[Sequence[str | Text]], left: int = 1) -> None:
    """Print a table whose first `left` columns are texts and whose others are numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place < left else "right", overflow="fold", no_wrap=place >= left)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    screen.print(table)


def print_facts(screen: Console, facts: Sequence[tuple[str, str | Text]]) -> None:
    """Print names with their values, one on each line; empty ones are left out."""
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        if value:
            screen.print(Text.assemble((f"{name:{width}}  ", "dim"), value), soft_wrap=True)


def print_notes(screen: Console, notes: Sequence[str]) -> None:
    """Print sentences as a list."""
    if notes:
        screen.print()
    for said in notes:
        screen.print(Text(f"* {said}"))


def print_run(found: FinishedWindow) -> None:
    """Print a run on one screen: the outcome, the worst features first, and the notes."""
    screen, comparison = console(), found.comparison
    screen.print(Text.assemble((found.outcome.replace("_", " "), COLOURS[found.outcome]), f"  {_summary(found)}"))
    digest = found.baseline.digest[:_DIGEST]
    promise = f"{found.facts.promise}, {found.runs_per_week:g} runs a week" if found.facts.promise else ""
    print_facts(
        screen,
        [
            ("window", span_in_words(found.facts.start, found.facts.end)),
            ("records", f"{comparison.records:,}"),
            (
                "baseline",
                f"{found.baseline_folder}, {found.baseline.profile.records:,} records, version {digest}",
            ),
            ("mode", ": ".join(filter(None, (found.facts.mode, promise)))),
        ],
    )
    if comparison.records:
        screen.print()
        _print_features(screen, found)
    for name, run in found.labelled.items():
        screen.print()
        _print_labelled(screen, name, run)
    _print_estimate(screen, found.estimate)
    print_notes(screen, comparison.notes)
    screen.print()
    screen.print(Text.assemble(("report  ", "dim"), str(found.folder / REPORT)), soft_wrap=True)


def span_in_words(start: datetime | None, end: datetime | None) -> str:
    """Return a span of time in UTC; empty if there is none."""
    if start is None or end is None:
        return ""
    return f"{start.astimezone(UTC):%Y-%m-%d %H:%M} to {end.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _summary(found: FinishedWindow) -> str:
    checks = found.comparison.violations
    number = len(found.views)
    match found.comparison.outcome:
        case Outcome.VIOLATED:
            features = len({check.feature for check in checks if check.check not in _COLUMNS})
            return f"{_counted(len(checks), 'violation')}, {features} of {_counted(number, 'feature')}"
        case Outcome.NO_DATA:
            return "no record in this window"
        case Outcome.INCONCLUSIVE:
            return "too few records for a verdict"
        case Outcome.CLEAN:
            return f"no violation in {_counted(number, 'feature')}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _print_features(screen: Console, found: FinishedWindow) -> None:
    rows = list(_rows(found))
    shown = rows[: max(_MOST_ROWS, sum(check.violated for check in found.comparison.checks))][: 2 * _MOST_ROWS]
    print_rows(screen, ("feature", "check", "observed", "limit", "p-value", "visible from"), shown, left=2)
    if len(rows) > len(shown):
        screen.print(f"and {len(rows) - len(shown)} more, which are nearer to the baseline", style="dim")


def _rows(found: FinishedWindow) -> Iterator[tuple[str | Text, ...]]:
    """Yield the violated checks, then the distance of each other feature, the worst first."""
    named = set()
    for check in found.comparison.violations:
        named.add((check.feature, check.check))
        hours = "" if check.hours is None else f", over {check.hours:g} h"
        columns = f": {_names(check.columns)}" if check.columns else ""
        yield (
            Text(check.feature, style="red"),
            Text(f"{WORDS[check.check]}{hours}{columns}", style="red"),
            _amount(check, check.observed),
            _amount(check, check.limit),
            _p_value(check.p_value),
            _amount(check, check.smallest),
        )
    for view in found.views:
        if view.distance is None or (view.name, CheckType.BASELINE_DRIFT) in named:
            continue
        drift = view.drift
        yield (
            Text(view.name),
            Text("drift: flagged" if drift is not None and drift.flagged else "drift"),
            f"{view.distance:.3f}",
            _number(None if drift is None else drift.limit),
            _p_value(None if drift is None else drift.p_value),
            _number(None if drift is None else drift.smallest),
        )


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _amount(check: FeatureCheck, value: float | None) -> str:
    if value is None:
        return ""
    if check.check in _COLUMNS:
        return f"{value:g}"
    return f"{value:.2%}" if check.check in _SHARES else f"{value:.3f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _p_value(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2g}" if value >= 1e-300 else "< 1e-300"


def _print_labelled(screen: Console, name: str, run: LabelledRun) -> None:
    said = Text.assemble(
        (f"{name.replace('_', ' ')}: ", "bold"),
        (run.outcome.replace("_", " "), COLOURS[run.outcome]),
        "" if run.records is None else f", {_counted(run.records, 'record')}",
    )
    screen.print(said)
    if run.comparison is not None:
        _print_metrics(screen, comparison_section(run.comparison).rows)
    for sentence in run.notes:
        screen.print(Text(f"* {sentence}"))


def _print_metrics(screen: Console, rows: Sequence[MetricRow]) -> None:
    """Print the violated metrics, and a few others, the worst first."""
    if not rows:
        return
    ordered = sorted(
        rows, key=lambda row: (not row.violated, not row.broken, 1.0 if row.p_value is None else row.p_value)
    )
    shown = ordered[: max(_MOST_ROWS, sum(bool(row.violated) for row in rows))]
    cells = [
        (
            Text(f"{row.name} of {row.group}" if row.group else row.name, style="red" if row.violated else ""),
            _figure(row.value),
            _figure(row.limit),
            _figure(row.error),
            _p_value(row.p_value),
            _figure(row.smallest),
        )
        for row in shown
    ]
    print_rows(screen, ("metric", "observed", "limit", "std. error", "p-value", "visible from"), cells)
    if len(rows) > len(shown):
        screen.print(f"and {len(rows) - len(shown)} more, which are nearer to the baseline", style="dim")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _print_estimate(screen: Console, estimate: EstimatedQuality | EstimateRefused | None) -> None:
    if estimate is None:
        return
    screen.print()
    if isinstance(estimate, EstimateRefused):
        screen.print(Text.assemble(("estimated quality: ", "bold"), estimate.reason))
        return
    found = [(name, getattr(estimate, name)) for name in _ESTIMATED]
    values = ", ".join(f"{name} {_interval(each)}" for name, each in found if each is not None)
    screen.print(Text.assemble(("estimated without labels: ", "bold"), values))


def _interval(found: Estimate) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
