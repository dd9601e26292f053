"""Enums whose members carry what belongs to them."""

from enum import StrEnum
from typing import Self


class AttributedEnum(StrEnum):
    """An enum of words whose members are written `NAME = word, attributes`: a member without attributes fails at import.

    A subclass takes the attributes in `__init__(self, word, attributes)`. Encoded, and compared with text, a member is its word alone.
    """

    def __new__(cls, word: str, _attributes: object) -> Self:
        """Make a member of its word."""
        member = str.__new__(cls, word)
        member._value_ = word
        return member

    @classmethod
    def of(cls, word: str) -> Self:
        """Return the member of a word. Raises ValueError if there is none."""
        for member in cls:
            if member == word:
                return member
        raise ValueError(f"{word!r} is not a valid {cls.__name__}")


def table_of[Member: StrEnum, Row](kind: type[Member], rows: dict[Member, Row]) -> dict[Member, Row]:
    """Return a table with a row for each member of an enum, for what may not stand in the enum's own module.

    Raises ValueError if a member has no row: a new one fails at import.
    """
    if missing := [member.name for member in kind if member not in rows]:
        raise ValueError(f"the table of {kind.__name__} has no row for {', '.join(missing)}")
    return rows
