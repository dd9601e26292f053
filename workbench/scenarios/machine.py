"""Results for programs: a line of JSON for each test, and JUnit's XML."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as Tree

import msgspec

from kedge.formatting import format_time
from workbench.scenarios.playing import Looked, Result
from workbench.scenarios.row import Row
from workbench.scenarios.telling import so_far

# XML cannot represent most control characters, and names of tests may contain any character.
_NOT_XML: Final = {number: "\ufffd" for number in range(32) if chr(number) not in "\t\n\r"}


def line_of(result: Result) -> bytes:
    """Return a test as a line of JSON: expected and got at each moment and, if it failed, the events."""
    told: dict[str, Any] = {
        "file": str(result.file),
        "line": result.line,
        "policy": result.policy or None,
        "test": result.name,
        "ok": result.ok,
        "broken": result.broken or None,
        "looked": [
            {"at": looked.at, "line": looked.line, "ok": looked.ok, "rows": [_row(row) for row in looked.rows]}
            for looked in result.looked
        ],
        "rows": [_row(row) for row in result.rows],
    }
    if not result.ok and result.start is not None:
        end = datetime.max.replace(tzinfo=result.start.tzinfo)
        told["story"] = [msgspec.to_builtins(line) for line in so_far(result.entries, result.start, end)]
    return msgspec.json.encode(told) + b"\n"


def write_junit(results: Iterable[Result], file: Path, seconds: float) -> None:
    """Write all results into a file as JUnit's XML, a suite for each file of tests. Raises OSError."""
    root = Tree.Element("testsuites", name="kedge policy test", time=f"{seconds:.3f}")
    for name, group in groupby(results, key=lambda each: str(each.file)):
        known = list(group)
        failed = sum(not each.ok for each in known)
        suite = Tree.SubElement(root, "testsuite", name=name, tests=str(len(known)), failures=str(failed), errors="0")
        for result in known:
            _case(suite, result)
    Tree.indent(root)
    Tree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _case(suite: Tree.Element, result: Result) -> None:
    under = f" (under {result.policy})" if result.policy else ""
    case = Tree.SubElement(
        suite, "testcase", name=_plain(result.name + under), classname=_plain(str(result.file)), line=str(result.line)
    )
    if not result.ok:
        found = list(wrong(result))
        failure = Tree.SubElement(case, "failure", message=_plain(found[0].partition("\n")[0]))
        failure.text = _plain("\n".join(found))


def wrong(result: Result) -> Iterator[str]:
    """Yield each difference from the expectation as a sentence."""
    yield from (_sentence(row, "") for row in result.rows if not row.ok)
    for looked in result.looked:
        yield from (_sentence(row, _place(result, looked)) for row in looked.rows if not row.ok)
    if result.broken:
        yield f"cannot be played: {result.broken}"


def _place(result: Result, looked: Looked) -> str:
    return f"{result.file}:{looked.line}: at {format_time(looked.at)}: "


def _sentence(row: Row, before: str) -> str:
    return f"{before}{row.what}: expected {row.expected}, got {row.got}"


def _row(row: Row) -> dict[str, Any]:
    return msgspec.structs.asdict(row)


def _plain(text: str) -> str:
    return text.translate(_NOT_XML)
