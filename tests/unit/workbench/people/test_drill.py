"""`kedge drill`: who accepted a drill, after how long, with whose proof; and what is missing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from kedge.domain.errors import Permanent
from kedge.domain.incident import IncidentState
from kedge.domain.run import Monitor
from kedge.domain.silence import Silence
from tests.support.stories import policy_of
from tests.unit.workbench.people.conftest import Terminal

TOPIC = "arn:aws:sns:us-east-1:111122223333:kedge-people"


class Sns:
    """SNS, with one topic."""

    def __init__(self) -> None:
        self.arns, self.policy, self.failing = [f"{TOPIC}:1"], "", None

    def list_subscriptions_by_topic(self, **_: object) -> dict[str, Any]:
        if self.failing is not None:
            raise self.failing
        return {"Subscriptions": [{"SubscriptionArn": arn} for arn in self.arns]}

    def get_subscription_attributes(self, **_: object) -> dict[str, Any]:
        return {"Attributes": {"PendingConfirmation": "false", "FilterPolicy": self.policy}}


@pytest.fixture
def sns(terminal: Terminal) -> Sns:
    """The SNS of a stack whose dispatch works."""
    found = Sns()
    terminal.stack.clients["sns"] = found
    terminal.stack.outputs |= {"PeopleTopicArn": TOPIC, "ProgramsTopicArn": TOPIC}
    return found


@pytest.fixture(autouse=True)
def meanwhile(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens while the command waits, a step each time; at first, everything is delivered."""
    steps: list[Callable[[], object]] = [terminal.stack.deliver]
    monkeypatch.setattr("workbench.cli.drill.drilling.time.sleep", lambda _: steps.pop(0)() if steps else None)
    return steps


def only(terminal: Terminal) -> Any:
    (incident,) = [each for each in terminal.stack.ledger.incidents.values() if each.monitor is Monitor.DRILL]
    return incident


def test_a_drill_shows_who_accepted_it_after_how_long_and_the_proof_of_the_channel(terminal, sns):
    shown = terminal.type("drill")
    assert shown.exit_code == 0, shown.output
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("ml-oncall")]
    receiver, channel, accepted, seconds, unit, proof = line.split()[:6]
    assert (receiver, channel, accepted, unit) == ("ml-oncall", "mail", "yes", "s")
    assert float(seconds) >= 0
    assert proof.startswith("m-")
    assert only(terminal).severity == "warning"


def test_a_drill_as_json_is_one_object(terminal, sns):
    terminal.stack.tagged = {"owner": "team-churn"}
    shown = terminal.type("drill", "--json", "--endpoint", "churn-prod", "--severity", "critical", "-c", "on monday")
    (line,) = shown.stdout.splitlines()
    result = json.loads(line)
    assert result["messages"][0]["accepted"] is True
    assert result["messages"][0]["message_id"].endswith("/mail")
    assert (only(terminal).target.name, only(terminal).tags) == ("churn-prod", {"owner": "team-churn"})
    story = terminal.stack.ledger.story(result["incident"])
    assert story.entries[0].because == "a drill by user/oncall: on monday"


@pytest.mark.parametrize(
    ("arns", "policy", "fault"),
    [
        ([], "", "subscribe an address"),
        (["PendingConfirmation"], "", "waits for its confirmation"),
        (["Deleted"], "", "subscribe an address"),
        ([f"{TOPIC}:1"], '{"receiver": ["data"]}', "no filter policy names the receiver"),
    ],
)
def test_a_receiver_without_a_confirmed_subscriber_fails_the_drill_and_says_why(terminal, sns, arns, policy, fault):
    sns.arns, sns.policy = arns, policy
    shown = terminal.type("drill", "--json")
    assert shown.exit_code == 1
    (message,) = json.loads(shown.stdout)["messages"]
    assert message["accepted"] is True
    assert message["fault"].startswith("no confirmed subscriber")
    assert fault in message["fault"]


def test_subscribers_that_the_caller_may_not_read_are_unknown_and_fail_nothing(terminal, sns):
    sns.failing = Permanent("AccessDenied")
    shown = terminal.type("drill")
    assert shown.exit_code == 0
    assert "the subscribers of mail are unknown" in shown.stderr


def test_a_message_that_no_worker_received_fails_the_drill(terminal, sns, meanwhile):
    meanwhile.clear()
    shown = terminal.type("drill", "--timeout", "0s", "--json")
    assert shown.exit_code == 1
    assert "no worker received the message" in json.loads(shown.stdout)["messages"][0]["fault"]


def test_with_ack_the_command_waits_for_an_acknowledgement(terminal, sns, meanwhile):
    meanwhile.append(lambda: acknowledged(terminal))
    shown = terminal.type("drill", "--ack")
    assert shown.exit_code == 0
    assert "Acknowledged by user/oncall after" in shown.stdout
    assert only(terminal).state is IncidentState.ACKNOWLEDGED


def acknowledged(terminal: Terminal) -> None:
    assert terminal.type("incident", "ack", only(terminal).id).exit_code == 0


def test_without_an_acknowledgement_in_time_the_drill_fails(terminal, sns):
    shown = terminal.type("drill", "--ack", "--timeout", "1s")
    assert shown.exit_code == 1
    assert f"no acknowledgement in time: kedge incident ack {only(terminal).id}" in shown.stderr


def test_a_silence_that_would_hide_an_incident_is_named(terminal, sns):
    now = terminal.stack.now()
    hides = Silence(
        id="s-1", matchers=('severity="warning"',), starts_at=now.replace(year=2025), ends_at=now.replace(year=2030),
        author="ben", comment="upgrade",
    )  # fmt: skip
    terminal.stack.ledger.keep_silence(hides)
    shown = terminal.type("drill")
    assert shown.exit_code == 0
    assert "An incident would not have notified ml-oncall (silenced by s-1)." in shown.stdout


def test_a_receiver_that_the_policy_does_not_have_is_wrong_usage(terminal, sns):
    shown = terminal.type("drill", "--receiver", "ml-onkall")
    assert shown.exit_code == 2
    assert "does not have a receiver 'ml-onkall'; it has ml-oncall" in shown.stderr
    assert terminal.stack.ledger.outbox == []


def test_a_drill_is_in_no_list_of_incidents_and_can_be_shown(terminal, sns):
    terminal.type("drill")
    shown = terminal.type("incident", "show", only(terminal).id)
    assert shown.exit_code == 0
    assert "a drill by user/oncall" in shown.stdout


def test_a_policy_that_leads_nowhere_is_said(terminal, sns, monkeypatch):
    nowhere = policy_of(receivers=[{"name": "ml-oncall", "channels": ["programs"]}])
    monkeypatch.setattr(terminal.stack.intake, "_policy", lambda: nowhere)
    shown = terminal.type("drill")
    assert shown.exit_code == 1
    assert "leads this drill to no receiver" in shown.stderr
