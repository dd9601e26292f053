"""The card of one feature: its distributions, and every number that was measured."""

from typing import Final

from kedge_monitor.batch import DataType
from kedge_monitor.errors import counted
from kedge_monitor.files.statistics import written_type
from kedge_monitor.profile.column import ColumnProfile
from kedge_monitor.report.charts import Bar, mark, overlay, paired_bars
from kedge_monitor.report.density import Density, Scale, compact, density_of
from kedge_monitor.report.markup import Html, distance, figure, foreign, p_value, percent, tag
from kedge_monitor.report.views import TONES, FeatureView

_MOST_BARS: Final = 8
_FEW_VALUES: Final = 5
_MOST_UNSEEN: Final = 2


def feature_card(view: FeatureView) -> Html:
    """Return the card of a feature."""
    density = _density(view)
    chart = _shape(view, density)
    return tag(
        "article",
        tag(
            "div",
            tag("h3", foreign(view.name)),
            tag("span", mark(view.state), view.words, class_=f"state {TONES[view.state]}"),
            class_="card-head",
        ),
        tag("p", _said(view, density), class_="said"),
        chart,
        _figures(view),
        class_="card bad" if view.state == "bad" else "card",
        id=view.anchor,
    )


def _said(view: FeatureView, density: Density | None) -> str:
    """Return the sentences below the name: type and values, and the largest gap."""
    after, before = view.after, view.before
    kind = {DataType.STRING: "Text", DataType.UNKNOWN: "All missing"}.get(
        written_type(before), str(written_type(before))
    )
    if after is None:
        return f"{kind}. The window does not have the column."
    said = f"{kind}, {counted(after.present, 'value')}"
    if before.missing or after.missing:
        said += f", {percent(1 - after.completeness)} missing (baseline {percent(1 - before.completeness)})"
    if density is not None and density.gap_size and view.drifts:
        side = "at or below" if density.gap_size > 0 else "above"
        said += f". Largest gap: {percent(abs(density.gap_size))} more records {side} {compact(float(f'{density.gap:.4g}'))}"
    if density is not None and density.scale is not Scale.LINEAR:
        said += f". The axis is {density.scale}"
    return said + "."


def _density(view: FeatureView) -> Density | None:
    before, after = view.before.numbers, view.after.numbers if view.after else None
    if before is None or after is None or _few(view.before) or view.excluded is not None:
        return None
    integral = view.before.data_type is DataType.INTEGRAL
    return density_of(before, after, integral=integral)


def _few(column: ColumnProfile) -> bool:
    return column.categories.exact and len(column.categories.counts) <= _FEW_VALUES


def _shape(view: FeatureView, density: Density | None) -> Html:
    if density is not None:
        return overlay(density, with_gap=view.drifts)
    if view.after is None or not view.after.present or not view.before.categories.counts or view.excluded is not None:
        return Html("")
    return paired_bars(_bars(view.before, view.after))


def _bars(before: ColumnProfile, after: ColumnProfile) -> list[Bar]:
    """Return the commonest categories, those that only the window has, and the rest."""
    old, new = before.categories.counts, after.categories.counts
    whole = max(1, before.present), max(1, after.present)
    shares = {name: (old.get(name, 0) / whole[0], new.get(name, 0) / whole[1]) for name in old | new}
    known = sorted(old, key=lambda name: (-max(shares[name]), name))
    known = known if len(known) <= _MOST_BARS else known[: _MOST_BARS - 1]
    if before.numbers is not None:
        known.sort(key=_number)
    unseen = sorted((name for name in new if name not in old), key=lambda name: (-new[name], name))
    named = unseen[:_MOST_UNSEEN]
    bars = [Bar(name, *shares[name]) for name in known]
    bars += (
        [Bar(None, *_sums(shares, set(old) - set(known)), words=f"{len(old) - len(known):,} others")]
        if len(known) < len(old)
        else []
    )
    bars += [Bar(name, *shares[name], words="unknown") for name in named]
    if len(unseen) > len(named):
        rest = _sums(shares, set(unseen) - set(named))
        bars.append(Bar(None, *rest, words=f"{len(unseen) - len(named):,} more unknown"))
    return bars


def _sums(shares: dict[str, tuple[float, float]], names: set[str]) -> tuple[float, float]:
    return sum(shares[name][0] for name in names), sum(shares[name][1] for name in names)


def _number(text: str) -> tuple[bool, float]:
    try:
        return False, float(text)
    except ValueError:
        return True, 0.0


def _figures(view: FeatureView) -> Html:
    if view.excluded is not None:
        return Html("")
    drift, numbers = view.drift, view.distances
    entries = [
        ("distance", distance(view.distance)),
        ("limit", distance(drift.limit if drift else None)),
        ("p-value", p_value(drift.p_value if drift else None)),
        ("visible from", distance(drift.smallest if drift else None)),
        ("PSI", distance(numbers.psi)),
        ("JS distance", distance(numbers.jensen_shannon)),
    ]
    if view.before.numbers is not None and not _few(view.before):
        entries += [("Wasserstein", _deviations(numbers.wasserstein)), ("mean shift", _deviations(numbers.mean_shift))]
    elif view.before.numbers is not None:
        entries += [("mean shift", _deviations(numbers.mean_shift)), ("unknown", percent(numbers.unseen_share))]
    else:
        entries += [("unknown", percent(numbers.unseen_share))]
    pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in entries]
    return tag("dl", *pairs, class_="figures")


def _deviations(value: float | None) -> str:
    return figure(value) if value is None else f"{figure(value, 2)} sd"
