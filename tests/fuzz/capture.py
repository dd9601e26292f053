"""Mutated lines of capture: none may crash the reader, and none may be lost.

`python -m tests.fuzz.capture --lines 100000 --seed 7` reads 100,000 lines. A test reads fewer.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator
from typing import Final

from kedge_monitor.batch import Column, Kind, Schema
from kedge_monitor.capture.read_report import ReadReport
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings, survey_capture
from tests.support.capture import HOUR, as_json, capture_lines, csv_lines, made_table, request, side, source

_OBJECT: Final = 500
_BYTES: Final = (b'"', b"\\", b"\n", b"\r", b",", b"{", b"}", b"\x00", b"\xff", b"\xef\xbb\xbf", b"null", b"1e999", b".", b"[", b"]", b" ")  # fmt: skip
_WORDS: Final = (
    (b'"CSV"', b'"JSON"'), (b'"CSV"', b'"BASE64"'), (b'"CSV"', b"7"), (b'"data":"', b'"data":"\\"'), (b'"data":"', b'"data":'),
    (b'"endpointOutput"', b'"endpointInput"'), (b'"endpointOutput"', b'"other"'), (b"2026-11-20T23", b"2026-11-20T22"),
    (b"2026-11-20T23", b"later"), (b'"eventId"', b'"invocationSource":"ShadowExperiment","eventId"'), (b",", b"\\n"),
    (b'"data":"', b'"data":"\\ud800'), (b'"data":"', b'"data":"\\ufeff'), (b"plan_", b"\\\"plan,_"), (b",", b""), (b",", b",,"),
)  # fmt: skip


def seeds(draw: random.Random) -> list[bytes]:
    """Return sound lines of all encodings."""
    rows = csv_lines(made_table(40, draw.randrange(2**32)))
    lines = [line.encode() for line in capture_lines(rows)]
    lines += [
        request(
            as_json({"predictions": [0.1, 0.2]}), as_json({"instances": [{"a": 1, "b": [1, {"c": None}]}, {"a": 2}]})
        ),
        request(side("0.5", "BASE64"), side('1,"x,y"\n2,z', "BASE64")),
        request(side({"v": [1, 2]}, "BASE64", "text/html"), as_json({"a": [1, 2], "b": ["x", "y"]})),
        request(side("0.1\n0.2\n"), side("1,2\n3,4\n"), inferenceId="i-1"),
        request(None, side('"a ""b""",\n')),
    ]
    return lines


def mutated(line: bytes, draw: random.Random) -> bytes:
    """Return a line with some damage."""
    for _ in range(draw.choice((0, 0, 1, 1, 2, 5))):
        place = draw.randrange(len(line) + 1)
        match draw.randrange(6):
            case 0:
                line = line[:place] + draw.choice(_BYTES) + line[place:]
            case 1:
                line = line[:place] + line[place + draw.randrange(1, 30) :]
            case 2:
                line = line[:place] + bytes([draw.randrange(256)]) + line[place + 1 :]
            case 3:
                line = line[:place]
            case 4:
                line = line[:place] + line[draw.randrange(len(line) + 1) :]
            case _:
                old, new = draw.choice(_WORDS)
                line = line.replace(old, new, draw.choice((1, 1, -1)))
    return line.rstrip(b"\n") + b"\n"


def objects(lines: int, seed: int) -> Iterator[list[bytes]]:
    """Return objects of mutated lines."""
    draw = random.Random(seed)  # noqa: S311 - chance must come again
    good = seeds(draw)
    for first in range(0, lines, _OBJECT):
        # In some objects nearly all lines are sound, so that the fast path meets the others.
        share = draw.choice((1.0, 0.2, 0.01))
        count = min(_OBJECT, lines - first)
        yield [mutated(line, draw) if draw.random() < share else line for line in draw.choices(good, k=count)]


def read_object(lines: list[bytes]) -> ReadReport:
    """Read one object twice, with and without a baseline, and check that every line and every record is accounted for."""
    settings = CaptureSettings(window=HOUR, most_unreadable=1)
    baseline = Schema(columns=tuple(Column(name=name, kind=Kind.NUMBER) for name in made_table(1).column_names))
    report = ReadReport()
    for schema in (None, baseline):
        objects = [source(*lines)]
        reader = CaptureReader(survey_capture(objects, schema, settings), settings)
        records = 0
        for batch in reader.read(objects):
            records += batch.records
            for column in batch.columns:
                assert column.classes.present + column.missing == batch.records
        report = reader.report
        assert report.lines == b"".join(lines).count(b"\n")
        counted = report.read + report.outside + report.shadow + report.unreadable + report.blank
        assert report.lines == counted, (report, counted)
        assert records == report.records >= report.read
    return report


def run(lines: int, seed: int) -> dict[str, int]:
    """Read mutated lines, and return how many there were of each outcome."""
    counts = dict.fromkeys(("lines", "read", "records", "outside", "shadow", "unreadable", "blank", "other_width"), 0)
    for number, one in enumerate(objects(lines, seed)):
        try:
            report = read_object(one)
        except Exception:
            print(f"object {number} of seed {seed} with {lines} lines", file=sys.stderr)
            raise
        for name in counts:
            counts[name] += getattr(report, name)
    return counts


def main() -> None:
    """Run as many lines as the command says, and print what became of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.capture", description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000, help="how many lines")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="which lines; printed, to run them again")
    chosen = parser.parse_args()
    print(f"{chosen.lines:,} lines, seed {chosen.seed}", flush=True)
    for name, number in run(chosen.lines, chosen.seed).items():
        print(f"  {number:>9,}  {name}")


if __name__ == "__main__":
    main()
