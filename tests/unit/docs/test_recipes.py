"""The recipes of CONTRIBUTING.md stay short."""

import re

import pytest

from tests.unit.docs.pages import ROOT

MOST_FILES = 8
_RECIPES = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Recipes\n")[2].partition("\n## ")[0]
RECIPES = {part.partition("\n")[0]: part for part in _RECIPES.split("\n### ")[1:]}


def test_there_is_a_recipe_of_each_extension():
    assert {"A channel", "A source", "A check", "A remedy", "A limit", "A matcher label"} <= RECIPES.keys()


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_names_at_most_eight_files_to_edit(recipe: str):
    # A made-up remedy, drain_queue, needed exactly the 8 files of its recipe, `make generate` wrote 9, and tests.contracts.wire 1.
    assert 0 < len(re.findall(r"^\d+\. ", RECIPES[recipe], flags=re.MULTILINE)) <= MOST_FILES
