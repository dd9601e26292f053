import json
from datetime import timedelta

import msgspec
import pytest

from kedge.domain.action import Answer, RemedyStatus
from kedge.domain.remedy import Sessions
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from tests.unit.workbench.people.conftest import Terminal
from tests.unit.workbench.people.plans import TOKEN, now, waits

ONCALL, DEPUTY = "arn:aws:iam::111122223333:user/oncall", "arn:aws:iam::111122223333:user/deputy"


def test_an_empty_list_says_so(terminal: Terminal):
    assert terminal.type("approval", "list").stdout == "Nothing waits for approval.\n"
    assert terminal.type("approval", "list", "--all").stdout == "No remedy is under way.\n"


def test_the_list_shows_what_waits_for_whom_until_when_and_what_ends_first_at_the_top(terminal: Terminal):
    later = waits(terminal, "churn-prod", required=2)
    first = waits(terminal, "fraud-prod", expires=terminal.stack.now() + timedelta(hours=1))
    waits(terminal, "price-prod", stage=Stage.ACTED)
    lines = terminal.type("approval", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [first.digest[:12], later.digest[:12]]
    assert "roll back to churn-40" in lines[1]
    assert "0 of 2" in lines[2]
    assert "59 min" in lines[1]


def test_with_all_the_list_shows_what_is_under_way_after_what_waits(terminal: Terminal):
    acted = waits(terminal, "price-prod", stage=Stage.ACTED)
    asked = waits(terminal)
    lines = terminal.type("approval", "list", "--all", "--json").stdout.splitlines()
    assert [json.loads(line)["digest"] for line in lines] == [asked.digest, acted.digest]


def test_a_plan_is_shown_with_all_that_an_approver_should_know(terminal: Terminal):
    action = waits(
        terminal,
        approvers=("role/OnCall", "user/*"),
        required=2,
        proof=True,
        sessions=Sessions.BOUND,
        requesters=("user/owner",),
    )
    shown = terminal.type("approval", "show", action.digest[:12])
    assert shown.exit_code == 0
    for part in (
        action.digest,
        "Roll churn-prod back from churn-41 to churn-40",
        "no answer in time means no",
        "churn-prod still runs churn-41",
        "scaling is suspended during the update",
        "2 of role/OnCall, user/*, and never user/owner; AWS has to confirm each; each session of a role is a person",
        action.plan.incident,
        "input_drift",
    ):
        assert part in " ".join(shown.stdout.split())


def test_no_form_of_a_plan_shows_the_token_of_its_task(terminal: Terminal):
    action = waits(terminal)
    for words in (("list",), ("list", "--json"), ("show", action.digest), ("show", action.digest, "--json")):
        assert TOKEN not in terminal.type("approval", *words).output


def test_a_plan_in_json_holds_the_action_its_cause_and_the_evidence(terminal: Terminal):
    action = waits(terminal)
    shown = json.loads(terminal.type("approval", "show", action.digest, "--json").stdout)
    assert shown["action"]["digest"] == action.digest
    assert shown["cause"] == "input_drift"
    assert shown["evidence"] == []


def test_whoever_approves_types_the_endpoint_s_name_and_the_workflow_goes_on(terminal: Terminal):
    action = waits(terminal)
    done = terminal.type("approval", "approve", action.digest[:12], "--reason", "canary was bad", typed="churn-prod\n")
    assert done.exit_code == 0
    assert (
        "churn-prod, roll back to churn-40: approved (approved by arn:aws:iam::111122223333:user/oncall" in done.stdout
    )
    assert "Roll churn-prod back from churn-41 to churn-40" in done.stderr
    kept = now(terminal, action)
    (vote,) = kept.votes
    assert kept.stage is Stage.APPROVED
    assert (vote.by, vote.answer, vote.reason, vote.entry_point) == (ONCALL, Answer.APPROVE, "canary was bad", "lambda")
    assert vote.proven
    assert terminal.stack.workflows.heard == [(TOKEN, {"outcome": "approved"})]


@pytest.mark.parametrize("typed", ["fraud-prod\n", "y\n", "\n"])
def test_another_name_approves_nothing(terminal: Terminal, typed: str):
    action = waits(terminal)
    done = terminal.type("approval", "approve", action.digest, typed=typed)
    assert done.exit_code == 1
    assert "nothing was approved" in done.stderr
    assert now(terminal, action) == action


def test_nobody_at_the_keyboard_approves_nothing(terminal: Terminal):
    action = waits(terminal)
    assert terminal.type("approval", "approve", action.digest, typed="").exit_code == 1
    assert now(terminal, action) == action


def test_with_yes_nobody_is_asked_for_the_name(terminal: Terminal):
    action = waits(terminal)
    done = terminal.type("approval", "approve", action.digest, "--yes", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["outcome"] == "approved"


def test_of_two_approvers_the_first_is_told_that_one_more_has_to_approve(terminal: Terminal):
    action = waits(terminal, required=2)
    first = terminal.type("approval", "approve", action.digest, "--yes")
    assert first.exit_code == 0
    assert "waiting" in first.stdout
    assert "1 more has to approve" in first.stdout
    assert "1 of 2" in terminal.type("approval", "list").stdout
    terminal.stack.arn = DEPUTY
    assert terminal.type("approval", "approve", action.digest, "--yes").exit_code == 0
    assert now(terminal, action).stage is Stage.APPROVED


def test_a_rejection_needs_a_reason_and_ends_it(terminal: Terminal):
    action = waits(terminal)
    assert terminal.type("approval", "reject", action.digest).exit_code == 2
    assert terminal.type("approval", "reject", action.digest, "--reason", " ").exit_code == 2
    done = terminal.type("approval", "reject", action.digest, "--reason", "the truth was late")
    assert done.exit_code == 0
    assert "rejected" in done.stdout
    assert now(terminal, action).stage is Stage.REJECTED
    assert terminal.stack.workflows.heard == [(TOKEN, {"outcome": "rejected"})]


def test_what_is_rejected_cannot_be_approved_after_that_and_says_so(terminal: Terminal):
    action = waits(terminal)
    terminal.type("approval", "reject", action.digest, "--reason", "no")
    late = terminal.type("approval", "approve", action.digest, "--yes")
    assert late.exit_code == 1
    assert "does not count: it is already rejected" in late.stderr


def test_who_is_no_approver_and_who_comes_too_late_are_refused(terminal: Terminal):
    stranger = waits(terminal, approvers=("user/deputy",))
    late = waits(terminal, "fraud-prod", expires=terminal.stack.now() - timedelta(minutes=1))
    refused = terminal.type("approval", "approve", stranger.digest, "--yes")
    assert (refused.exit_code, "is not among the approvers" in refused.stderr) == (1, True)
    expired = terminal.type("approval", "approve", late.digest, "--yes")
    assert (expired.exit_code, "its time was over" in expired.stderr) == (1, True)


@pytest.mark.parametrize("text", ["abc", "churn-prod", "xyz12345", "a" * 65])
def test_what_is_no_digest_is_refused(terminal: Terminal, text: str):
    refused = terminal.type("approval", "show", text)
    assert refused.exit_code == 2
    assert "is not a plan id" in refused.stderr


def test_a_digest_that_no_plan_has_or_two_begin_with_is_refused(terminal: Terminal):
    ghost = terminal.type("approval", "show", "deadbeef")
    assert (ghost.exit_code, "no plan id begins with deadbeef" in ghost.stderr) == (2, True)
    whole = terminal.type("approval", "approve", "0" * 64, "--yes")
    assert (whole.exit_code, "there is no plan" in whole.stderr) == (2, True)
    first = waits(terminal)
    twin = msgspec.structs.replace(first, digest=f"{first.digest[:8]}{'0' * 56}")
    terminal.stack.actions.keep(ActionCommit(action=twin, version=0))
    both = terminal.type("approval", "show", first.digest[:8])
    assert (both.exit_code, "2 plan ids begin with" in both.stderr) == (2, True)


def test_a_plan_that_is_over_is_found_by_its_beginning_through_its_incident(terminal: Terminal):
    action = waits(terminal)
    terminal.type("approval", "reject", action.digest, "--reason", "no")
    known = terminal.stack.ledger.incidents
    remedy = RemedyStatus(
        remedy=action.plan.remedy,
        mode=action.mode,
        stage=Stage.REJECTED,
        at=action.made,
        says="no",
        digest=action.digest,
    )
    known[action.plan.incident] = msgspec.structs.replace(known[action.plan.incident], remedy=remedy)
    shown = terminal.type("approval", "show", action.digest[:12])
    assert shown.exit_code == 0
    assert "arn:aws:iam::111122223333:user/oncall" in shown.stdout
    assert "by lambda: no" in " ".join(shown.stdout.split())
