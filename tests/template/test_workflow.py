"""The workflow of remedies: every path ends, every wait ends, and every fault ends with a notification."""

import json
import re
from pathlib import Path

import cfnlint.data.schemas.other.step_functions as schemas
import pytest
from jsonschema import Draft7Validator

from tests.template.acts import REMEDY_NAMES, function_name_of
from tests.template.deployed import STACK, as_translated, role_statements
from tests.template.workflow import (
    FILE,
    deployed,
    outcomes,
    reached,
    states,
    substitutions,
    tasks,
    waiting,
    ways,
    written,
)
from workbench.remedy_functions import state_of

STATES, TASKS, WAITING = sorted(states()), sorted(tasks()), sorted(waiting())
CHOICES = sorted(name for name, state in states().items() if state["Type"] == "Choice")
ACTS = {state_of(remedy): function_name_of(remedy) for remedy in REMEDY_NAMES}
ENDS = {"Closed", "HeldBack", "Unheard"}
MONTH = 30 * 24 * 3600


def test_it_is_what_amazon_states_language_allows(stack):
    schema = json.loads((Path(schemas.__path__[0]) / "statemachine.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(deployed(stack))] == []


def test_whatever_it_names_exists_and_all_that_exists_is_reached():
    assert {to for state in states().values() for to in ways(state)} <= set(STATES)
    assert reached(written()["StartAt"]) == set(STATES)


@pytest.mark.parametrize("name", STATES)
def test_from_everywhere_there_is_a_way_to_an_end(name):
    assert reached(name) & ENDS


def test_it_ends_well_where_a_limit_or_a_person_said_no_and_fails_only_where_nobody_could_be_told():
    ends = {name: state["Type"] for name, state in states().items() if not list(ways(state))}
    assert ends == {"Closed": "Succeed", "HeldBack": "Succeed", "Unheard": "Fail"}
    assert [name for name, state in states().items() if "Unheard" in ways(state)] == ["Escalate"]


@pytest.mark.parametrize("name", TASKS)
def test_a_step_whose_function_fails_is_tried_again_and_then_escalated(name):
    task = tasks()[name]
    assert task["Retry"][-1]["ErrorEquals"] == ["States.ALL"]
    assert task["Retry"][-1]["MaxAttempts"] >= 3
    assert task["Retry"][-1]["BackoffRate"] > 1
    assert task["Retry"][-1]["JitterStrategy"] == "FULL"
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert task["Catch"][-1]["Next"] == ("Unheard" if name == "Escalate" else "Escalate")


def test_escalate_is_tried_for_longer_than_all_others():
    tries = {name: task["Retry"][-1]["MaxAttempts"] for name, task in tasks().items()}
    assert tries.pop("Escalate") > max(tries.values())


@pytest.mark.parametrize("name", sorted(set(TASKS) - {"Escalate"}))
def test_the_error_reaches_escalate(name):
    assert tasks()[name]["Catch"][-1]["ResultPath"] == "$.error"
    assert tasks()["Escalate"]["Parameters"]["Payload"]["error.$"] == "$.error"


@pytest.mark.parametrize("name", TASKS)
def test_no_step_lasts_for_ever(name):
    task = tasks()[name]
    assert task.get("TimeoutSeconds", 0) > 0 or task["TimeoutSecondsPath"] in ("$.half", "$.rest", "$.wait")
    assert written()["TimeoutSeconds"] == MONTH


@pytest.mark.parametrize("name", sorted(set(TASKS) - set(WAITING)))
def test_a_step_is_given_longer_than_its_function_has(name, stack):
    function = tasks()[name]["Parameters"]["FunctionName"].removeprefix("${").removesuffix("Arn}")
    assert tasks()[name]["TimeoutSeconds"] > stack.properties(function)["Timeout"]


@pytest.mark.parametrize(("name", "after"), [("Ask", "Remind"), ("Remind", "Expire"), ("Await", "Observe")])
def test_a_wait_that_ends_by_itself_is_no_fault_and_is_not_waited_for_again(name, after):
    retries, catches = waiting()[name]["Retry"], waiting()[name]["Catch"]
    # States.ALL matches a timeout, too: the first match counts.
    assert retries[0] == {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 0}
    assert catches[0] == {"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": after}


def test_those_are_all_that_wait():
    assert WAITING == ["Ask", "Await", "Remind"]


def test_the_outcome_is_waited_for_as_a_signal_and_looked_for_every_few_minutes_all_the_same():
    assert waiting()["Await"]["TimeoutSecondsPath"] == "$.wait"
    assert reached("Await", without=frozenset({"Escalate"})) >= {"Await", "Observe"}


def test_all_signs_of_a_while_cause_one_look():
    wait = states()["Gather"]
    assert (wait["Type"], wait["SecondsPath"], wait["Next"]) == ("Wait", "$.pause", "Observe")
    assert waiting()["Await"]["Next"] == "Gather"
    # The waker's answer does not replace the length of the pause.
    assert waiting()["Await"]["ResultPath"] is None


@pytest.mark.parametrize("name", CHOICES)
def test_a_wait_of_which_no_step_says_how_long_it_is_does_not_begin(name):
    """Check every wait: one without a number fails the execution, and Catch does not see it."""
    waits = {word for word, to in outcomes(name).items() if "$.wait" in map(str, states()[to].values())}
    guarded = {
        one["And"][0]["StringEquals"]: one["Next"]
        for one in states()[name]["Choices"]
        if one.get("And", [{}])[-1] == {"Variable": "$.wait", "IsPresent": False}
    }
    # The outcome of the action is checked in this case too.
    assert guarded == {word: "Observe" if word == "acted" else "Misunderstood" for word in waits}
    order = [one.get("And", [one])[0].get("StringEquals") for one in states()[name]["Choices"]]
    assert all("And" in states()[name]["Choices"][order.index(word)] for word in waits)


@pytest.mark.parametrize("name", CHOICES)
def test_an_answer_that_nobody_understands_is_escalated_and_not_guessed(name):
    choice = states()[name]
    assert choice["Default"] == "Misunderstood"
    first = choice["Choices"][0]
    assert (first["IsPresent"], first["Next"]) == (False, "Misunderstood")
    assert first["Variable"] in {one["Variable"] for one in choice["Choices"][1:] if "Variable" in one}
    assert states()["Misunderstood"]["Next"] == "Escalate"


def test_each_outcome_of_each_step_goes_where_it_should():
    assert {name: outcomes(name) for name in CHOICES} == {
        "Planned": {"act": "Check", "ask": "Ask", "later": "PlanLater", "refused": "HeldBack"},
        "Answered": {"approved": "Check", "again": "Plan", "rejected": "HeldBack", "expired": "HeldBack"},
        "Checked": {"act": "Act", "later": "CheckLater", "refused": "HeldBack", "observe": "Observe"},
        "Act": {remedy: state_of(remedy) for remedy in REMEDY_NAMES},
        "Acted": {
            "acted": "Await",
            "unknown": "Observe",
            "later": "CheckLater",
            "refused": "HeldBack",
            "failed": "Closed",
        },
        "Observed": {"pending": "Await", "verified": "Closed", "failed": "Closed", "unverified": "Closed"},
    }


@pytest.mark.parametrize("act", sorted(ACTS))
def test_nothing_is_done_that_was_not_checked_just_before(act):
    assert act not in reached("Plan", without=frozenset({"Check"}))
    assert act not in reached("CheckLater", without=frozenset({"Check"}))


def test_nothing_is_done_after_nobody_answered():
    expired = {to for word, to in outcomes("Answered").items() if word not in ("approved", "again")}
    assert not {to for name in expired for to in reached(name)} & set(ACTS)


def test_what_was_done_is_looked_at_before_the_end():
    done = {to for word, to in outcomes("Acted").items() if word in ("acted", "unknown")}
    for name in done:
        assert "Closed" not in reached(name, without=frozenset({"Observe", "Escalate"}))


@pytest.mark.parametrize("name", TASKS)
def test_a_step_is_handed_its_name_and_the_digest_and_where_it_waits_its_token(name):
    payload = tasks()[name]["Parameters"]["Payload"]
    assert payload["step"] == ("act" if name in ACTS else name.lower())
    assert payload["action.$"] == "$$.Execution.Input.action"
    assert payload.get("token.$") == ("$$.Task.Token" if name in WAITING else None)
    assert payload.keys() <= {"step", "action.$", "token.$", "error.$"}


def test_a_token_goes_into_the_payload_of_a_waiting_step_and_nowhere_else():
    text = "\n".join(line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    assert len(re.findall(r"Task\.Token", text)) == len(WAITING)
    for name in WAITING:
        assert not {"ResultSelector", "OutputPath"} & waiting()[name].keys()
        # The result is dropped, or replaces the whole state.
        assert waiting()[name].get("ResultPath") is None


def test_it_writes_no_log_in_which_a_token_could_stand(stack):
    assert "LoggingConfiguration" not in stack.properties("Remediation")


@pytest.mark.parametrize("name", sorted(set(TASKS) - set(WAITING)))
def test_what_a_step_answers_is_the_state(name):
    assert tasks()[name]["OutputPath"] == "$.Payload"
    assert "ResultPath" not in tasks()[name]


@pytest.mark.parametrize("name", TASKS)
def test_a_remedy_is_carried_out_by_the_function_that_may_do_that_and_all_else_by_the_one_that_may_not(name, stack):
    called = deployed(stack)["States"][name]["Parameters"]["FunctionName"]
    function = stack.properties(called.removeprefix("${").removesuffix(".Arn}"))
    assert function["FunctionName"] == f"{STACK}-{ACTS.get(name, 'remediate')}"


def test_the_template_puts_in_all_that_is_left_open_and_nothing_else(stack):
    assert set(re.findall(r"\$\{(\w+)}", FILE.read_text(encoding="utf-8"))) == set(substitutions(stack))


def test_the_workflow_may_call_what_it_calls_and_nothing_else(stack):
    (only,) = role_statements(stack, "Remediation")
    called = {
        state["Parameters"]["FunctionName"] for state in deployed(stack)["States"].values() if "Parameters" in state
    }
    assert set(only["Resource"]) == called


def test_it_works_in_every_partition(stack):
    assert substitutions(stack)["Partition"] == "aws"
    text = FILE.read_text(encoding="utf-8")
    assert "arn:aws" not in text
    assert len(re.findall(r"arn:\$\{Partition}:states:::lambda:invoke", text)) == len(TASKS)


def test_an_execution_bears_a_name_that_is_not_taken_twice_which_express_does_not_promise(stack):
    assert as_translated()["Resources"]["Remediation"]["Properties"]["StateMachineType"] == "STANDARD"
    assert stack.properties("Remediation")["StateMachineName"] == f"{STACK}-remediation"
