"""Columns that no distribution test suits: time stamps, identifiers, constants, and columns without counted values.

Such a column is different in each window without any drift, or it cannot differ at all. It keeps its checks of type and
completeness.
"""

import math
import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from kedge_monitor.batch import DataType, Floats, Kind
from kedge_monitor.files.statistics import distinct_values
from kedge_monitor.profile.column import ColumnProfile, NumberSummary
from kedge_monitor.profile.dataset import DatasetProfile

_TIME_OF_DAY: Final = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp][Mm])?"
_ZONE: Final = r"(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?))?"
_DATE: Final = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})"
_TIME_STAMP: Final = re.compile(rf"(?:{_DATE}(?:[T ]{_TIME_OF_DAY}{_ZONE})?|\d{{8}}T\d{{4,6}}{_ZONE})", re.ASCII)
_TIME_NAME: Final = re.compile(r"time|date|stamp|epoch|(?:^|_)ts$|_at$", re.IGNORECASE)
_KEY_NAME: Final = re.compile(r"(?:^|_)(?:id|uuid|guid|key)$|[a-z]Id$")

# 2000-01-01 and 2100-01-01 in seconds since 1970, and how many of each unit a second has.
_EPOCHS: Final = (946_684_800.0, 4_102_444_800.0)
_UNITS: Final = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
_TWO_YEARS: Final = 2 * 365 * 86_400.0
_DAYS: Final = (19_000_101.0, 21_001_231.0)

_MOSTLY: Final = 0.95
# HyperLogLog of 4,096 registers has a standard error of 1.6 %: 0.9 is 6 of them away from "all distinct".
_NEARLY_ALL: Final = 0.9
_FEWEST: Final = 20
# If n whole numbers are drawn at random from 5n, 9.4 % repeat. Fewer repetitions mean that the numbers are counted up.
_SEQUENCE_SPAN: Final = 5.0
_SEQUENCE_DISTINCT: Final = 0.95


def reasons_to_exclude(profile: DatasetProfile, distinct: Mapping[str, int] | None = None) -> dict[str, str]:
    """Return the columns that get no domain and no comparison, each with its reason, in the order of the profile.

    `distinct` are the numbers of distinct values by column, if another source knows them better than the profile.
    """
    known = distinct or {}
    reasons = {
        column.name: _reason(column, known.get(column.name, distinct_values(column))) for column in profile.columns
    }
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _reason(column: ColumnProfile, distinct: int) -> str | None:
    if not column.present:
        return "each value is missing"
    numbers = column.numbers
    if numbers is not None and not numbers.count:
        return "the column has no numbers"
    time_stamp = _text_time(column) if numbers is None else _number_time(column, numbers)
    return time_stamp or _constant(column, distinct) or _identifier(column, distinct) or _uncounted(column)


def _text_time(column: ColumnProfile) -> str | None:
    counts = column.categories.unsorted_counts
    total = sum(counts.values())
    stamps = sum(count for value, count in counts.items() if _TIME_STAMP.fullmatch(value.strip()))
    return "time stamp: the values are dates or times" if total and stamps >= _MOSTLY * total else None


def _number_time(column: ColumnProfile, numbers: NumberSummary) -> str | None:
    least, most = numbers.minimum, numbers.maximum
    named = _TIME_NAME.search(column.name) is not None
    for unit, scale in _UNITS.items():
        inside = _EPOCHS[0] * scale <= least and most <= _EPOCHS[1] * scale
        # An amount of money can lie in the range of seconds; the larger units leave no doubt.
        if inside and (named or scale > 1 or most - least <= _TWO_YEARS):
            return f"time stamp: the values are {unit} since 1970"
    return "time stamp: the values are dates such as 20240131" if _are_days(column, numbers) else None


def _are_days(column: ColumnProfile, numbers: NumberSummary) -> bool:
    if column.data_type is not DataType.INTEGRAL or not (_DAYS[0] <= numbers.minimum and numbers.maximum <= _DAYS[1]):
        return False
    items, _ = numbers.sketch.weighted()
    month, day = items // 100 % 100, items % 100
    return bool(_between(month, 1, 12).all() and _between(day, 1, 31).all())


def _between(values: Floats, least: float, most: float) -> np.ndarray:
    return (values >= least) & (values <= most)


def _constant(column: ColumnProfile, distinct: int) -> str | None:
    numbers = column.numbers
    one = distinct == 1 if numbers is None else numbers.minimum == numbers.maximum and numbers.count == column.present
    return "constant: there is 1 value" if one else None


def _identifier(column: ColumnProfile, distinct: int) -> str | None:
    """Return the reason for nearly distinct texts, for whole numbers that are counted up, and for those named as keys."""
    present = column.present
    if present < _FEWEST or distinct < _NEARLY_ALL * present:
        return None
    if column.column.kind is Kind.TEXT:
        return "identifier or free text: nearly all values are distinct"
    numbers = column.numbers
    if column.data_type is not DataType.INTEGRAL or numbers is None or distinct < _SEQUENCE_DISTINCT * present:
        return None
    counted_up = math.isfinite(numbers.maximum) and numbers.maximum - numbers.minimum < _SEQUENCE_SPAN * present
    named = _KEY_NAME.search(column.name) is not None
    return "identifier: nearly all whole numbers are distinct" if counted_up or named else None


def _uncounted(column: ColumnProfile) -> str | None:
    """Return the reason for a text column of a statistics.json without counts: nothing is known to compare with."""
    if column.column.kind is Kind.TEXT and not column.categories.counts:
        return "the baseline has no counts of its values"
    return None
