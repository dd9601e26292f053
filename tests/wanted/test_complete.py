"""Every complaint that concerns telling people, or remedies, has a case, and the case bears its number."""

import re
from pathlib import Path

HERE = Path(__file__).parent
# 23 and 25 are of the monitors' own makers: false positives, and drift that depends on the size of the data.
CASES = {*range(1, 23), 24}


def test_no_complaint_is_without_a_case():
    text = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    assert {int(number) for number in re.findall(r"^def test_(\d\d)_", text, re.MULTILINE)} == CASES
