"""Monitors join a published document, and leave it, without a change to the others."""

from pathlib import Path

import msgspec
import pytest

from kedge.monitors.spec import MonitorSpec, TargetSpec
from workbench.cli.model.monitors import CannotMerge, merged, read_monitors
from workbench.cli.model.steps import ChangeMonitors

EXAMPLE = (Path(__file__).parents[4] / "monitors" / "example.yaml").read_text(encoding="utf-8")
ADDED = MonitorSpec(name="new-data", target=TargetSpec(endpoint="new"), baseline="s3://my-baselines/new")


def by_name(text):
    return {each.name: each for each in read_monitors(text)}


def test_the_first_monitor_makes_a_document():
    spec = msgspec.structs.replace(ADDED, reports="s3://my-reports/kedge")
    text = merged(None, ChangeMonitors(add=(spec,)))
    assert by_name(text) == {"new-data": spec}
    assert "{}" not in text


def test_a_monitor_is_appended_and_every_comment_stays():
    text = merged(EXAMPLE, ChangeMonitors(add=(ADDED,)))
    assert by_name(text) == by_name(EXAMPLE) | {"new-data": ADDED}
    comments = [line for line in EXAMPLE.splitlines() if line.strip().startswith("#")]
    assert [line for line in text.splitlines() if line.strip().startswith("#")] == comments


def test_a_monitor_that_leaves_takes_no_other_with_it():
    text = merged(merged(EXAMPLE, ChangeMonitors(add=(ADDED,))), ChangeMonitors(remove=("new-data",)))
    assert by_name(text) == by_name(EXAMPLE)


@pytest.mark.parametrize("name", sorted(by_name(EXAMPLE)))
def test_any_monitor_of_the_example_can_leave_and_come_back(name):
    without = merged(EXAMPLE, ChangeMonitors(remove=(name,)))
    assert by_name(without).keys() == by_name(EXAMPLE).keys() - {name}
    assert by_name(merged(without, ChangeMonitors(add=(by_name(EXAMPLE)[name],)))) == by_name(EXAMPLE)


def test_the_version_is_derived_anew_because_the_text_is_another():
    text = merged(EXAMPLE, ChangeMonitors(add=(ADDED,)))
    assert "\nversion:" not in text
    assert "\nname: example\n" in text


def test_a_document_with_other_keys_below_its_monitors_is_written_anew():
    head, _, monitors = EXAMPLE.partition("defaults:")
    defaults, _, rest = monitors.partition("monitors:\n")
    turned = f"{head}monitors:\n{rest}\ndefaults:{defaults}"
    text = merged(turned, ChangeMonitors(add=(ADDED,)))
    assert by_name(text) == by_name(EXAMPLE) | {"new-data": ADDED}


def test_a_monitor_that_the_document_does_not_allow_is_refused():
    broken = msgspec.structs.replace(ADDED, baseline="s3://x")
    with pytest.raises(CannotMerge, match="nothing was published"):
        merged(EXAMPLE, ChangeMonitors(add=(broken,)))
