"""Automation that does too much, too little, or something else than it says: each complaint is a scenario that is played whole."""

from pathlib import Path

import pytest

from workbench.scenarios.machine import wrong
from workbench.scenarios.suite import scenarios

PLAYS = {name: play for _, name, play in scenarios(Path(__file__).parents[1] / "scenarios")}


def comes_out_right(name: str) -> bool:
    """Whether the scenario of this name, which must exist, comes to what it says."""
    result = PLAYS[name]()
    assert result.ok, "\n".join(wrong(result))
    return True


@pytest.mark.parametrize(
    "scenario",
    ["what was retrained two hours ago is not retrained again", "the fourth remedy of a day is held back"],
)
def test_14_an_automation_runs_as_often_as_the_policy_allows(scenario):
    assert comes_out_right(scenario)


def test_15_two_monitors_that_see_one_bad_deployment_make_one_roll_back():
    assert comes_out_right("errors and lost quality after one deployment are one roll-back")


@pytest.mark.parametrize(
    "scenario",
    ["a roll-back is done without asking, once, where the policy says so", "two people who say yes are enough"],
)
def test_16_what_was_decided_is_carried_out(scenario):
    assert comes_out_right(scenario)


@pytest.mark.parametrize(
    "scenario",
    [
        "a roll-back of which nobody could see whether it helped is told as that",
        "a pipeline that stalls is told when its time is over",
    ],
)
def test_19_what_nobody_can_measure_is_neither_a_success_nor_a_failure(scenario):
    assert comes_out_right(scenario)


def test_20_why_a_plan_was_given_up_is_said():
    assert comes_out_right("a config that was deleted after the approval was asked for is not gone back to")


@pytest.mark.parametrize(
    "scenario",
    [
        "an endpoint that changed between plan and approval is not rolled back",
        "the kill switch stops what was approved and not yet done",
    ],
)
def test_21_while_an_approval_is_waited_for_the_world_may_change_and_is_looked_at_again(scenario):
    assert comes_out_right(scenario)


def test_22_a_monitor_that_found_nothing_to_look_at_retrains_nothing():
    assert comes_out_right("a monitor that found nothing to look at asks for no remedy")


@pytest.mark.parametrize(
    "scenario",
    [
        "a roll-back that SageMaker itself undid has failed, though the endpoint is in service",
        "a fleet of twenty is a fleet of twenty afterwards",
        "an earlier config that was deleted cannot be gone back to",
        "a running config that was deleted makes every update fail",
        "an earlier config that captures nothing would blind the monitors",
    ],
)
def test_24_the_traps_of_updating_an_endpoint(scenario):
    assert comes_out_right(scenario)
