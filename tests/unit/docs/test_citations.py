"""Every cited document exists: in pages, comments and docstrings."""

import re
from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, ROOT, table

FOLDERS = (
    "layers/kedge",
    "functions",
    "workbench",
    "tests",
    "docs",
    "statemachines",
    "policies",
    "monitors",
    "scripts",
)
SUFFIXES = (".py", ".md", ".yaml", ".toml")
FILES = sorted(
    [
        *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES),
        *(path for path in ROOT.iterdir() if path.suffix in SUFFIXES),
    ]
)
A_PAGE = re.compile(r"(?<![\w./*{-])((?:[\w.-]+/)*[\w-]+\.md)\b")
# A chapter of a document: `some-notes 8.1`, `Design 4`. A number without a point may be a count, except for those of a design.
A_CHAPTER = re.compile(
    r"(?<![\w`\"'-])([a-z]+-(?:facts|notes|audit|book|guide) \d+(?:\.\d+)*|[Dd]esign,? (?:section )?\d+(?:\.\d+)*)\b"
)
# A module of the layer or of the repository: `services/intake.py`, `arrows.py`.
A_MODULE = re.compile(r"`(?P<path>[\w/]+\.py)`")
# `kedge.routing.pipeline.TELLING`, in any text.
A_DOTTED = re.compile(r"(?<![\w./@-])kedge((?:\.[a-z_]\w*)+)")
LAYER = ROOT / "layers" / "kedge" / "kedge"
# Packages of an earlier layout.
GONE = {"aws", "notify", "bootstrap", "entrypoints", "remedies", "policies"}
PACKAGES = {path.stem for path in LAYER.iterdir()}
# Names that stand for any page, in this file and in tests of reading pages.
EXAMPLES = {"tests/unit/docs/test_citations.py"}


def cited(text: str) -> set[str]:
    return set(A_PAGE.findall(text))


@pytest.mark.parametrize("folder", [*FOLDERS, "."])
def test_every_page_that_is_cited_is_there(folder: str):
    missing = set()
    for path in FILES:
        name = path.relative_to(ROOT).as_posix()
        if name in EXAMPLES or not (name.startswith(f"{folder}/") or (folder == "." and "/" not in name)):
            continue
        for page in cited(path.read_text(encoding="utf-8")):
            if not any((base / page).exists() for base in (ROOT, path.parent, ROOT / "docs")):
                missing.add(f"{name}: {page}")
    assert missing == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_module_that_a_page_names_is_there(page: Path):
    bases = (
        ROOT,
        LAYER,
        LAYER.parent,
        ROOT / "layers" / "monitor",
        ROOT / "layers" / "monitor" / "kedge_monitor",
        page.parent,
    )
    named = A_MODULE.findall(page.read_text(encoding="utf-8"))
    assert {name for name in named if not any((base / name).is_file() for base in bases)} == set()


def is_module(dotted: str) -> bool:
    """Return whether the parts lead to a module or package, with or without a name in it."""
    for parts in (dotted.split("."), dotted.split(".")[:-1], dotted.split(".")[:-2]):
        path = LAYER.joinpath(*parts)
        if parts and (path.is_dir() or path.with_suffix(".py").is_file()):
            return True
    return False


@pytest.mark.parametrize("folder", [*FOLDERS, "."])
def test_every_module_that_a_text_names_is_there(folder: str):
    missing = set()
    for path in FILES:
        name = path.relative_to(ROOT).as_posix()
        if name in EXAMPLES or not (name.startswith(f"{folder}/") or (folder == "." and "/" not in name)):
            continue
        for found in A_DOTTED.findall(path.read_text(encoding="utf-8")):
            dotted = found.removeprefix(".")
            if dotted.split(".")[0] in PACKAGES | GONE and not is_module(dotted):
                missing.add(f"{name}: kedge.{dotted}")
    assert missing == set()


def test_no_chapter_is_cited_of_what_is_not_here():
    found = {
        f"{path.relative_to(ROOT)}: {chapter}"
        for path in FILES
        if path.relative_to(ROOT).as_posix() not in EXAMPLES
        for chapter in A_CHAPTER.findall(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(some-facts 8.1)", ["some-facts 8.1"]),
        ("Design 4 lets", ["Design 4"]),
        ("32-128 characters", []),
        ("10.5", []),
    ],
)
def test_a_chapter_is_known_by_its_number(text: str, found: list[str]):
    assert A_CHAPTER.findall(text) == found


def test_each_number_of_a_wanted_test_is_in_the_list():
    tests = (ROOT / "tests" / "wanted").glob("test_*.py")
    numbers = {number for path in tests for number in re.findall(r"def test_(\d\d)_", path.read_text(encoding="utf-8"))}
    assert {row[0] for row in table(ROOT / "tests" / "wanted" / "README.md", "number", "complaint")} == numbers
