"""Everything that the documents mention exists, and their tables are the template's."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main
from samcli.yamlhelper import yaml_parse

from kedge.domain.decision import Reason
from kedge.domain.signal import ChangeKind, Ignored
from kedge.lambdas.observability import Count
from kedge.policy.compiled import default_policy
from kedge.services.intake import case_of
from tests.support import samples
from tests.unit.docs import event_table
from tests.unit.docs.pages import PAGES, ROOT, anchors, code, links, prose, table, text_of
from tests.unit.sources.test_samples import told, world
from workbench import pictures
from workbench.main import app

README, OPERATIONS = ROOT / "README.md", ROOT / "docs" / "operations.md"
TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
PARAMETERS, OUTPUTS, RESOURCES = TEMPLATE["Parameters"], TEMPLATE["Outputs"], TEMPLATE["Resources"]
TARGETS = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]

FOLDERS = "containers|docs|events|functions|jobs|layers|policies|requirements|scripts|tests|workbench"
A_FILE = re.compile(rf"(?<![\w./:-])(?:\.ci/[\w.-]+|(?:{FOLDERS})/[\w./*-]+|[\w-]+\.(?:yaml|toml)|[A-Z][\w-]*\.md)")
NOT_OURS = {"policy.yaml", "other.yaml", "monitors.yaml", "pylock.toml"}  # the reader's files, and those of other tools
INDEX = re.compile(r"index-url|find-links|artifactory|nexus|/simple\b", re.IGNORECASE)

everywhere = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def of_type(kind: str) -> dict[str, Any]:
    return {name: it["Properties"] for name, it in RESOURCES.items() if it["Type"] == kind}


def test_the_parameters_are_those_that_are_asked_for_in_that_order_with_their_defaults():
    rows = table(README, "parameter", "default")
    assert [row[0] for row in rows] == list(PARAMETERS)
    words = {
        name: str(it["Default"]) or "empty" if "Default" in it else "none, required" for name, it in PARAMETERS.items()
    }
    assert {row[0]: row[1] for row in rows} == words


@pytest.mark.parametrize("row", table(README, "parameter", "default"), ids=lambda row: row[0])
def test_an_example_of_a_parameter_is_one_that_cloudformation_takes(row: list[str]):
    taken = PARAMETERS[row[0]]
    assert re.fullmatch(taken.get("AllowedPattern", ".*"), row[2])
    assert row[2] in map(str, taken.get("AllowedValues", [row[2]]))


def test_the_outputs_are_the_templates_and_say_which_are_not_always_there():
    rows = table(README, "output", "what for")
    assert [row[0] for row in rows] == list(OUTPUTS)
    assert {row[0] for row in rows if row[1].startswith("only with Slack")} == {
        name for name, it in OUTPUTS.items() if "Condition" in it
    }


def test_the_sample_command_is_the_outputs():
    (command,) = OUTPUTS["SampleCommand"]["Value"].values()
    command = command.replace("${AWS::StackName}", "kedge").replace("${AWS::Region}", "us-east-1")
    assert command in code(README)


def test_the_readme_names_every_event_that_a_rule_takes():
    rules = [rule["EventPattern"] for rule in of_type("AWS::Events::Rule").values() if "EventPattern" in rule]
    # The heartbeat is of no interest to a team.
    heard = {kind for pattern in rules for kind in pattern["detail-type"]} - {"Kedge Heartbeat"}
    assert {row[0] for row in table(README, "event", "result")} == heard


LEDGERS = {
    ChangeKind.ENDPOINT: "deployment ledger",
    ChangeKind.PIPELINE: "retraining",
    ChangeKind.MODEL_PACKAGE: "model package",
}


@pytest.mark.parametrize("name", [name for name in samples.names() if name.startswith("eventbridge.")])
def test_the_readme_says_of_each_event_what_case_it_belongs_to(name: str):
    made = {row[0]: row[1] for row in table(README, "event", "result")}
    said = made[samples.event(name)["detail-type"]]
    signal = told(name, world())
    case = None if isinstance(signal, Ignored) else case_of(signal)
    if isinstance(case, ChangeKind):
        # A deployment's phases appear as an endpoint's changes.
        assert LEDGERS[case] in said or said.startswith("the same")
    assert "nobody is told yet" not in said


def test_readme_and_template_say_that_kedge_carries_out_remedies():
    for text in (prose(README).partition(">")[0], TEMPLATE["Description"]):
        assert re.search(r"carries\b.*\bout", " ".join(text.split()))
        assert "remedy" in text


def test_what_is_kept_when_the_stack_goes_is_what_the_readme_says():
    assert {name for name, it in RESOURCES.items() if it.get("DeletionPolicy") == "RetainExceptOnCreate"} == {
        "Table",
        "Key",
    }
    clean_up = text_of(README).partition("## Clean up")[2]
    assert "Note the outputs `TableName` and `KeyArn` first: these two are retained" in clean_up


def test_the_readme_tells_the_numbers_of_the_default_policy():
    policy, said = default_policy(), {row[0]: row[1] for row in table(README, "finding", "severity")}
    many = next(rule for rule in policy.severities if rule.count is not None)
    drift = f"drift of at least {many.count} features, or of more than {many.share:.0%} of all features"
    assert said[drift.replace("%", " %")] == many.severity
    assert f"a run on fewer than {policy.minimum_records} records" in said
    assert said["an alarm on any other metric"] == policy.severities[0].severity
    assert policy.upstream is not None
    upstream = f"the same feature drifting on {policy.upstream.targets} targets within {_hours(policy.upstream.within)}"
    assert any(found.startswith(upstream) for found in said)
    text = " ".join(text_of(README).split())
    (receiver,) = policy.receivers.values()
    assert f"at most {receiver.messages} messages in {receiver.per.seconds // 60} minutes" in text
    assert f"within {_hours(policy.reopen_within)} is the same incident" in text
    assert policy.flapping is not None
    assert f"{policy.flapping.changes} times in {_hours(policy.flapping.within)}." in text
    assert f"missed {policy.missed_runs} runs" in text


def _hours(time: timedelta) -> str:
    return f"{time.seconds // 3600} hours"


def test_the_picture_is_of_the_mail_that_is_sent():
    assert text_of(pictures.PICTURE) == pictures.picture(text_of(pictures.MAIL)), "python -m workbench.pictures"
    assert f"]({pictures.PICTURE.relative_to(ROOT)})" in text_of(README)


def test_operations_say_what_every_alarm_on_kedge_itself_means():
    names = {"".join(alarm["AlarmName"].values()) for alarm in of_type("AWS::CloudWatch::Alarm").values()}
    alarms = {name.removeprefix("kedge-self-${AWS::StackName}-") for name in names}
    headings = re.findall(r"^### ([a-z-]+(?:, [a-z-]+)*)$", text_of(OPERATIONS), re.MULTILINE)
    assert {name for heading in headings for name in heading.split(", ")} == alarms


def test_operations_name_every_metric():
    named = [name for row in table(OPERATIONS, "metric", "counts") for name in row[0].split(", ")]
    assert sorted(named) == sorted(Count)


def test_the_reasons_that_operations_explain_exist():
    assert {row[0] for row in table(OPERATIONS, "reason", "means")} <= set(Reason)


def test_the_table_of_events_is_what_the_code_makes_of_them():
    page = text_of(event_table.PAGE)
    assert page == event_table.page_with(event_table.table(), page), "python -m tests.unit.docs.event_table"


def test_every_suite_has_its_row():
    rows = {row[0] for row in table(ROOT / "CONTRIBUTING.md", "folder", "scope")}
    folders = {f"tests/{path.relative_to(ROOT / 'tests').parts[0]}" for path in (ROOT / "tests").rglob("test_*.py")}
    assert folders - {f"tests/{path.name}" for path in (ROOT / "tests").glob("test_*.py")} <= rows
    assert all((ROOT / folder).is_dir() for folder in rows)


@everywhere
def test_every_link_leads_somewhere(page: Path):
    broken = [
        link
        for link in links(page)
        if not (target := page.parent / link.path if link.path else page).exists()
        or (link.heading and link.heading not in anchors(target))
    ]
    assert broken == []


@everywhere
def test_every_file_that_is_named_exists(page: Path):
    named = {found.rstrip(".") for piece in code(page) for found in A_FILE.findall(piece)} - NOT_OURS
    bases = {ROOT, page.parent}
    assert {name for name in named if not any(any(base.glob(name)) for base in bases)} == set()


@everywhere
def test_every_make_target_exists(page: Path):
    asked = {found for piece in code(page) for found in re.findall(r"(?:^|\s)make ([a-z-]+)", piece)}
    assert asked <= TARGETS


@everywhere
def test_every_command_of_kedge_exists_with_its_options(page: Path):
    for piece in code(page):
        for name, rest in re.findall(r"(?:^|(?<!--stack-name)[ /])kedge ([a-z]+)([^#`;]*)", piece):
            assert name in COMMANDS, piece
            command = COMMANDS[name]
            for word in rest.split():
                command = getattr(command, "commands", {}).get(word, command)
            options = {option for parameter in command.params for option in parameter.opts}
            assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options, piece


@everywhere
def test_every_function_and_module_that_a_command_names_exists(page: Path):
    for piece in code(page):
        for name in re.findall(r"sam (?:local|remote) invoke (\w+)|--name ([A-Z]\w+)", piece):
            assert "".join(name) in of_type("AWS::Serverless::Function"), piece
        for module in re.findall(r"python3? -m ((?:workbench|tests)[\w.]*)", piece):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or path.is_dir(), piece


@everywhere
def test_no_page_names_a_package_index(page: Path):
    assert [line for line in text_of(page).splitlines() if INDEX.search(line)] == []


def test_the_readme_says_that_model_monitor_takes_no_new_customers_before_it_says_how_to_try_it():
    first = prose(README).partition("## Try it")[0]
    assert "has accepted no new customers since 30 July 2026" in first
    for way in ("CloudWatch alarms", "SageMaker Pipelines", "violations", "direct invocation"):
        assert way in first
