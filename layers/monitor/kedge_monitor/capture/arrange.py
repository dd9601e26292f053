"""Rows of records to lines of CSV in the order of a layout."""

from kedge_monitor.batch import Schema
from kedge_monitor.capture.layout import Layout, csv_field, fields_of
from kedge_monitor.capture.payload import PayloadUnreadable, Row
from kedge_monitor.capture.read_report import ReadReport


class Arranger:
    """Writes rows as lines of CSV with all columns of a layout, and counts what does not fit into it."""

    def __init__(self, layout: Layout, report: ReadReport) -> None:
        self._layout = layout
        self._report = report
        self._place = {name: place for place, name in enumerate(layout.names)}

    @classmethod
    def of_names(cls, names: tuple[str, ...], report: ReadReport) -> "Arranger":
        """Return the arranger of rows that have names."""
        return cls(Layout(names=names, schema=Schema(columns=()), outputs=(), inputs=()), report)

    def line(self, outputs: Row | None, inputs: Row | None) -> bytes:
        """Return the line of one row, UTF-8. A missing side leaves its columns empty: the others keep their places.

        Raises:
            PayloadUnreadable: a value has half of a surrogate pair, which no UTF-8 text can have.
        """
        layout, report = self._layout, self._report
        values: list[str | None] = [None] * len(layout.names)
        fits = self._put(values, outputs, layout.outputs) & self._put(values, inputs, layout.inputs)
        report.other_width += not fits
        report.without_output += outputs is None and bool(layout.outputs)
        return encode_line(",".join(map(csv_field, values)))

    def _put(self, values: list[str | None], row: Row | None, places: tuple[int, ...]) -> bool:
        """Put the values of a side into their places, and return whether it has as many fields as the layout."""
        if row is None:
            return True
        seen = self._report.seen
        if isinstance(row, dict):
            for name, text in row.items():
                place = self._place.get(name)
                if place is None:
                    self._report.add_extra(name)
                else:
                    values[place] = text
                    seen.add(name)
            return True
        fields = fields_of(row)
        for place, text in zip(places, fields, strict=False):
            values[place] = text
            seen.add(self._layout.names[place])
        for position in range(len(places), len(fields)):
            self._report.add_extra(f"_c{position}")
        return len(fields) == len(places)


def encode_line(text: str) -> bytes:
    """Return a text as UTF-8.

    Raises:
        PayloadUnreadable: it has half of a surrogate pair.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise PayloadUnreadable("a value is no Unicode text") from None
