"""One line of a comparison."""

from typing import Final

from msgspec import Struct

NOBODY: Final = "nobody"
NONE: Final = "none"


class Row(Struct, frozen=True):
    """One thing that was to be so, and what it is."""

    what: str
    expected: str
    got: str
    ok: bool
