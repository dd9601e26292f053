"""The documents in parts: code, tables, links and headings."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^ *```\w*(?: [\w-]+)?\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
_CELL = re.compile(r"(?<!\\)\|")


class Link(NamedTuple):
    """A link as it is written: the path before `#`, and the heading after it."""

    path: str
    heading: str


def text_of(page: Path) -> str:
    """Return a page as it is written."""
    return page.read_text(encoding="utf-8")


def fences(page: Path) -> list[str]:
    """Return the blocks of code of a page, with lines that a backslash joins as one."""
    return [block.replace("\\\n", " ") for block in _FENCE.findall(text_of(page))]


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return _FENCE.sub("", text_of(page))


def code(page: Path) -> list[str]:
    """Return every line of code of a page, and every piece of code in its sentences."""
    lines = [line.strip() for block in fences(page) for line in block.splitlines()]
    return [*lines, *(" ".join(span.split()) for span in _SPAN.findall(prose(page)))]


def links(page: Path) -> list[Link]:
    """Return the links of a page that stay in the repository."""
    found = (target.partition("#") for target in _LINK.findall(prose(page)))
    return [Link(path, heading) for path, _, heading in found if not re.match(r"[a-z]+:", path)]


def anchors(page: Path) -> set[str]:
    """Return the valid names after `#` in a link: the headings, as GitHub spells them."""
    headings = re.findall(r"^#+ +(.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def table(page: Path, *columns: str) -> list[list[str]]:
    """Return the rows of the one table of a page with these first columns, cells without their backticks."""
    found = [rows for rows in _tables(page) if rows[0][: len(columns)] == list(columns)]
    (rows,) = found
    return rows[2:]


def _tables(page: Path) -> list[list[list[str]]]:
    blocks = re.findall(r"(?:^\|.*\n)+", prose(page), re.MULTILINE)
    return [[_cells(line) for line in block.splitlines()] for block in blocks]


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("`", "") for cell in _CELL.split(line.strip())[1:-1]]
