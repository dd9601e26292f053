import json
from datetime import timedelta

import msgspec
import pytest

from kedge.domain.action import Efficacy
from kedge.domain.remedy import RemedyName
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import ChangeKind, DeploymentChanged, EndpointRead
from tests.support.stories import BY_EVENT, BY_SAGEMAKER, run
from tests.unit.workbench.people.conftest import Terminal


def deploys(terminal: Terminal, config: str, *, over: str, hours_ago: float) -> None:
    """Let a config come to serve in the place of another, a while ago."""
    at, target = terminal.stack.now() - timedelta(hours=hours_ago), terminal.stack.endpoint("churn-prod")
    for number, (status, runs, pending) in enumerate((("Updating", over, config), ("InService", config, None))):
        signal = DeploymentChanged(
            id=f"{config}/{number}",
            at=at + timedelta(minutes=number),
            target=target,
            status=status,
            config=runs,
            pending=pending,
            provenance=BY_EVENT,
        )
        terminal.stack.intake.settle(signal)


def runs(terminal: Terminal, verdict: Verdict, *, hours_ago: float) -> None:
    """Let a monitoring run end, a while ago."""
    at = terminal.stack.now() - timedelta(hours=hours_ago)
    signal = run("10:00", verdict, source="churn-mq", monitor=Monitor.MODEL_QUALITY)
    window = msgspec.structs.replace(signal.window, start=at - timedelta(hours=1), end=at)
    signal = msgspec.structs.replace(
        signal, id=f"run/{at}", at=at, finished=at, window=window, target=terminal.stack.endpoint("churn-prod")
    )
    terminal.stack.intake.settle(signal)


def history(terminal: Terminal) -> None:
    """churn-40 served well for two days, and churn-41 came an hour ago."""
    deploys(terminal, "churn-40", over="churn-39", hours_ago=50)
    for hours in (40, 30, 20):
        runs(terminal, Verdict.CLEAN, hours_ago=hours)
    deploys(terminal, "churn-41", over="churn-40", hours_ago=1)


def words(text: str) -> str:
    return " ".join(text.split())


def test_nothing_known_is_said_so(terminal: Terminal):
    shown = terminal.type("deployment", "list", "churn-prod")
    assert (shown.exit_code, shown.stdout) == (0, "Nothing is known of the configs of churn-prod.\n")


def test_the_ledger_shows_what_ran_how_it_went_and_where_a_roll_back_would_go(terminal: Terminal):
    history(terminal)
    shown = terminal.type("deployment", "list", "churn-prod")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["churn-41", "churn-40", "churn-39"]
    assert "serves" in lines[1]
    assert "unproven" in lines[1]
    assert "churn-mq: 3 clean, 0 violated" in lines[2]
    assert "good" in lines[2]
    assert "before it was known" in lines[3]
    assert "A roll-back would go to churn-40." in shown.stdout


def test_the_runs_under_what_serves_now_are_counted_as_they_come(terminal: Terminal):
    deploys(terminal, "churn-40", over="churn-39", hours_ago=10)
    runs(terminal, Verdict.CLEAN, hours_ago=5)
    runs(terminal, Verdict.VIOLATED, hours_ago=3)
    shown = json.loads(terminal.type("deployment", "list", "churn-prod", "--json").stdout)
    counted = shown["configs"][0]["deployment"]["runs"]["churn-mq"]
    assert (counted["clean"], counted["bad"], counted["last"]) == (1, 1, "v")
    assert "1 clean, 1 violated, the last violated" in words(terminal.type("deployment", "list", "churn-prod").stdout)


@pytest.mark.parametrize(
    ("command", "done", "standing"), [("pin", "pinned as good", "good"), ("veto", "vetoed", "bad")]
)
def test_a_person_says_what_a_config_is_worth_and_takes_it_back(
    terminal: Terminal, command: str, done: str, standing: str
):
    history(terminal)
    said = terminal.type("deployment", command, "churn-prod", "churn-40", "--comment", "load test")
    assert (said.exit_code, said.stdout) == (0, f"churn-prod churn-40: {done}\n")
    shown = json.loads(terminal.type("deployment", "list", "churn-prod", "--json").stdout)
    served = shown["configs"][1]
    assert (served["deployment"]["config"], served["standing"]) == ("churn-40", standing)
    assert (served["mark"]["by"], served["mark"]["comment"]) == (terminal.stack.arn, "load test")
    assert served["mark"]["proven"]
    assert f"{done} by user/oncall" in words(terminal.type("deployment", "list", "churn-prod").stdout)
    assert terminal.type("deployment", "unmark", "churn-prod", "churn-40").exit_code == 0
    assert json.loads(terminal.type("deployment", "list", "churn-prod", "--json").stdout)["marks"] == []


def test_with_its_only_good_config_vetoed_a_roll_back_goes_nowhere_and_the_list_says_why(terminal: Terminal):
    history(terminal)
    terminal.type("deployment", "veto", "churn-prod", "churn-40", "--comment", "leaks memory")
    shown = terminal.type("deployment", "list", "churn-prod")
    assert "No roll-back: " in shown.stdout
    assert json.loads(terminal.type("deployment", "list", "churn-prod", "--json").stdout)["back_to"] is None


def test_the_endpoint_s_tags_count_and_where_they_cannot_be_read_that_is_said(terminal: Terminal):
    history(terminal)
    terminal.stack.tagged = {"kedge:known-good": "churn-39"}
    assert "A roll-back would go to churn-39." in terminal.type("deployment", "list", "churn-prod").stdout
    terminal.stack.tagged = None
    shown = terminal.type("deployment", "list", "churn-prod")
    assert shown.exit_code == 0
    assert "the tags of churn-prod could not be read" in shown.stderr
    assert "A roll-back would go to churn-40." in shown.stdout


def test_a_pinned_config_that_never_ran_is_said_to_be_so(terminal: Terminal):
    history(terminal)
    said = terminal.type("deployment", "pin", "churn-prod", "churn-4O", "--comment", "blessed")
    assert said.exit_code == 0
    assert "churn-4O never ran on churn-prod, as far as is known: is the name right?" in said.stderr
    assert "churn-4O never ran here" in terminal.type("deployment", "list", "churn-prod").stdout


@pytest.mark.parametrize("command", ["pin", "veto"])
def test_a_mark_needs_a_comment(terminal: Terminal, command: str):
    assert terminal.type("deployment", command, "churn-prod", "churn-40").exit_code == 2
    assert terminal.type("deployment", command, "churn-prod", "churn-40", "--comment", " ").exit_code == 2


def test_an_endpoint_may_be_named_whole_and_what_is_none_is_refused(terminal: Terminal):
    history(terminal)
    whole = terminal.type("deployment", "list", "111122223333/us-east-1/endpoint/churn-prod")
    assert "churn-41" in whole.stdout
    for text in ("111122223333/us-east-1/alarm/churn-prod", "churn/prod"):
        refused = terminal.type("deployment", "list", text)
        assert (refused.exit_code, "is no endpoint" in refused.stderr) == (2, True)


def test_what_comes_now_and_how_remedies_worked_stand_below(terminal: Terminal):
    history(terminal)
    now, target = terminal.stack.now(), terminal.stack.endpoint("churn-prod")
    terminal.stack.intake.settle(
        DeploymentChanged(
            id="x", at=now, target=target, status="Updating", config="churn-41", pending="churn-42", provenance=BY_EVENT
        )
    )
    terminal.stack.ledger.efficacies[target] = {
        RemedyName.ROLL_BACK: Efficacy(verified=2, failed=1, demoted=now - timedelta(days=1))
    }
    shown = words(terminal.type("deployment", "list", "churn-prod").stdout)
    assert "churn-42 is being deployed since" in shown
    assert "roll_back: worked 2, failed 1, unknown 0; since" in shown
    assert "never without approval, until it has worked once more" in shown


def test_a_config_that_was_found_there_says_so(terminal: Terminal):
    now, target = terminal.stack.now(), terminal.stack.endpoint("churn-prod")
    made = now - timedelta(days=3)
    terminal.stack.intake.settle(
        EndpointRead(
            id="seen", at=now, target=target, status="InService", config="churn-40", made=made, provenance=BY_SAGEMAKER
        )
    )
    assert "found there" in terminal.type("deployment", "list", "churn-prod").stdout
    known = terminal.stack.ledger.load(target, ChangeKind.ENDPOINT)[0].deployments
    assert known.current is not None
    assert known.current.since == made
