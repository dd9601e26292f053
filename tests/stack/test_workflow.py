"""The paths through the workflow of remedies on the local stack, with functions whose answers a test scripts."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.stack.workflow.scripted import Scripted
from workbench.local_stack.local_stack import LocalStack

ACT = {"outcome": "act"}
ASK = {"outcome": "ask", "half": 60, "rest": 60}
LATER = {"outcome": "later", "wait": 60}
ACTED = {"outcome": "acted", "wait": 300, "pause": 10}
PENDING = {"outcome": "pending", "wait": 300, "pause": 10}


@pytest.fixture(scope="module")
def workflow():
    with LocalStack() as stack:
        yield Scripted(stack)


def named(workflow: Scripted, name: str) -> list[str]:
    return [step["step"] for step in workflow.steps(name)]


def test_a_plan_that_nobody_has_to_approve_is_checked_carried_out_observed_and_closed(workflow):
    execution = workflow.start(
        "by-itself",
        plan=ACT,
        check=ACT | {"remedy": "roll_back"},
        act=ACTED,
        observe=[PENDING, {"outcome": "verified"}],
    )
    workflow.answer("by-itself", "await", signal="endpoint/changed")
    status, last, _ = workflow.ended(execution)
    assert (status, last) == ("SUCCEEDED", "Closed")
    # The second wait ended by itself, without a signal, and the outcome was checked all the same.
    assert named(workflow, "by-itself") == ["plan", "check", "act", "await", "observe", "await", "observe"]
    assert [step["by"] for step in workflow.steps("by-itself") if step["step"] == "act"] == ["RollBack"]


def test_an_approval_leads_to_the_act_and_a_rejection_to_the_end(workflow):
    for answer, end in (("approved", "Closed"), ("rejected", "HeldBack")):
        execution = workflow.start(answer, plan=ASK, check=ACT | {"remedy": "retrain"}, act={"outcome": "failed"})
        workflow.answer(answer, "ask", outcome=answer)
        assert workflow.ended(execution)[:2] == ("SUCCEEDED", end)
        assert ("act" in named(workflow, answer)) is (answer == "approved")


def test_silence_is_reminded_of_at_half_time_and_means_no_in_the_end(workflow):
    execution = workflow.start("silence", plan=ASK | {"half": 1, "rest": 1}, expire={"outcome": "expired"})
    assert workflow.ended(execution)[:2] == ("SUCCEEDED", "HeldBack")
    assert named(workflow, "silence") == ["plan", "ask", "remind", "expire"]


def test_an_approval_after_the_reminder_counts_and_one_after_the_end_reaches_nobody(workflow):
    execution = workflow.start(
        "late", plan=ASK | {"half": 1}, check=ACT | {"remedy": "roll_back"}, act={"outcome": "refused"}
    )
    workflow.answer("late", "remind", outcome="approved")
    assert workflow.ended(execution)[:2] == ("SUCCEEDED", "HeldBack")
    for step in ("ask", "remind"):
        with pytest.raises(ClientError, match=r"TaskDoesNotExist|TaskTimedOut"):
            workflow.answer("late", step, outcome="approved")


def test_what_is_busy_is_checked_again_before_it_is_tried_again(workflow):
    execution = workflow.start(
        "busy",
        plan=[LATER, ACT],
        check=[LATER, ACT | {"remedy": "shift_traffic"}],
        act=[LATER, {"outcome": "unknown"}],
        observe={"outcome": "failed"},
    )
    assert workflow.ended(execution)[:2] == ("SUCCEEDED", "Closed")
    assert named(workflow, "busy") == ["plan", "plan", "check", "check", "act", "check", "act", "observe"]


# One step that answers, and one of each kind that waits: tests/template checks that all are alike.
@pytest.mark.parametrize("step", ["plan", "ask", "await"])
def test_a_step_that_fails_whatever_is_tried_is_escalated_with_its_error(workflow, step):
    name = f"fails-{step}"
    good = {
        "plan": ASK if step == "ask" else ACT,
        "check": ACT | {"remedy": "roll_back"},
        "act": ACTED,
    }
    execution = workflow.start(name, **(good | {step: "raise"}), escalate={"outcome": "told"})
    assert workflow.ended(execution)[:2] == ("SUCCEEDED", "Closed")
    taken = workflow.steps(name)
    assert [one["step"] for one in taken[-5:]] == [step] * 4 + ["escalate"]
    assert "on purpose" in taken[-1]["error"]["Cause"]
    assert taken[-1]["error"]["Error"] == "RuntimeError"


def test_a_step_that_failed_once_is_tried_again_and_nobody_hears_of_it(workflow):
    execution = workflow.start("hiccup", plan=["raise", {"outcome": "refused"}])
    assert workflow.ended(execution)[:2] == ("SUCCEEDED", "HeldBack")
    assert named(workflow, "hiccup") == ["plan", "plan"]


@pytest.mark.parametrize("answer", [{}, {"outcome": "perhaps"}, {"outcome": "act", "remedy": "pray"}])
def test_an_answer_that_nobody_understands_is_escalated_before_anything_is_done(workflow, answer):
    name = f"odd-{len(answer)}-{len(json.dumps(answer))}"
    execution = workflow.start(name, plan=ACT, check=answer, escalate={"outcome": "told"})
    assert workflow.ended(execution)[:2] == ("SUCCEEDED", "Closed")
    assert named(workflow, name) == ["plan", "check", "escalate"]
    assert workflow.steps(name)[-1]["error"]["Error"] == "UnknownOutcome"


def test_the_workflow_calls_no_function_that_its_role_does_not_allow(workflow):
    execution = workflow.start("forbidden", plan=ACT, check=ACT | {"remedy": "invoke"}, escalate={"outcome": "told"})
    assert workflow.ended(execution)[:2] == ("SUCCEEDED", "Closed")
    assert workflow.steps("forbidden")[-1]["error"]["Error"] == "States.Permissions"


def test_an_execution_fails_only_where_not_even_escalate_gets_through(workflow):
    execution = workflow.start("unheard", plan={"outcome": "perhaps"}, escalate="raise")
    status, last, described = workflow.ended(execution)
    assert (status, last, described["error"]) == ("FAILED", "Unheard", "Unheard")


def test_no_token_is_in_what_comes_out_of_an_execution(workflow):
    execution = workflow.start("tokens", plan=ASK, check={"outcome": "refused"})
    workflow.answer("tokens", "ask", outcome="approved")
    described = workflow.ended(execution)[2]
    (token,) = [step["token"] for step in workflow.steps("tokens") if "token" in step]
    assert token not in json.dumps(described, default=str)


def test_an_execution_that_waits_for_somebody_is_at_rest_and_one_that_does_something_is_not(workflow):
    execution = workflow.start("resting", plan=ASK, check={"outcome": "refused"})
    workflow.until(lambda: named(workflow, "resting") == ["plan", "ask"])
    workflow.until(lambda: workflow.stack.ask("activity")["working"] == 0)
    workflow.answer("resting", "ask", outcome="approved")
    assert workflow.stack.ask("activity")["working"] == 1
    workflow.ended(execution)
    assert workflow.stack.ask("activity")["working"] == 0
