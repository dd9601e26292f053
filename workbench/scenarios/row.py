"""One line of a comparison."""

from typing import Final

from msgspec import Struct

NOBODY: Final = "nobody"
NONE: Final = "none"


class Row(Struct, frozen=True):
    """One expectation, and the actual value."""

    what: str
    expected: str
    got: str
    ok: bool
