"""The columns of some records in order of arrival, as readers give them to profiles."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Counts = NDArray[np.int64]


class DataType(StrEnum):
    """The type of a column as Model Monitor's files name it."""

    INTEGRAL = "Integral"
    FRACTIONAL = "Fractional"
    STRING = "String"
    UNKNOWN = "Unknown"

    @property
    def numeric(self) -> bool:
        """Return whether the values are numbers."""
        return self in (DataType.INTEGRAL, DataType.FRACTIONAL)


class Kind(StrEnum):
    """How a column is read: a number's values are parsed, a text's values are counted as they stand."""

    NUMBER = "number"
    TEXT = "text"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """The name of a column and how it is read."""

    name: str
    kind: Kind


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a dataset in their order: outputs first, then inputs."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names in their order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """How many present values of a column are of each class.

    The classes are those of deequ's DataType: a whole number, a number with a fraction or an exponent, `true` or `false`, any other text.
    """

    integral: int = 0
    fractional: int = 0
    boolean: int = 0
    string: int = 0

    @property
    def present(self) -> int:
        """Return how many values are present."""
        return self.integral + self.fractional + self.boolean + self.string

    @property
    def data_type(self) -> DataType:
        """Return the type that a column of these values has.

        One text, or a Boolean beside numbers, makes the column a String; a column of Booleans is written as String, too.
        """
        if not self.present:
            return DataType.UNKNOWN
        if self.string or self.boolean:
            return DataType.STRING
        return DataType.FRACTIONAL if self.fractional else DataType.INTEGRAL

    def __add__(self, other: "Classes") -> "Classes":
        return Classes(
            integral=self.integral + other.integral,
            fractional=self.fractional + other.fractional,
            boolean=self.boolean + other.boolean,
            string=self.string + other.string,
        )


NO_TEXTS: Final = pa.array([], pa.string())


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberValues:
    """The values of a number column in one batch.

    `values` are the finite numbers among them, float64, in order of arrival, without the missing ones. `texts` are the present
    values that are no numbers (text, Booleans, `NaN`), as they stand. len(values) is classes.integral + classes.fractional.
    """

    values: Floats
    classes: Classes
    missing: int
    texts: pa.StringArray = field(default_factory=lambda: NO_TEXTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextValues:
    """The values of a text column in one batch: a dictionary array without nulls, and how many were missing.

    `values.indices` are in order of arrival; the dictionary has no value twice.
    """

    values: pa.DictionaryArray
    classes: Classes
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some records as columns, in the order of a schema. present + missing is `records` in each column."""

    records: int
    columns: tuple[NumberValues | TextValues, ...]
