"""docs/notifications.md shows what is: its filter policies choose, its message is the golden one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kedge.domain.incident import Cause, IncidentState, Severity
from kedge.domain.run import Monitor
from kedge.notify.attributes import NAMES, attributes
from tests.unit.notify.incidents import KINDS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
POLICIES = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)]
WORDS = {"severity": set(Severity), "status": set(IncidentState), "monitor": set(Monitor), "cause": set(Cause)}


def lets_pass(policy: dict[str, Any], found: dict[str, str]) -> bool:
    """As SNS reads a filter policy, as far as the page uses it."""
    return all(
        any(lets_pass(choice, found) for choice in wanted)
        if name == "$or"
        else any(_fits(want, found.get(name)) for want in wanted)
        for name, wanted in policy.items()
    )


def _fits(want: str | dict[str, list[str]], value: str | None) -> bool:
    return value not in (None, *want["anything-but"]) if isinstance(want, dict) else value == want


def names_and_words(policy: dict[str, Any]) -> list[tuple[str, str]]:
    if "$or" in policy:
        return [pair for choice in policy["$or"] for pair in names_and_words(choice)]
    return [
        (name, word)
        for name, wanted in policy.items()
        for want in wanted
        for word in (want["anything-but"] if isinstance(want, dict) else [want])
    ]


def test_the_page_names_every_attribute() -> None:
    table = PAGE.partition("| attribute |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)) >= {"`severity`", "`account`, `region`"}
    assert all(f"`{name}`" in table for name in NAMES)


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_filter_policy_of_the_page_uses_attributes_and_words_that_exist(policy: dict[str, Any]) -> None:
    for name, word in names_and_words(policy):
        assert name in NAMES
        assert word in WORDS.get(name, {word})


def test_the_filter_policies_choose_what_the_page_says() -> None:
    chosen = [{kind for kind, effect in KINDS.items() if lets_pass(policy, attributes(effect))} for policy in POLICIES]
    critical, data, platform, team = chosen
    assert "drift" in critical
    assert "failed" not in critical
    assert data == {"schema-break", "cause-changed"}
    assert platform == {"failed", "no-data", "stopped", "monitor-fault-while-firing", "resolved-monitor-fault"}
    assert {"drift", "resolved"} < team
    assert not team & {"failed", "no-data", "stopped", "alarm-minimal"}


def test_the_message_of_the_page_is_the_golden_one() -> None:
    shown = re.search(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert shown is not None
    golden = (Path(__file__).parent / "golden" / "drift.mail.txt").read_text(encoding="utf-8")
    assert golden.startswith(shown[1])


def test_every_file_that_the_page_links_to_exists() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
