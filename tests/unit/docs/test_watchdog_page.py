"""docs/watchdog.md lists the checks of the code, and its policy is valid."""

import re

import yaml

from kedge.domain.finding import FAULT_CHECKS
from tests.unit.docs.pages import text_of
from tests.unit.docs.watchdog_table import PAGE, page_with


def test_the_table_is_that_of_the_code():
    assert page_with(text_of(PAGE)) == text_of(PAGE), "run: python -m tests.unit.docs.watchdog_table"


def test_each_check_that_the_page_names_exists():
    named = set(re.findall(r"\b\w+_check\b", text_of(PAGE)))
    assert named == FAULT_CHECKS


def test_the_policy_of_the_page_disables_existing_checks():
    (block,) = [
        part for part in re.findall(r"```yaml\n(.*?)```", text_of(PAGE), re.DOTALL) if "disabled_checks" in part
    ]
    assert set(yaml.safe_load(block)["evidence"]["disabled_checks"]) <= FAULT_CHECKS
