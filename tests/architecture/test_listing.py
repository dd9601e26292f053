"""Each package's `__init__` lists its modules, and a small module with one importer has a reason."""

from pathlib import Path

import pytest

from tests.architecture.listing import ROOT, contents, importers, listed, packages, small_with_one_importer

SMALL = 60
# The words that begin the reason of a small module in its line of the `__init__`.
REASON = "alone:"


@pytest.mark.parametrize("package", packages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_lists_each_of_its_modules_and_no_other(package: Path):
    assert set(listed(package)) == contents(package)


def test_a_small_module_with_one_importer_has_a_reason():
    without = [
        str(path.relative_to(ROOT))
        for path in small_with_one_importer(SMALL)
        if REASON not in listed(path.parent).get(path.stem, "")
    ]
    assert without == [], f"join each with its importer, or add `{REASON} …` to its line in the __init__"


def test_no_reason_is_left_of_a_module_with_other_importers():
    single = {(path.parent, path.stem) for path, by in importers().items() if len(by) == 1}
    given = {(package, name) for package in packages() for name, text in listed(package).items() if REASON in text}
    assert {f"{package.relative_to(ROOT)}: {name}" for package, name in given - single} == set()
