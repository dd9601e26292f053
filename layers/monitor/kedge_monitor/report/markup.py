"""HTML in small pieces. A plain str is text and is escaped; only `Html` is markup."""

import html
import math
import re
import unicodedata
from typing import Final

_VOID: Final = frozenset({"meta", "path", "line", "rect", "circle"})
_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MINUS: Final = "\N{MINUS SIGN}"
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_NONE: Final = "\N{EN DASH}"
# Not within an entity, which has no such letter.
_BREAKS: Final = re.compile(r"([_./])(?=\w)")
_LEAST_P: Final = 1e-15


class Html(str):
    """Text that is markup already. Only functions of this module make one from foreign text."""

    __slots__ = ()


def escape(text: str) -> Html:
    """Return text as markup, without control characters, which a page must not contain."""
    if isinstance(text, Html):
        return text
    clean = "".join(
        "\ufffd" if unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" else letter for letter in text
    )
    return Html(html.escape(clean, quote=True))


def join(*parts: str) -> Html:
    """Return parts one after another; parts that are plain text are escaped."""
    return Html("".join(map(escape, parts)))


def tag(name: str, /, *children: str, **attributes: str | float | None) -> Html:
    """Return an element. An attribute that is None is left out; `_` at the end and inside a name become `` and `-`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else f"{value:g}")}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{written}>" if name == "meta" else f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def foreign(text: str) -> Html:
    """Return a name or value of the data. Its direction of writing does not change the page; `_` and `.` allow a new line."""
    if not text:
        return tag("bdi", "(empty)", class_="dim")
    return tag("bdi", Html(_BREAKS.sub(r"\1<wbr>", escape(text))))


def figure(value: float | None, digits: int = 3) -> str:
    """Return a number with some significant digits; a dash for None and NaN."""
    if value is None or math.isnan(value):
        return _NONE
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if not -4 < size < 9:
        return _power(value, digits - 1)
    return f"{value:,.{max(0, digits - 1 - size)}f}".replace("-", MINUS)


def distance(value: float | None) -> str:
    """Return a distance or a share between 0 and 1, with 3 decimals; a dash for None."""
    # Numbers without bias can be a little below 0: -0.0 + 0.0 is 0.0.
    return _NONE if value is None or math.isnan(value) else f"{round(value, 3) + 0.0:.3f}".replace("-", MINUS)


def plain(value: float | None) -> str:
    """Return the value of a metric: 3 decimals below 10, so that a column of numbers aligns; a dash for None."""
    small = value is not None and (value == 0 or 0.0005 <= abs(value) < 10)
    return distance(value) if small else figure(value)


def percent(value: float | None) -> str:
    """Return a share as percent: one decimal, two below 1 %; a dash for None."""
    if value is None or math.isnan(value):
        return _NONE
    decimals = 0 if value in {0.0, 1.0} else 2 if abs(value) < 0.00995 or value > 0.9995 else 1
    return f"{value:.{decimals}%}".replace("%", " %").replace("-", MINUS)


def p_value(value: float | None) -> str:
    """Return a p-value; a dash for None."""
    if value is None or math.isnan(value):
        return _NONE
    if value < _LEAST_P:
        return "< 10⁻¹⁵"
    return _power(value, 0) if value < 0.001 else f"{value:.3f}"


def _power(value: float, decimals: int) -> str:
    mantissa, _, exponent = f"{value:.{max(0, decimals)}e}".partition("e")
    return f"{mantissa} {_TIMES} 10{str(int(exponent)).translate(_SUPERSCRIPT)}".replace("-", MINUS)
