"""The place of each value of a record in a row: names, positions, columns that are left out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from kedge_monitor.batch import Column, Kind, Schema
from kedge_monitor.capture.classes import class_of_text
from kedge_monitor.capture.payload import Row
from kedge_monitor.errors import MonitorError

_QUOTED: Final = frozenset('",\n\r\ufeff')  # a byte order mark at the start of a text would vanish


class ColumnsInvalid(MonitorError):
    """Columns to leave out that no record has, or that leave nothing."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of whole rows.

    Attributes:
        names: the columns of a row in their order: those of the schema, then those that only the records have.
        schema: the columns that are measured: `names` without those left out.
        outputs: the places in `names` of outputs by position.
        inputs: the places in `names` of inputs by position.
    """

    names: tuple[str, ...]
    schema: Schema
    outputs: tuple[int, ...]
    inputs: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        """Return whether outputs and inputs by position, joined, are the first columns of the row."""
        return (*self.outputs, *self.inputs) == tuple(range(self.width))

    @property
    def width(self) -> int:
        """Return how many fields a row by position has."""
        return len(self.outputs) + len(self.inputs)


def left_out(names: Sequence[str], excluded: Iterable[str]) -> frozenset[str]:
    """Return the names of the columns to leave out.

    Args:
        names: the columns of a whole row.
        excluded: names, or numbers of columns from 0.

    Raises:
        ColumnsInvalid: one of them is no column.
    """
    if not names:  # there are no records
        return frozenset()
    found = set()
    for text in excluded:
        name = text.strip()
        if name in names:
            found.add(name)
        elif name.isdecimal() and int(name) < len(names):
            found.add(names[int(name)])
        else:
            raise ColumnsInvalid(
                f"The column {name!r} is to be left out, and the data has no such column. "
                f"It has {len(names)} columns: {', '.join(names[:20])}. Correct the list of columns to leave out."
            )
    if len(found) == len(names):
        raise ColumnsInvalid("All columns are left out. Leave at least one.")
    return frozenset(found)


class _Observed:
    """What was seen of one side: values by name and by position."""

    def __init__(self) -> None:
        self.named: dict[str, list[str | None]] = {}
        self.rows: list[list[str | None]] = []

    def add(self, row: Row | None) -> tuple[bool, int]:
        """Take in a row, and return its form: whether it has names, and its number of fields by position."""
        if row is None:
            return False, 0
        if isinstance(row, dict):
            for name, text in row.items():
                self.named.setdefault(name, []).append(text)
            return True, 0
        values = fields_of(row)
        self.rows.append(values)
        return False, len(values)

    def columns(self, form: tuple[bool, int], offset: int) -> dict[str, Iterable[str | None]]:
        """Return the values of the columns of this form, to be taken once: its names, or `_c0` and so on from `offset`."""
        has_names, width = form
        if has_names:
            return dict(self.named)
        return {f"_c{offset + place}": self._values(place) for place in range(width)}

    def _values(self, place: int) -> Iterator[str | None]:
        # A baseline names the columns, so that the values are not needed.
        return (row[place] for row in self.rows if place < len(row))


class Survey:
    """The columns of some records: which names, how many fields by position, which kinds of values."""

    def __init__(self) -> None:
        self._outputs, self._inputs = _Observed(), _Observed()
        self._forms: Counter[tuple[tuple[bool, int], tuple[bool, int]]] = Counter()

    def add(self, outputs: Row | None, inputs: Row | None) -> None:
        """Take in one record: the row of its outputs and that of its inputs."""
        self._forms[self._outputs.add(outputs), self._inputs.add(inputs)] += 1

    def layout(self, schema: Schema | None = None, excluded: Sequence[str] = ()) -> Layout:
        """Return the layout that fits most of the records.

        Args:
            schema: the columns of the baseline, whose names and kinds count; None: there is no baseline.
            excluded: columns to leave out, by name or by number.

        Raises:
            ColumnsInvalid: a column to leave out does not exist.
        """
        (of_outputs, of_inputs) = max(
            self._forms, key=lambda forms: (self._forms[forms], forms), default=((False, 0), (False, 0))
        )
        outputs = self._outputs.columns(of_outputs, 0)
        inputs = self._inputs.columns(of_inputs, len(outputs))
        kinds = {} if schema is None else {column.name: column.kind for column in schema.columns}
        names, places = _placed(tuple(kinds), (outputs, of_outputs[0]), (inputs, of_inputs[0]))
        for minority in (self._outputs.named, self._inputs.named):
            for name, values in minority.items():
                names.setdefault(name, values)
        out = left_out(tuple(names), excluded)
        return Layout(
            names=tuple(names),
            schema=Schema(
                columns=tuple(
                    Column(name=name, kind=kinds.get(name) or kind_of(values))
                    for name, values in names.items()
                    if name not in out
                )
            ),
            outputs=places[0],
            inputs=places[1],
        )


def _placed(
    known: tuple[str, ...], *sides: tuple[dict[str, Iterable[str | None]], bool]
) -> tuple[dict[str, Iterable[str | None]], list[tuple[int, ...]]]:
    """Return all columns in their order, and for each side the places of its fields.

    Fields with names stand at their names. Those by position take the places of the baseline that no name takes, from the left.
    """
    names: dict[str, Iterable[str | None]] = dict.fromkeys(known, ())
    taken = {name for columns, has_names in sides if has_names for name in columns}
    free = iter([place for place, name in enumerate(known) if name not in taken])
    places = []
    for columns, has_names in sides:
        at = []
        for name, values in columns.items():
            place = None if has_names else next(free, None)
            if place is None:
                unique = name if has_names or name not in names else f"{name}_{len(names)}"
                names.setdefault(unique, values)
                place = list(names).index(unique)
            at.append(place)
        places.append(tuple(at))
    return names, places


def kind_of(values: Iterable[str | None]) -> Kind:
    """Return how a column with these values is read: as a text if one of them is no number."""
    is_number = all(class_of_text(text) in ("integral", "fractional") for text in values if text)
    return Kind.NUMBER if is_number else Kind.TEXT


def fields_of(row: Row) -> list[str | None]:
    """Return the values of a row in their order."""
    if isinstance(row, dict):
        return list(row.values())
    return list(row.split(",")) if isinstance(row, str) else row


def csv_field(text: str | None) -> str:
    """Return a value as a field of CSV (RFC 4180); a missing one is empty."""
    if not text:
        return ""
    if _QUOTED.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'
