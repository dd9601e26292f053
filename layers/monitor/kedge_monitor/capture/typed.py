"""Number columns that Arrow converts while it reads CSV, where their classes can still be proven.

A conversion drops the texts, and with them the class of a value. It is safe for a column of whole numbers, because Arrow's
conversion to int64 takes nothing else. It is safe for a column of fractions, because a number that is not whole was written
with a dot or an exponent. A rare whole one is looked up in the text. Arrow takes more texts than deequ's expressions. They are
excluded before (`find_doubtful`) or seen in the result (numbers that are not finite).
"""

import csv
from enum import Enum
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kedge_monitor.batch import Classes, NumberValues
from kedge_monitor.capture.classes import class_of_text, number_of

_FEWEST: Final = 1_000
"""Values of a column that show how it is written; a smaller batch is not worth a second way."""

_MOST_WHOLE: Final = 8
"""How many whole numbers of a batch are looked up one by one in a column of fractions."""

_LINE_FEED: Final = ord("\n")


class NotProven(Exception):
    """Values whose class does not follow from the converted column. `name` is the column, empty if it is not known."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        super().__init__(name)


class Conversion(Enum):
    """How the values of a number column are read."""

    TEXT = "text"
    WHOLE = "whole"
    FRACTION = "fraction"

    @property
    def arrow(self) -> pa.DataType:
        """Return the type that Arrow converts to."""
        return {Conversion.TEXT: pa.string(), Conversion.WHOLE: pa.int64(), Conversion.FRACTION: pa.float64()}[self]


def choose_conversion(values: NumberValues) -> Conversion:
    """Return how the next values of a column can be read, from some that were read as texts."""
    count = len(values.values)
    if count < _FEWEST or len(values.texts):
        return Conversion.TEXT
    if not values.classes.fractional:
        return Conversion.WHOLE
    whole = np.count_nonzero(values.values == np.floor(values.values))
    return Conversion.TEXT if whole > _MOST_WHOLE else Conversion.FRACTION


def whole_values(column: pa.Array) -> NumberValues:
    """Return the values of a column that Arrow converted to int64."""
    present = column.drop_null() if column.null_count else column
    numbers = pc.cast(present, pa.float64(), safe=False).to_numpy()
    return NumberValues(values=numbers, classes=Classes(integral=len(numbers)), missing=column.null_count)


class FractionReader:
    """Reads columns that Arrow converted to float64, and looks up the few whole numbers in the rows.

    Args:
        data: the rows of CSV.
        rows: how many rows were converted.
    """

    def __init__(self, data: bytes, rows: int) -> None:
        self._data = data
        self._rows = rows
        self._ends = np.empty(0, np.int64)

    def read(self, name: str, place: int, column: pa.Array) -> NumberValues:
        """Return the values of the column at a place of the rows.

        Raises:
            NotProven: the class of some value does not follow.
        """
        present = (column.drop_null() if column.null_count else column).to_numpy()
        if not np.isfinite(present).all():
            raise NotProven(name)
        whole = np.flatnonzero(present == np.floor(present))
        integral = 0
        if len(whole):
            if len(whole) > _MOST_WHOLE:
                raise NotProven(name)
            numbers = present[whole].tolist()
            rows = np.flatnonzero(column.is_valid()) if column.null_count else None
            for row, number in zip((whole if rows is None else rows[whole]).tolist(), numbers, strict=True):
                integral += self._is_integral(row, place, number)
        return NumberValues(
            values=present,
            classes=Classes(integral=integral, fractional=len(present) - integral),
            missing=column.null_count,
        )

    def _is_integral(self, row: int, place: int, number: float) -> bool:
        if not len(self._ends):
            self._ends = np.flatnonzero(np.frombuffer(self._data, np.uint8) == _LINE_FEED)
        if (
            len(self._ends) != self._rows
        ):  # rows were set aside or have line feeds: the number of a row is not that of a line
            raise NotProven
        line = self._data[self._ends[row - 1] + 1 if row else 0 : self._ends[row]].decode()
        try:
            text = (next(csv.reader((line,))) if '"' in line else line.split(","))[place]
        except (csv.Error, IndexError):  # a field that Python's reader finds too long, or divides otherwise than Arrow
            raise NotProven from None
        found = class_of_text(text)
        if found not in ("integral", "fractional") or number_of(text) != number:
            raise NotProven
        return found == "integral"
