"""Sections of the page beside the features: model quality, bias, attribution, and quality that was estimated."""

from collections.abc import Iterable
from typing import Final

import msgspec

from kedge_monitor.bias.attribution import AttributionComparison
from kedge_monitor.bias.verdict import BiasComparison
from kedge_monitor.quality.estimated import EstimatedQuality, EstimateRefused
from kedge_monitor.quality.verdict import QualityComparison
from kedge_monitor.report.charts import interval, state
from kedge_monitor.report.markup import Html, counted, escape, figure, foreign, join, p_value, tag

_ESTIMATED: Final = ("accuracy", "precision", "recall", "f1", "auc")


class MetricRow(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of a section. `low` and `high` are its interval. `violated` is None if nothing was decided."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    p_value: float | None = None
    violated: bool | None = None


class MetricSection(msgspec.Struct, frozen=True, kw_only=True):
    """A table of metrics with a title, a sentence and notes."""

    title: str
    summary: str
    rows: tuple[MetricRow, ...] = ()
    notes: tuple[str, ...] = ()


def quality_section(comparison: QualityComparison) -> MetricSection:
    """Return the section of model quality against labels."""
    rows = tuple(
        MetricRow(
            name=check.metric,
            value=check.value,
            low=None if check.value is None or check.error is None else check.value - check.error,
            high=None if check.value is None or check.error is None else check.value + check.error,
            limit=check.threshold,
            p_value=check.p_value,
            violated=check.violated,
        )
        for check in comparison.checks
    )
    summary = f"{counted(comparison.records, 'labelled record')}. The bar is one standard error to both sides."
    return MetricSection(title="Model quality", summary=summary, rows=rows, notes=comparison.notes)


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


def bias_section(comparison: BiasComparison) -> MetricSection:
    """Return the section of bias by facet."""
    rows = tuple(
        MetricRow(
            name=f"{check.metric} of {check.facet} {check.facet_value}",
            value=check.value,
            limit=check.limit,
            p_value=check.p_value,
            violated=check.violated,
        )
        for check in comparison.checks
    )
    summary = (
        f"{counted(comparison.records, 'record')}. A metric is worse if it is farther from 0 than in the baseline."
    )
    return MetricSection(title="Bias", summary=summary, rows=rows, notes=comparison.notes)


def attribution_section(comparison: AttributionComparison) -> MetricSection:
    """Return the section of attribution drift."""
    rows = tuple(
        MetricRow(name=f"nDCG of {check.label}", value=check.score, limit=check.limit, violated=check.violated)
        for check in comparison.checks
    )
    summary = "The order of the features by their attribution. 1 is the order of the baseline."
    return MetricSection(title="Feature attribution", summary=summary, rows=rows, notes=comparison.notes)


def metric_section(section: MetricSection) -> Html:
    """Return a section as HTML. Metrics between 0 and 1 have a picture."""
    return tag(
        "section",
        tag("h2", section.title),
        tag("p", section.summary),
        _table(section.rows) if section.rows else "",
        note_list(section.notes, fine=True),
    )


def note_list(notes: Iterable[str], *, fine: bool = False) -> Html:
    """Return sentences as a list, or nothing if there are none; `fine` print is smaller."""
    entries = [tag("li", note) for note in notes]
    return tag("ul", *entries, class_="notes fine" if fine else "notes") if entries else Html("")


def state_cell(violated: bool | None) -> Html:
    """Return the cell that says whether a check is violated."""
    if violated is None:
        return tag("td", state("none", "not judged"), class_="state dim tight")
    if violated:
        return tag("td", state("bad", "violated"), class_="state alarm tight")
    return tag("td", state("good", "good"), class_="state soft tight")


def _table(rows: tuple[MetricRow, ...]) -> Html:
    judged = any(row.violated is not None for row in rows)
    drawn = all(_is_share(row.value) for row in rows)
    heads = ["Metric", *(["State"] if judged else []), *([""] if drawn else []), "Value"]
    heads += ["Limit", "p-value"] if judged else ["Interval"]
    numeric = {"Value", "Limit", "p-value", "Interval"}
    classes = dict.fromkeys(numeric, "num") | {"State": "tight"}
    head = tag("tr", *(tag("th", name, class_=classes.get(name)) for name in heads))
    return tag("table", tag("thead", head), tag("tbody", *(_row(row, judged=judged, drawn=drawn) for row in rows)))


def _row(row: MetricRow, *, judged: bool, drawn: bool) -> Html:
    cells = [tag("td", foreign(row.name), class_="name")]
    if judged:
        cells.append(state_cell(row.violated))
    if drawn and row.value is not None:
        picture = interval(row.value, row.low, row.high, row.limit, bad=bool(row.violated))
        cells.append(tag("td", picture, class_="wide"))
    cells.append(_number(row.value))
    if judged:
        cells += [_number(row.limit), tag("td", p_value(row.p_value), class_="num")]
    else:
        cells.append(tag("td", join(figure(row.low), escape(" to "), figure(row.high)), class_="num soft"))
    return tag("tr", *cells)


def _number(value: float | None) -> Html:
    return tag("td", figure(value), class_="num")


def _is_share(value: float | None) -> bool:
    return value is not None and 0 <= value <= 1
