"""Sections of the page beside the features: model quality, bias, attribution, and quality that was estimated."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import msgspec

from kedge_monitor.bias.attribution import AttributionComparison
from kedge_monitor.bias.verdict import BiasCheck, BiasComparison
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.errors import counted
from kedge_monitor.quality.estimated import EstimatedQuality, EstimateRefused
from kedge_monitor.quality.verdict import MetricCheck, QualityComparison
from kedge_monitor.report.charts import deviation, interval, state
from kedge_monitor.report.markup import Html, escape, foreign, join, p_value, plain, tag

MODEL_QUALITY: Final = "Model quality"
BIAS: Final = "Bias"
ATTRIBUTION: Final = "Feature attribution"
_ESTIMATED: Final = ("accuracy", "precision", "recall", "f1", "auc")
_ERRORS: Final = (
    "The bar is one standard error to both sides: the standard deviation between windows of this size. This window shows "
    "changes above “visible from” in 9 of 10 cases."
)
_FARTHER: Final = "A metric is worse if it is farther from 0 than in the baseline. The grey band ends there. In a group, the worst comes first."


class MetricRow(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of a section. `low` and `high` are its interval. `violated` is None if nothing was decided.

    `group` is the heading of the rows beside it, and `words` say what the metric is. `error` is the standard error of
    the value, and `smallest` the change that the window could show. `broken`: beyond the limit, though chance explains
    it. `around_zero`: the limit is a distance from 0 to both sides.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    p_value: float | None = None
    violated: bool | None = None
    group: str = ""
    words: str = ""
    error: float | None = None
    smallest: float | None = None
    broken: bool = False
    around_zero: bool = False


class MetricSection(msgspec.Struct, frozen=True, kw_only=True):
    """A table of metrics with a title, a sentence and notes. `outcome` is its verdict; None: it has none."""

    title: str
    summary: str
    rows: tuple[MetricRow, ...] = ()
    notes: tuple[str, ...] = ()
    outcome: Outcome | None = None

    @property
    def verdict(self) -> str:
        """Return the verdict in words."""
        match self.outcome:
            case Outcome.VIOLATED:
                number = sum(bool(row.violated) for row in self.rows)
                return f"{counted(number, 'violation')} in {counted(len(self.rows), 'metric')}"
            case Outcome.NO_DATA:
                return "no data in this window"
            case Outcome.INCONCLUSIVE:
                return "inconclusive: no metric could be compared"
            case _:
                return f"no violation in {counted(len(self.rows), 'metric')}"


def comparison_section(
    comparison: QualityComparison | BiasComparison | AttributionComparison, notes: tuple[str, ...] | None = None
) -> MetricSection:
    """Return the section of model quality, bias or attribution: violated metrics first, then by their p-values.

    `notes` are those of the whole run, which has those of its reading, too; None: those of the comparison.
    """
    if isinstance(comparison, QualityComparison):
        rows = [_quality_row(check) for check in comparison.checks]
        title, summary = MODEL_QUALITY, f"{counted(comparison.records, 'labelled record')}. {_ERRORS}"
    elif isinstance(comparison, BiasComparison):
        rows = [_bias_row(check) for check in comparison.checks]
        title, summary = BIAS, f"{counted(comparison.records, 'record')}. {_FARTHER} {_ERRORS}"
    else:
        rows = [
            MetricRow(name=f"nDCG of {check.label}", value=check.score, limit=check.limit, violated=check.violated)
            for check in comparison.checks
        ]
        title, summary = ATTRIBUTION, "The order of the features by their attribution. 1 is the order of the baseline."
    order = list(dict.fromkeys(row.group for row in rows))
    rows.sort(key=lambda row: (order.index(row.group), *_gravity(row)))
    return MetricSection(
        title=title,
        summary=summary,
        rows=tuple(rows),
        notes=comparison.notes if notes is None else notes,
        outcome=comparison.outcome,
    )


def estimate_section(estimate: EstimatedQuality | EstimateRefused) -> MetricSection:
    """Return the section of the quality that was estimated without labels, or the reason why there is none."""
    if isinstance(estimate, EstimateRefused):
        return MetricSection(title="Estimated quality without labels", summary=estimate.reason)
    found = [(name, getattr(estimate, name)) for name in _ESTIMATED]
    return MetricSection(
        title="Estimated quality without labels",
        summary=f"{counted(estimate.records, 'record')}. The bar is the {100 * estimate.level:g} % interval.",
        rows=tuple(
            MetricRow(name=name, value=each.value, low=each.low, high=each.high)
            for name, each in found
            if each is not None
        ),
        notes=estimate.notes,
    )


def anchor_of(section: MetricSection) -> str:
    """Return the id of a section on the page."""
    return section.title.lower().replace(" ", "-")


def metric_section(section: MetricSection) -> Html:
    """Return a section as HTML. Metrics between 0 and 1, or around 0, have a picture."""
    return tag(
        "section",
        tag("h2", section.title),
        tag("p", section.summary),
        _table(section.rows) if section.rows else "",
        note_list(section.notes, fine=True),
        id=anchor_of(section),
    )


def note_list(notes: Iterable[str], *, fine: bool = False) -> Html:
    """Return sentences as a list, or nothing if there are none; `fine` print is smaller."""
    entries = [tag("li", note) for note in notes]
    return tag("ul", *entries, class_="notes fine" if fine else "notes") if entries else Html("")


def _quality_row(check: MetricCheck) -> MetricRow:
    return MetricRow(
        name=check.metric,
        value=check.value,
        low=_moved(check.value, check.error, -1),
        high=_moved(check.value, check.error, 1),
        limit=check.threshold,
        p_value=check.p_value,
        violated=check.violated,
        error=check.error,
        smallest=check.smallest,
        broken=check.broken,
    )


def _bias_row(check: BiasCheck) -> MetricRow:
    return MetricRow(
        name=check.metric,
        group=check.group or f"{check.facet} {check.facet_value}",
        words=check.description.removesuffix(f" ({check.metric})"),
        value=check.value,
        low=_moved(check.value, check.error, -1),
        high=_moved(check.value, check.error, 1),
        limit=check.limit,
        p_value=check.p_value,
        violated=check.violated,
        error=check.error,
        smallest=check.smallest,
        broken=check.farther,
        around_zero=True,
    )


def _moved(value: float | None, error: float | None, by: int) -> float | None:
    return None if value is None or error is None else value + by * error


def _gravity(row: MetricRow) -> tuple[bool, bool, float]:
    return not row.violated, not row.broken, 1.0 if row.p_value is None else row.p_value


def _state_cell(row: MetricRow) -> Html:
    """Return the cell that says whether a check is violated."""
    if row.violated is None:
        return tag("td", state("none", "not judged"), class_="state dim tight")
    if row.violated:
        return tag("td", state("bad", "violated"), class_="state alarm tight")
    if row.value is None:
        return tag("td", state("none", "no value"), class_="state dim tight")
    return tag("td", state("good", "within chance" if row.broken else "good"), class_="state soft tight")


def _table(rows: Sequence[MetricRow]) -> Html:
    judged = any(row.violated is not None for row in rows)
    drawn = any(row.value is not None and _has_picture(row) for row in rows)
    measured = any(row.error is not None for row in rows)
    tested = any(row.p_value is not None for row in rows)
    heads = [tag("th", "Metric"), *([tag("th", "State", class_="tight")] if judged else [])]
    heads += [tag("th", class_="picture")] if drawn else []
    heads.append(tag("th", "Value", class_="num"))
    heads += [tag("th", "Limit", class_="num")] if judged else [tag("th", "Interval", class_="num")]
    heads += [tag("th", "Std. error", class_="num spare")] if measured else []
    heads += [tag("th", "p-value", class_="num spare")] if tested else []
    heads += [tag("th", "Visible from", class_="num spare")] if measured else []
    bodies = []
    for group, members in groupby(rows, key=lambda row: row.group):
        cells = [_row(row, judged=judged, drawn=drawn, measured=measured, tested=tested) for row in members]
        if group:
            cells.insert(
                0, tag("tr", tag("th", foreign(group), colspan=float(len(heads)), scope="rowgroup"), class_="group")
            )
        bodies.append(tag("tbody", *cells))
    return tag("table", tag("thead", tag("tr", *heads)), *bodies, class_="metrics")


def _row(row: MetricRow, *, judged: bool, drawn: bool, measured: bool, tested: bool) -> Html:
    words = tag("span", row.words, class_="words-of") if row.words else ""
    cells = [tag("td", foreign(row.name), words, class_="name")]
    if judged:
        cells.append(_state_cell(row))
    if drawn:
        cells.append(tag("td", _picture(row), class_="wide picture"))
    cells.append(_number(row.value))
    if judged:
        cells.append(_number(row.limit))
    else:
        cells.append(tag("td", join(plain(row.low), escape(" to "), plain(row.high)), class_="num soft"))
    if measured:
        cells.append(tag("td", plain(row.error), class_="num spare"))
    if tested:
        cells.append(tag("td", p_value(row.p_value), class_="num spare"))
    if measured:
        cells.append(tag("td", plain(row.smallest), class_="num spare"))
    return tag("tr", *cells)


def _has_picture(row: MetricRow) -> bool:
    numbers = (row.value, 0.0 if row.limit is None else row.limit)
    least = -1 if row.around_zero else 0
    return all(number is not None and least <= number <= 1 for number in numbers)


def _picture(row: MetricRow) -> Html:
    if row.value is None or not _has_picture(row):
        return Html("")
    draw = deviation if row.around_zero else interval
    return draw(row.value, row.low, row.high, row.limit, bad=bool(row.violated))


def _number(value: float | None) -> Html:
    return tag("td", plain(value), class_="num")
