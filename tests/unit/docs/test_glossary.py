"""The glossary names existing types with their modules, in order."""

import ast
import itertools
import re

import pytest

from tests.unit.docs.pages import ROOT, text_of

LAYER = ROOT / "layers" / "kedge" / "kedge"
MONITOR_LAYER = ROOT / "layers" / "monitor"
PAGE = ROOT / "docs" / "glossary.md"
ROWS = [
    (re.findall(r"`(\w+)`", words), module)
    for words, module in re.findall(r"^\| (`.*?) \| .* \| `([\w/.]+)` \|$", text_of(PAGE), re.MULTILINE)
]


def types_of(module: str) -> set[str]:
    """Return the classes and type aliases of a module of the layers or the workbench."""
    first = module.partition("/")[0]
    folder = {"kedge_monitor": MONITOR_LAYER, "workbench": ROOT}.get(first, LAYER)
    tree = ast.parse((folder / module).read_text(encoding="utf-8"))
    aliases = {node.name.id for node in tree.body if isinstance(node, ast.TypeAlias)}
    return aliases | {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


@pytest.mark.parametrize(("words", "module"), ROWS, ids=[words[0] for words, _ in ROWS])
def test_a_word_is_a_type_of_its_module(words: list[str], module: str):
    assert words[-1] in types_of(module)


def test_each_row_is_read_and_each_word_stands_once():
    words = [word for names, _ in ROWS for word in names]
    assert len(ROWS) == len(re.findall(r"^\| `", text_of(PAGE), re.MULTILINE)) > 0
    assert len(words) == len(set(words))


def test_each_table_is_in_the_order_of_the_alphabet():
    for section in text_of(PAGE).split("\n## ")[1:]:
        words = [word.lower() for word in re.findall(r"^\| `(\w+)`", section, re.MULTILINE)]
        assert all(one < other for one, other in itertools.pairwise(words)), section.splitlines()[0]
