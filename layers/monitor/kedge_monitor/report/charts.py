"""The pictures of the page: overlaid distributions, paired bars, and the gauge of a distance. Each is inline SVG.

A chart stretches to any width; its labels are HTML beside it, so that they keep their size.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from kedge_monitor.batch import Floats
from kedge_monitor.report.density import Density, Tick
from kedge_monitor.report.markup import Html, foreign, join, percent, tag

_WIDE: Final = 1000.0
_HIGH: Final = 100.0
_EDGE: Final = 0.05


class Bar(NamedTuple):
    """A category with its share in the baseline and in the window, 0 to 1. `name` is foreign text; `words` are the page's."""

    name: str | None
    before: float
    after: float
    words: str = ""


def overlay(density: Density, *, with_gap: bool) -> Html:
    """Return two distributions over one axis: the baseline as an area, the window as a line over it.

    `with_gap` marks the value where the cumulative distributions differ most.
    """
    gap = density.gap_place * _WIDE
    picture = tag(
        "svg",
        tag("path", d=_area(density.baseline, density.bounds), class_="old"),
        tag("path", d=_steps(density.baseline, density.bounds), class_="old-edge"),
        tag("path", d=_area(density.window, density.bounds), class_="new-fill"),
        tag("line", x1=gap, x2=gap, y1=0.0, y2=_HIGH, class_="gap") if with_gap else "",
        tag("path", d=_steps(density.window, density.bounds), class_="new-edge"),
        tag("line", x1=0.0, x2=_WIDE, y1=_HIGH, y2=_HIGH, class_="base"),
        viewBox=f"0 0 {_WIDE:g} {_HIGH:g}",
        preserveAspectRatio="none",
        role="img",
        aria_label="Distribution of the baseline and of the window",
    )
    return tag("figure", picture, axis(density.ticks), class_="chart")


def axis(ticks: Sequence[Tick]) -> Html:
    """Return the labels of an axis; those at its ends do not leave the picture."""
    labels = [tag("span", tick.label, style=f"left:{100 * tick.place:.2f}%", class_=_end(tick.place)) for tick in ticks]
    return tag("div", *labels, class_="axis", aria_hidden="true")


def paired_bars(bars: Sequence[Bar]) -> Html:
    """Return one row for each category: both shares as bars of one scale, and as figures."""
    most = max((max(bar.before, bar.after) for bar in bars), default=0.0) or 1.0
    cells: list[Html] = [
        tag("span", class_="head"),
        tag("span", class_="head"),
        tag("span", "baseline", class_="head share before"),
        tag("span", "window", class_="head share"),
    ]
    for bar in bars:
        name = tag("span", bar.words, class_="label rest") if bar.name is None else _label(bar.name, bar.words)
        cells += [
            name,
            _pair(bar.before / most, bar.after / most),
            tag("span", percent(bar.before), class_="share before"),
            tag("span", percent(bar.after), class_="share"),
        ]
    return tag("div", *cells, class_="bars")


def gauge(value: float | None, limit: float | None, hidden: float | None, most: float, *, bad: bool) -> Html:
    """Return a distance as a dot on a scale from 0 to `most`, with a line at the limit. A band is what the window cannot show."""
    parts = [tag("line", x1="0", x2="100%", y1="10", y2="10", class_="base")]
    if hidden is not None:
        parts.append(tag("rect", x="0", y="5", width=_share(hidden / most), height="10", rx="2", class_="hidden"))
        parts.append(tag("line", x1="0", x2="100%", y1="10", y2="10", class_="base"))
    if limit is not None:
        place = _share(limit / most)
        parts.append(tag("line", x1=place, x2=place, y1="3", y2="17", class_="limit"))
    if value is not None:
        parts.append(tag("circle", cx=_share(value / most), cy="10", r="4.5", class_="dot bad" if bad else "dot"))
    return tag("svg", *parts, class_="gauge", aria_hidden="true")


def interval(value: float, low: float | None, high: float | None, limit: float | None, *, bad: bool) -> Html:
    """Return a value between 0 and 1 with its interval, and its limit as a line."""
    parts = [tag("line", x1="0", x2="100%", y1="10", y2="10", class_="base")]
    if low is not None and high is not None:
        parts.append(tag("line", x1=_share(low), x2=_share(high), y1="10", y2="10", class_="range"))
    if limit is not None:
        parts.append(tag("line", x1=_share(limit), x2=_share(limit), y1="3", y2="17", class_="limit"))
    parts.append(tag("circle", cx=_share(value), cy="10", r="4.5", class_="dot bad" if bad else "dot"))
    return tag("svg", *parts, class_="gauge", aria_hidden="true")


def deviation(value: float, low: float | None, high: float | None, limit: float | None, *, bad: bool) -> Html:
    """Return a value between -1 and 1 with its interval. A band around 0 ends at the limit to both sides."""
    parts = []
    if limit is not None:
        start, end = (_share((1 + side * abs(limit)) / 2) for side in (-1, 1))
        width = _share(abs(limit))
        parts.append(tag("rect", x=start, y="5", width=width, height="10", rx="2", class_="hidden"))
        parts += [tag("line", x1=place, x2=place, y1="3", y2="17", class_="limit") for place in (start, end)]
    parts.append(tag("line", x1="0", x2="100%", y1="10", y2="10", class_="base"))
    parts.append(tag("line", x1="50%", x2="50%", y1="7", y2="13", class_="base"))
    if low is not None and high is not None:
        ends = [_share((1 + end) / 2) for end in (low, high)]
        parts.append(tag("line", x1=ends[0], x2=ends[1], y1="10", y2="10", class_="range"))
    parts.append(tag("circle", cx=_share((1 + value) / 2), cy="10", r="4.5", class_="dot bad" if bad else "dot"))
    return tag("svg", *parts, class_="gauge", aria_hidden="true")


def legend() -> Html:
    """Return what the colours and lines of the charts mean."""
    entries = (
        (tag("rect", width="18", height="11", rx="1", class_="old"), "baseline"),
        (tag("path", d="M0 8H6V3H12V6H18", class_="new-edge"), "window"),
        (tag("line", x1="9", x2="9", y1="0", y2="11", class_="gap"), "largest gap of the cumulative distributions"),
    )
    spans = [tag("span", tag("svg", shape, viewBox="0 0 18 11", aria_hidden="true"), words) for shape, words in entries]
    return tag("p", *spans, class_="legend")


def mark(state: str) -> Html:
    """Return the sign of a state: a filled square is bad, a ring is good, a dash is neither; not by colour alone."""
    shapes = {
        "bad": tag("rect", x="1", y="1", width="10", height="10", rx="1.5", class_="mark-bad"),
        "warn": tag("rect", x="1.5", y="1.5", width="9", height="9", rx="1.5", class_="mark-warn"),
        "good": tag("circle", cx="6", cy="6", r="4.7", class_="mark-good"),
        "none": tag("line", x1="1", x2="11", y1="6", y2="6", class_="mark-none"),
    }
    return tag("svg", shapes[state], viewBox="0 0 12 12", aria_hidden="true")


def state(sign: str, words: str) -> Html:
    """Return a sign with its words; the words are left out where a phone has no room for them."""
    return join(mark(sign), tag("span", words, class_="words"))


def _label(name: str, words: str) -> Html:
    return tag(
        "span", foreign(name), tag("span", f" {words}", class_="dim") if words else "", class_="label", title=name
    )


def _pair(before: float, after: float) -> Html:
    return tag(
        "svg",
        tag("rect", x="0", y="1", width=_share(before), height="6", class_="old"),
        tag("rect", x="0", y="8", width=_share(after), height="6", class_="new"),
        aria_hidden="true",
    )


def _share(part: float) -> str:
    return f"{100 * min(1.0, max(0.0, part)):.2f}%"


def _end(place: float) -> str | None:
    if place < _EDGE:
        return "first"
    return "last" if place > 1 - _EDGE else None


def _steps(heights: Floats, bounds: Floats) -> str:
    """Return the outline of a histogram, without the vertical lines at both ends of the axis."""
    levels = [_HIGH * (1 - float(height)) for height in heights]
    ends = [_WIDE * float(bound) for bound in bounds[1:]]
    steps = "".join(f"V{level:.2f}H{end:.2f}" for level, end in zip(levels, ends, strict=True))
    return f"M{_WIDE * float(bounds[0]):.2f} {levels[0]:.2f}{steps}"


def _area(heights: Floats, bounds: Floats) -> str:
    return f"{_steps(heights, bounds)}V{_HIGH:g}H{_WIDE * float(bounds[0]):.2f}Z"
