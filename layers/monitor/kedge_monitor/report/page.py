"""The page of a run: one file without script, font or image from outside, in the customer's own bucket."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from kedge_monitor.baseline import Baseline
from kedge_monitor.compare.verdict import CheckType, FeatureCheck, Outcome, WindowComparison
from kedge_monitor.errors import counted
from kedge_monitor.profile.dataset import DatasetProfile
from kedge_monitor.report.cards import feature_card
from kedge_monitor.report.charts import axis, gauge, legend, mark, state
from kedge_monitor.report.density import Tick
from kedge_monitor.report.markup import Html, distance, figure, foreign, join, p_value, percent, tag
from kedge_monitor.report.sections import MetricSection, anchor_of, metric_section, note_list
from kedge_monitor.report.style import SHEET
from kedge_monitor.report.views import TONES, WORDS, FeatureView, views_of, worst_first

_SCALES: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
_DIGEST: Final = 12
_MOST_NAMES: Final = 5
_SIGNS: Final[dict[Outcome | None, tuple[str, str]]] = {
    Outcome.VIOLATED: ("bad", "alarm"),
    Outcome.CLEAN: ("good", "good"),
}
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_SHARES: Final = {CheckType.DATA_TYPE, CheckType.COMPLETENESS, CheckType.CATEGORICAL_VALUES}
_COLUMNS: Final = {CheckType.MISSING_COLUMN, CheckType.EXTRA_COLUMN}


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the page. `title` is the endpoint or the transform job; empty texts are left out.

    `start` and `end` are None for data without times.
    """

    title: str
    start: datetime | None = None
    end: datetime | None = None
    monitor: str = ""
    mode: str = ""
    promise: str = ""


def render_report(
    facts: RunFacts,
    baseline: Baseline,
    window: DatasetProfile,
    comparison: WindowComparison,
    sections: Sequence[MetricSection] = (),
) -> str:
    """Return the page of one run as HTML.

    It shows the verdict, the violations, each feature's distance beside its limit, and each feature's two distributions,
    the worst first. Names and values of the data are escaped. The page contains names of categories, so it belongs
    where the data is.

    Args:
        facts: what was measured, and when.
        baseline: what the window was compared with.
        window: the profile of the window, over the baseline's edges.
        comparison: the result.
        sections: model quality, bias, attribution and estimated quality, in the order of the page.
    """
    views = views_of(baseline, window, comparison)
    compared = [view for view in views if view.excluded is None or view.state == "bad"]
    body = join(
        _head(facts, baseline, comparison, views, sections),
        _violations(comparison, views),
        *(metric_section(section) for section in sections),
        *((_overview(compared), _cards(compared)) if window.records else ()),
        _excluded(baseline),
        _notices(baseline),
        tag("footer", f"Baseline version {baseline.digest}"),
    )
    return _document(f"{facts.title}: {_short_verdict(comparison, views, sections)}", body)


def render_metrics(facts: RunFacts, records: int | None, section: MetricSection) -> str:
    """Return the page of a run of model quality, bias or attribution as HTML: its verdict and its metrics.

    Args:
        facts: what was measured, and when.
        records: the number of records; None if another program measured them.
        section: the metrics and their verdict; its title is the type of the run.
    """
    entries = [
        ("Window", _span(facts.start, facts.end)),
        ("Records", "" if records is None else f"{records:,}"),
        ("Mode", _mode(facts)),
    ]
    verdict = _verdict_line(section.outcome, _capital(section.verdict))
    body = join(_header(section.title, facts, verdict, entries), metric_section(section))
    return _document(f"{facts.title}: {section.verdict}", body)


def _document(title: str, body: Html) -> str:
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", title),
        tag("style", Html(SHEET)),
    )
    return f"<!doctype html>\n{tag('html', tag('head', head), tag('body', body), lang='en')}\n"


def _verdict(comparison: WindowComparison, views: Sequence[FeatureView]) -> str:
    match comparison.outcome:
        case Outcome.VIOLATED:
            bad = sum(view.state == "bad" for view in views)
            number = counted(len(comparison.violations), "violation")
            return f"{number} in {bad} of {counted(len(views), 'feature')}" if bad else number
        case Outcome.NO_DATA:
            return "no data in this window"
        case Outcome.INCONCLUSIVE:
            return "inconclusive: too few records for a verdict"
        case Outcome.CLEAN:
            return f"no violation in {counted(len(views), 'feature')}"


def _short_verdict(
    comparison: WindowComparison, views: Sequence[FeatureView], sections: Sequence[MetricSection]
) -> str:
    """Return the verdict of the first type that is violated, else that of data quality."""
    violated = [each for each in sections if each.outcome is Outcome.VIOLATED]
    if comparison.outcome is Outcome.VIOLATED or not violated:
        return _verdict(comparison, views)
    return f"{violated[0].title.lower()}, {violated[0].verdict}"


def _verdict_line(outcome: Outcome | None, words: Html | str) -> Html:
    sign, tone = _SIGNS.get(outcome, ("warn", "warn"))
    return tag("p", mark(sign), tag("span", words), class_=f"verdict {tone}")


def _verdicts(comparison: WindowComparison, views: Sequence[FeatureView], sections: Sequence[MetricSection]) -> Html:
    """Return the verdict of each type that was measured; with several, each names its type."""
    judged = [each for each in sections if each.outcome is not None]
    own = _verdict(comparison, views)
    first = _verdict_line(comparison.outcome, f"Data quality: {own}" if judged else _capital(own))
    others = [
        _verdict_line(each.outcome, join(tag("a", each.title, href=f"#{anchor_of(each)}"), f": {each.verdict}"))
        for each in judged
    ]
    return join(first, *others)


def _head(
    facts: RunFacts,
    baseline: Baseline,
    comparison: WindowComparison,
    views: Sequence[FeatureView],
    sections: Sequence[MetricSection],
) -> Html:
    entries = [
        ("Window", _span(facts.start, facts.end)),
        ("Records", f"{comparison.records:,}"),
        ("Baseline", f"{counted(baseline.profile.records, 'record')}, version {baseline.digest[:_DIGEST]}"),
        ("Checks", f"{counted(len(comparison.checks), 'check')} of {counted(len(views), 'feature')}"),
        ("Mode", _mode(facts)),
    ]
    judged = [each.title.lower() for each in sections if each.outcome is not None]
    kind = _capital(", ".join(["data quality", *judged]))
    return _header(kind, facts, _verdicts(comparison, views, sections), entries, note_list(comparison.notes))


def _header(
    kind: str,
    facts: RunFacts,
    verdicts: Html,
    entries: Sequence[tuple[str, str]],
    notes: Html | str = "",
) -> Html:
    pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in entries if value]
    named = join(kind, join(", monitor ", foreign(facts.monitor)) if facts.monitor else "")
    return tag(
        "header",
        tag("p", named, class_="kind"),
        tag("h1", foreign(facts.title)),
        verdicts,
        tag("dl", *pairs, class_="facts"),
        notes,
    )


def _mode(facts: RunFacts) -> str:
    return ", ".join(filter(None, (facts.mode, facts.promise)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _span(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return ""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    same = first.date() == (last - timedelta(microseconds=1)).date()
    until = f"{last:%H:%M}" if same and last.date() == first.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M} to {until} UTC"


def _violations(comparison: WindowComparison, views: Sequence[FeatureView]) -> Html:
    violated = worst_first(comparison.violations)
    if not violated:
        return Html("")
    anchors = {view.name: view.anchor for view in views if view.excluded is None or view.state == "bad"}
    tested = any(check.p_value is not None for check in violated)
    heads = [
        tag("th", "Feature"),
        tag("th", "Check"),
        tag("th", "Observed", class_="num"),
        tag("th", "Limit", class_="num"),
    ]
    heads += [tag("th", name, class_="num spare") for name in ("p-value", "Visible from") if tested]
    rows = [_violation(check, anchors.get(check.feature), tested=tested) for check in violated]
    return tag("section", tag("h2", "Violations"), tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows)))


def _violation(check: FeatureCheck, anchor: str | None, *, tested: bool) -> Html:
    name = foreign(check.feature)
    words = WORDS[check.check] + (f", over {check.hours:g} h" if check.hours is not None else "")
    cells = [
        tag("td", tag("a", name, href=f"#{anchor}") if anchor else name, class_="name"),
        tag("td", mark("bad"), words, _columns(check.columns), class_="alarm state"),
        tag("td", _amount(check, check.observed), class_="num"),
        tag("td", _amount(check, check.limit), class_="num"),
    ]
    if tested:
        cells.append(tag("td", p_value(check.p_value), class_="num spare"))
        cells.append(tag("td", _amount(check, check.smallest), class_="num spare"))
    return tag("tr", *cells)


def _columns(names: Sequence[str]) -> Html:
    """Return the names of missing or extra columns, a few of many."""
    if not names:
        return Html("")
    shown = [part for name in names[:_MOST_NAMES] for part in (", ", foreign(name))][1:]
    return join(": ", *shown, f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")


def _amount(check: FeatureCheck, value: float | None) -> str:
    if check.check in _COLUMNS:
        return f"{value:g}" if value is not None else figure(None)
    return percent(value) if check.check in _SHARES else distance(value)


def _overview(views: Sequence[FeatureView]) -> Html:
    drawn = [view for view in views if view.distance is not None]
    if not drawn:
        return Html("")
    most = _scale(drawn)
    tested = any(view.drift is not None and view.drift.p_value is not None for view in drawn)
    ticks = [Tick(part, f"{most * part:g}") for part in (0.0, 0.5, 1.0)]
    head = tag(
        "tr",
        tag("th", "Feature"),
        tag("th", "State", class_="tight"),
        tag("th", axis(ticks)),
        tag("th", "Distance", class_="num"),
        tag("th", "p-value", class_="num spare") if tested else "",
        tag("th", "PSI", class_="num spare"),
    )
    rows = [_overview_row(view, most, tested=tested) for view in drawn]
    said = "The line is the limit."
    if any(view.drift is not None and view.drift.smallest is not None for view in drawn):
        said += " The grey band ends at the smallest distance that this window shows in 9 of 10 cases."
    return tag(
        "section",
        tag("h2", "Distances from the baseline"),
        tag("p", said),
        tag("table", tag("thead", head), tag("tbody", *rows)),
    )


def _overview_row(view: FeatureView, most: float, *, tested: bool) -> Html:
    drift = view.drift
    picture = gauge(
        view.distance,
        drift.limit if drift else None,
        drift.smallest if drift else None,
        most,
        bad=drift is not None and drift.violated,
    )
    return tag(
        "tr",
        tag("td", tag("a", foreign(view.name), href=f"#{view.anchor}"), class_="name"),
        tag("td", state(view.state, view.words), class_=f"state {TONES[view.state]} tight"),
        tag("td", picture, class_="wide"),
        tag("td", distance(view.distance), class_="num"),
        tag("td", p_value(drift.p_value if drift else None), class_="num spare") if tested else "",
        tag("td", distance(view.distances.psi), class_="num spare"),
    )


def _scale(views: Sequence[FeatureView]) -> float:
    """Return the end of the common axis: the least of some round numbers that has all distances and limits."""
    values = [view.distance or 0.0 for view in views]
    values += [view.drift.limit or 0.0 for view in views if view.drift is not None]
    most = max((value for value in values if math.isfinite(value)), default=0.0)
    return next((scale for scale in _SCALES if most <= scale), float(math.ceil(most)))


def _cards(views: Sequence[FeatureView]) -> Html:
    if not views:
        return Html("")
    cards = tag("div", *(feature_card(view) for view in views), class_="cards")
    said = (
        "Each axis shows at least 99 % of the records of both sides. This window shows distances above “visible from” in "
        "9 of 10 cases. Wasserstein and mean shift are in standard deviations (sd) of the baseline."
    )
    return tag("section", tag("h2", "Features"), tag("p", said), legend(), cards)


def _excluded(baseline: Baseline) -> Html:
    if not baseline.excluded:
        return Html("")
    rows = [
        tag("tr", tag("td", foreign(name), class_="name"), tag("td", reason, class_="soft"))
        for name, reason in baseline.excluded.items()
    ]
    head = tag("tr", tag("th", "Feature"), tag("th", "Reason"))
    return tag(
        "section",
        tag("h2", "Not compared"),
        tag("p", "These columns keep their checks of type and completeness."),
        tag("table", tag("thead", head), tag("tbody", *rows)),
    )


def _notices(baseline: Baseline) -> Html:
    if not baseline.notices:
        return Html("")
    entries = [
        tag(
            "li",
            *([tag("b", foreign(notice.feature)), ": "] if notice.feature else []),
            f"{notice.problem} {notice.action}",
        )
        for notice in baseline.notices
    ]
    return tag("section", tag("h2", "About the baseline"), tag("ul", *entries, class_="notes"))
