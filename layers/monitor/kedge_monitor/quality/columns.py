"""The columns that a measurement of quality or bias reads: found by name, checked, and aligned by record."""

import re
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kedge_monitor.batch import Batch, Counts, Floats, NumberValues, Schema, TextValues
from kedge_monitor.errors import MonitorError
from kedge_monitor.quality.forms import ProblemType

type Flags = NDArray[np.bool_]
type Values = NDArray[np.generic] | pa.Array
"""A column as an array of numbers, texts or Booleans; NaN and null are missing values."""

MOST_LABELS: Final = 1000
_SHOWN: Final = 10
_WHOLE: Final = re.compile(r"[-+]?\d+\.0+")


class WrongColumn(MonitorError):
    """A column that does not exist or whose values cannot be what its attribute says."""


class QualityColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Which column contains what, by the names of Model Monitor's settings.

    An attribute is the name of a column, a JSONPath of one key (`$.prediction`), or the number of a column from 0 on. A
    classification needs `inference_attribute`; a binary one can use `probability_attribute` in its place, or both. A
    record is predicted positive if its probability is above `probability_threshold_attribute`.
    """

    problem_type: ProblemType
    ground_truth_attribute: str
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    probability_threshold_attribute: float = 0.5
    positive_label: str = "1"

    def __post_init__(self) -> None:
        binary = self.problem_type is ProblemType.BINARY
        if self.inference_attribute is None and not (binary and self.probability_attribute is not None):
            wanted = "`inference_attribute` or `probability_attribute`" if binary else "`inference_attribute`"
            raise WrongColumn(f"problem_type {self.problem_type} has no column of predictions. Set {wanted}.")
        if not 0 <= self.probability_threshold_attribute <= 1:
            raise WrongColumn(
                f"`probability_threshold_attribute` is {self.probability_threshold_attribute}. Set a number between 0 and 1."
            )


class LabelCodes:
    """A column of labels: `texts[codes[i]]` is the label of record i, and `missing[i]` says that it has none."""

    __slots__ = ("codes", "missing", "texts")

    def __init__(self, values: Values, attribute: str) -> None:
        array = as_arrow(values)
        encoded = array if isinstance(array, pa.DictionaryArray) else array.dictionary_encode()
        if len(encoded.dictionary) > MOST_LABELS:
            raise WrongColumn(
                f"{attribute} has {len(encoded.dictionary)} different values; labels have at most {MOST_LABELS}. "
                "Name a column of labels, or set problem_type Regression."
            )
        written = [label_text(value) for value in encoded.dictionary.to_pylist()]
        self.texts = tuple(dict.fromkeys(written))
        place = {text: code for code, text in enumerate(self.texts)}
        recode = np.array([place[text] for text in written] or [0], np.int64)
        self.missing: Flags = np.asarray(pc.is_null(encoded.indices).to_numpy(zero_copy_only=False), np.bool_)
        indices = pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
        self.codes: Counts = recode[indices] if len(encoded) else np.empty(0, np.int64)

    def equals(self, label: str) -> Flags:
        """Return which records have a label."""
        if label not in self.texts:
            return np.zeros(self.codes.size, np.bool_)
        found: Flags = (self.codes == self.texts.index(label)) & ~self.missing
        return found


def label_text(value: object) -> str:
    """Return a label as the files write it: a whole number without a fraction (`1.0` and `1` are one label), else its text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = str(value).strip()
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def as_arrow(values: Values) -> pa.Array:
    """Return a column as an Arrow array whose missing values are null."""
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    if isinstance(values, pa.Array):
        return pc.if_else(pc.is_nan(values), None, values) if pa.types.is_floating(values.type) else values
    return pa.array(values, from_pandas=True)


def as_numbers(values: Values, attribute: str) -> Floats:
    """Return a column as float64, shape (n,), NaN where a value is missing.

    Raises:
        WrongColumn: a value is not a finite number.
    """
    array = as_arrow(values)
    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    try:
        numbers = np.asarray(pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except pa.ArrowInvalid:
        # Its text quotes the value, and a captured value belongs in no message.
        raise WrongColumn(f"{attribute} has a value that is not a number. Name a column of numbers.") from None
    if bool(np.isinf(numbers).any()):
        raise WrongColumn(
            f"{attribute} has an infinite value in record {int(np.argmax(np.isinf(numbers)))}. Leave it out."
        )
    return numbers


def as_probabilities(values: Values, attribute: str) -> Floats:
    """Return a column of probabilities, shape (n,), NaN where a value is missing.

    Raises:
        WrongColumn: a value is not between 0 and 1.
    """
    numbers = as_numbers(values, attribute)
    wrong = (numbers < 0) | (numbers > 1)
    if bool(wrong.any()):
        place = int(np.argmax(wrong))
        raise WrongColumn(
            f"{attribute} is not between 0 and 1 in record {place}, so it is not a probability. Name a column of probabilities of "
            "the positive label, or leave out `probability_attribute`."
        )
    return numbers


def find_column(names: tuple[str, ...], attribute: str, setting: str) -> str:
    """Return the name of the column that an attribute means: a name, or a place from 0 on as `2` or `_c2`.

    Raises:
        WrongColumn: there is no such column.
    """
    for name in (attribute, attribute.removeprefix("$.")):
        if name in names:
            return name
    place = attribute.removeprefix("_c")
    if place.isdecimal() and int(place) < len(names):
        return names[int(place)]
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    raise WrongColumn(f"`{setting}` is {attribute!r}, but the data has no such column. Name one of: {shown}.")


def select_column(schema: Schema, batch: Batch, attribute: str, setting: str) -> pa.Array:
    """Return one column of a batch with one value for each record.

    Raises:
        WrongColumn: there is no such column, or values are missing, so that records of two columns cannot be paired.
    """
    name = find_column(schema.names, attribute, setting)
    column = batch.columns[schema.names.index(name)]
    if column.missing:
        raise WrongColumn(
            f"{column.missing} of {batch.records} records have no value in column {name} (`{setting}`), so its values cannot be "
            "paired with labels. Leave out these records before the measurement."
        )
    if isinstance(column, TextValues):
        return column.values
    return _numbers_of(column, name, setting)


def _numbers_of(column: NumberValues, name: str, setting: str) -> pa.Array:
    if len(column.texts):
        raise WrongColumn(
            f"Column {name} (`{setting}`) has {len(column.texts)} values that are not numbers. "
            "Name another column, or correct these records."
        )
    return pa.array(column.values)
