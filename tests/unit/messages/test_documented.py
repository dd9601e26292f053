"""docs/notifications.md shows what is: its filter policies choose, its message is the golden one."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kedge.domain.cause import Cause
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.remedy import HoldReason
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage
from kedge.messages.attributes import NAMES, attributes
from kedge.messages.commands import commands
from kedge.messages.headline import head
from kedge.messages.mail import LABEL
from kedge.messages.wording.problem import headline
from tests.unit.messages.changes import TURNS
from tests.unit.messages.groups import SEVERAL
from tests.unit.messages.incidents import KINDS
from tests.unit.messages.remedies import REMEDIES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
REMEDIES_PAGE = (ROOT / "docs" / "remedies.md").read_text(encoding="utf-8")
POLICIES = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)]
WORDS = {"severity": set(Severity), "status": set(IncidentState), "monitor": set(Monitor), "cause": set(Cause)}


type Values = str | tuple[str, ...] | None


def lets_pass(policy: dict[str, Any], found: Mapping[str, Values]) -> bool:
    """As SNS reads a filter policy, as far as the page uses it: of a list, one value that fits is enough."""
    return all(
        any(lets_pass(choice, found) for choice in wanted)
        if name == "$or"
        else any(_fits(want, found.get(name)) for want in wanted)
        for name, wanted in policy.items()
    )


def _fits(want: str | dict[str, list[str]], value: Values) -> bool:
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    return any(each not in want["anything-but"] if isinstance(want, dict) else each == want for each in values)


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
    critical, data, platform, approvers, team = chosen
    assert "drift" in critical
    assert "failed" not in critical
    assert data == {"schema-break", "cause-changed"}
    assert platform == {
        "alarm-blind",
        "failed",
        "no-data",
        "stopped",
        "monitor-fault-while-firing",
        "resolved-monitor-fault",
    }
    assert approvers == set()
    assert {"drift", "resolved"} < team
    assert not team & {"failed", "no-data", "stopped", "alarm-minimal"}


def test_whoever_approves_is_told_what_to_answer_and_nothing_else() -> None:
    chosen = {kind for kind, effect in REMEDIES.items() if lets_pass(POLICIES[3], attributes(effect))}
    assert chosen == {"approval-wanted", "approval-wanted-to-retrain", "approval-reminder", "group-with-approvals"}


def test_the_page_s_table_of_remedies_has_the_headlines_of_the_messages() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `(.*?)` \|", PAGE.partition("### When a remedy")[2].partition("###")[0], re.MULTILINE
    )
    golden = {kind.replace("-", "_"): effect for kind, effect in REMEDIES.items()}
    assert {why: headline(golden[why]) for why, _ in rows} == dict(rows)


def test_a_subscription_to_one_receiver_gets_its_messages_and_no_others() -> None:
    (text,) = re.findall(r"FilterPolicy='(.*?)'", PAGE)
    policy = json.loads(text)
    assert not lets_pass(policy, attributes(KINDS["drift"]))
    assert lets_pass(policy, attributes(msgspec.structs.replace(KINDS["drift"], receiver="data-owners")))


def test_whoever_asks_for_one_endpoint_misses_it_in_no_digest() -> None:
    of_pricing = {"target": ["pricing"], "cause": ["bias_drift"]}
    assert lets_pass(of_pricing, attributes(SEVERAL["digest"]))
    assert not lets_pass({"target": ["pricing-b"]}, attributes(SEVERAL["digest"]))


def test_the_messages_of_the_page_are_the_golden_ones() -> None:
    shown = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    golden = Path(__file__).parent / "golden"
    for name, text in zip(("drift", "approval-wanted", "group-of-one-endpoint"), shown, strict=True):
        assert (golden / f"{name}.mail.txt").read_text(encoding="utf-8").startswith(text)


def test_the_page_s_headlines_and_commands_are_those_of_the_messages() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(.*?:)` \|", PAGE.partition("### When a remedy")[0], re.MULTILINE)
    assert {why for why, _ in rows} == {"reopened", "flapping", "settled", "reminder"}
    for why, begins in rows:
        assert headline(TURNS[why]).startswith(begins)
    assert "\n".join(commands(KINDS["drift"])) in PAGE
    for kind in ("upstream", "policy-fault", "monitors-fault"):
        assert f"`{head(TURNS[kind]).name}: {head(TURNS[kind]).words}`" in PAGE


def test_the_page_lists_each_row_of_a_mail_and_no_other() -> None:
    table = PAGE.partition("### Updates")[2].partition("\n\nAn update has")[0]
    listed = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(.*?)`", row)}
    mails = [file.read_text(encoding="utf-8") for file in (Path(__file__).parent / "golden").glob("*.mail.txt")]
    lines = [
        line for mail in mails for line in mail.splitlines() if line[:1].isupper() and line[LABEL - 1 : LABEL] == " "
    ]
    # In a table, the words of a line stand apart.
    shown = {line[:LABEL].rstrip() for line in lines if line[LABEL].strip() and "  " not in line[LABEL:]}
    assert shown == listed


def test_every_file_that_the_page_links_to_exists() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link


def test_the_page_of_remedies_explains_every_stage_and_every_refusal_and_no_other() -> None:
    tables = dict.fromkeys(("What happens, in order", "Why it was held back"))
    for heading in tables:
        part = REMEDIES_PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
        tables[heading] = set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) - {"why"}
    assert tables == {"What happens, in order": set(Stage), "Why it was held back": set(HoldReason)}


def test_every_cause_has_its_row_on_the_page_of_remedies() -> None:
    part = REMEDIES_PAGE.partition("## Which remedy")[2].partition("\n## ")[0]
    assert set(re.findall(r"\| `(\w+)` \|", part)) == set(Cause)
