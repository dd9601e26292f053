"""Text from elsewhere, made fit to be shown: one line, no control characters, no longer than its place."""

import unicodedata
from typing import Final

# Control, format (bidirectional overrides, zero width), surrogate, private and unassigned characters.
_UNSHOWABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MORE: Final = "..."


def plain(text: str) -> str:
    """The text on one line, without what cannot be seen: a name must not redraw the message that shows it."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = (" " if char.isspace() else char for char in text if char.isspace() or _showable(char))
    return " ".join("".join(seen).split())


def _showable(char: str) -> bool:
    return unicodedata.category(char) not in _UNSHOWABLE


def short(text: str, most: int) -> str:
    """Plain text of at most `most` characters, cut after a word where one ends near."""
    text = plain(text)
    if len(text) <= most:
        return text
    if most <= len(_MORE):
        return text[:most]
    kept = text[: most - len(_MORE)]
    head, space, _ = kept.rpartition(" ")
    return (head if space and len(head) >= len(kept) // 2 else kept).rstrip(" ,;:") + _MORE


def squeezed(name: str, most: int) -> str:
    """A name of at most `most` characters, cut in its middle: names of features differ at either end."""
    name = plain(name)
    if len(name) <= most:
        return name
    if most <= len(_MORE) + 2:
        return name[:most]
    left = (most - len(_MORE) + 1) // 2
    return name[:left] + _MORE + name[len(name) - (most - len(_MORE) - left) :]
