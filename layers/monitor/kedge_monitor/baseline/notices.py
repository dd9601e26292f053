"""Properties of a baseline that will make noise in each run, with the action that removes them."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from kedge_monitor.baseline import Notice
from kedge_monitor.batch import Kind
from kedge_monitor.errors import counted
from kedge_monitor.files.statistics import distinct_values
from kedge_monitor.profile.column import ColumnProfile, NumberSummary
from kedge_monitor.profile.dataset import DatasetProfile

FEWEST_RECORDS: Final = 1_000
"""A smaller baseline cannot promise anything below a distance of 0.1: its own sampling error is as large."""

MOST_SINGLETONS: Final = 0.1
"""deequ's CategoricalRangeRule suggests a domain if at most this share of the categories was seen once."""

_DOMINANT: Final = 0.99
_EDGES_OF_DOMINANT: Final = 53
_MOSTLY_MISSING: Final = 0.95
_FEWEST_VALUES: Final = 100
_SOME_TEXT: Final = 0.5


class _Share(NamedTuple):
    value: str
    share: float


def notices_of(profile: DatasetProfile, excluded: dict[str, str]) -> tuple[Notice, ...]:
    """Return what will make noise: first of the whole baseline, then of each column in the order of the profile.

    `excluded` are the columns without a comparison: only their missing values can make noise.
    """
    whole = tuple(_of_baseline(profile))
    return whole + tuple(notice for column in profile.columns for notice in _of_column(column, excluded))


def _of_baseline(profile: DatasetProfile) -> Iterator[Notice]:
    if profile.records < FEWEST_RECORDS:
        yield Notice(
            feature=None,
            problem=f"The baseline has {counted(profile.records, 'record')}. It cannot show a distance below 0.1 reliably.",
            action=f"Use at least {FEWEST_RECORDS:,} records.",
        )


def _of_column(column: ColumnProfile, excluded: dict[str, str]) -> Iterator[Notice]:
    if not column.present:
        yield Notice(
            feature=column.name,
            problem="Each value is missing, so type and distribution are unknown.",
            action="Create the baseline from data that has the column, or exclude the column.",
        )
        return
    yield from _missing(column)
    if column.name not in excluded:
        yield from _few_values(column)
        yield from _mixed(column)
        yield from _singletons(column)
        yield from _dominant(column)


def _missing(column: ColumnProfile) -> Iterator[Notice]:
    if column.completeness <= 1 - _MOSTLY_MISSING:
        yield Notice(
            feature=column.name,
            problem=f"{1 - column.completeness:.1%} of the values are missing. A window has few values to compare.",
            action="Exclude the column, or compare it in longer windows.",
        )


def _few_values(column: ColumnProfile) -> Iterator[Notice]:
    if column.present < _FEWEST_VALUES <= column.records:
        yield Notice(
            feature=column.name,
            problem=f"Only {column.present:,} values are present. Their distribution is unreliable.",
            action=f"Use data with at least {_FEWEST_VALUES} values of the column.",
        )


def _mixed(column: ColumnProfile) -> Iterator[Notice]:
    """Yield a notice for a column of numbers that a few texts made a String."""
    classes = column.classes
    words = classes.string + classes.boolean
    if column.column.kind is Kind.TEXT and 0 < words < _SOME_TEXT * column.present:
        yield Notice(
            feature=column.name,
            problem=f"{words:,} of {column.present:,} values are texts, so the numbers are compared as categories.",
            action="Replace the texts with missing values, and create the baseline again.",
        )


def _singletons(column: ColumnProfile) -> Iterator[Notice]:
    categories = column.categories
    if column.column.kind is not Kind.TEXT or not categories.singletons:
        return
    known = distinct_values(column)
    few = categories.exact and categories.singletons <= MOST_SINGLETONS * known
    were = "was" if categories.singletons == 1 else "were"
    yield Notice(
        feature=column.name,
        problem=f"{categories.singletons:,} of {known:,} categories {were} seen once, so windows will have unknown ones."
        + ("" if few else " The column gets no domain."),
        action="Use more records, or join rare categories before the model.",
    )


def _dominant(column: ColumnProfile) -> Iterator[Notice]:
    share = _commonest(column)
    if share is not None and share.share >= _DOMINANT:
        yield Notice(
            feature=column.name,
            problem=f"{share.share:.1%} of the values are {share.value}. A change of the others is hardly visible.",
            action="Compare the column in longer windows, or exclude it.",
        )


def _has_many_edges(numbers: NumberSummary) -> bool:
    """Return whether no value can have a large share, by the edges: one that has 95 % of the values is 949 of the 1,001 quantiles."""
    return numbers.histogram is not None and len(numbers.histogram.edges) > _EDGES_OF_DOMINANT


def _commonest(column: ColumnProfile) -> _Share | None:
    """Return the commonest value with its share of the present values, from the counts, else from the sketch."""
    counts = column.categories.unsorted_counts if column.categories.exact or column.numbers is None else {}
    if counts:
        value, count = max(counts.items(), key=lambda item: (item[1], item[0]))
        return _Share(repr(value) if column.column.kind is Kind.TEXT else value, count / column.present)
    if column.numbers is None or not column.numbers.count or _has_many_edges(column.numbers):
        return None
    items, weights = column.numbers.sketch.weighted()
    starts = np.flatnonzero(np.concatenate(([True], items[1:] != items[:-1])))
    sums = np.add.reduceat(weights, starts)
    best = int(sums.argmax())
    return _Share(f"{items[starts[best]]:g}", float(sums[best] / weights.sum()))
