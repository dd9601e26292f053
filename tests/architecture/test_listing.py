"""Each package's `__init__` lists its modules, and a small module with one importer has a reason."""

from pathlib import Path

import pytest

from tests.architecture.listing import (
    ROOT,
    contents,
    importers,
    is_one_for_each,
    listed,
    packages,
    small_with_one_importer,
    with_unlisted,
)

SMALL = 60
# The words that begin the reason of a small module in its line of the `__init__`.
REASON = "alone:"


@pytest.mark.parametrize("package", packages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_lists_each_of_its_modules_and_no_other(package: Path):
    assert set(listed(package)) == contents(package), "python -m tests.architecture.listing"


def test_a_module_that_is_not_listed_gets_its_own_first_sentence(tmp_path: Path):
    (tmp_path / "__init__.py").write_text('"""Plans.\n\nroll_back   to the newest good config\n"""\n')
    (tmp_path / "roll_back.py").write_text('"""Plans a roll-back."""\n')
    (tmp_path / "drain.py").write_text('"""Plans a drain.\n\nMore."""\n')
    assert with_unlisted(tmp_path).splitlines()[2:4] == [
        "roll_back   to the newest good config",
        "drain       plans a drain",
    ]


def test_a_small_module_with_one_importer_has_a_reason():
    without = [
        str(path.relative_to(ROOT))
        for path in small_with_one_importer(SMALL)
        if REASON not in listed(path.parent).get(path.stem, "") and not is_one_for_each(path.parent)
    ]
    assert without == [], f"join each with its importer, or add `{REASON} …` to its line in the __init__"


def test_no_reason_is_left_of_a_module_with_other_importers():
    single = {(path.parent, path.stem) for path, by in importers().items() if len(by) == 1}
    given = {(package, name) for package in packages() for name, text in listed(package).items() if REASON in text}
    assert {f"{package.relative_to(ROOT)}: {name}" for package, name in given - single} == set()
