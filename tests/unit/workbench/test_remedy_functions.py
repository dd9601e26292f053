"""The handlers and the workflow follow the table of remedies."""

import pytest

from workbench.remedy_functions import ROOT, texts


@pytest.mark.parametrize("path", texts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_made_file_is_what_the_remedies_make_of_it(path):
    assert path.read_text(encoding="utf-8") == texts()[path], "python -m workbench.remedy_functions"
