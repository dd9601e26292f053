"""`kedge signals redrive`: dead letters to intake, and out of the queue only if intake took them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from tests.fakes.deployed import MemoryStack
from tests.support import samples
from workbench.cli.connection.stack import AwsRefused
from workbench.cli.exits import Exit
from workbench.main import app

ALARM = samples.event("eventbridge.alarm.alarm")
NOTE = samples.event("sqs.sns_alarm")["Records"][0]["body"]
FAILED_CALL = {
    "requestContext": {"condition": "RetriesExhausted"},
    "requestPayload": samples.event("direct.violations.inline"),
}


class Letters:
    """An SQS queue: what was received is out of sight until its time is over."""

    def __init__(self, *bodies: Any) -> None:
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        self.lying = {f"m{number}": text for number, text in enumerate(texts)}
        self.hidden: set[str] = set()
        self.failing = ""

    def receive_message(self, *, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803  boto3's words
        self._fail("ReceiveMessage")
        found = [name for name in self.lying if name not in self.hidden][:MaxNumberOfMessages]
        self.hidden |= set(found)
        return {"Messages": [{"MessageId": name, "Body": self.lying[name], "ReceiptHandle": name} for name in found]}

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> dict[str, Any]:  # noqa: N803  boto3's words
        self._fail("DeleteMessage")
        del self.lying[ReceiptHandle]
        return {}

    def change_message_visibility(self, *, ReceiptHandle: str, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        assert VisibilityTimeout == 0
        self.hidden.discard(ReceiptHandle)
        return {}

    def _fail(self, operation: str) -> None:
        if self.failing == operation:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed"}}, operation)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> MemoryStack:
    found = MemoryStack()
    monkeypatch.setattr("workbench.cli.signals.redriving.DeployedStack", lambda *_: found)
    return found


def redrive(stack: MemoryStack, *bodies: Any, words: tuple[str, ...] = ()) -> tuple[Result, Letters]:
    letters = stack.clients["sqs"] = Letters(*bodies)
    runner = CliRunner(env={"NO_COLOR": "1", "COLUMNS": "140"})
    return runner.invoke(app, ["signals", "redrive", *words]), letters


def test_a_letter_that_intake_takes_is_deleted_and_what_came_of_it_is_printed(stack):
    ran, letters = redrive(stack, ALARM)
    assert ran.exit_code == Exit.DONE
    assert letters.lying == {}
    assert "m0  AlarmChanged of 111122223333/us-east-1/endpoint/churn-prod  first_seen: " in ran.stdout
    assert ran.stdout.splitlines()[-1] == "1 taken, 0 left among the dead letters"


def test_every_form_in_which_a_signal_became_a_dead_letter_is_taken(stack):
    ran, letters = redrive(stack, ALARM, NOTE, FAILED_CALL, {"Records": [{"Sns": json.loads(NOTE)}]})
    assert (ran.exit_code, letters.lying) == (Exit.DONE, {})


def test_a_letter_that_comes_a_second_time_does_no_harm(stack):
    ran, letters = redrive(stack, ALARM, ALARM)
    assert (ran.exit_code, letters.lying) == (Exit.DONE, {})
    assert "m1  AlarmChanged of 111122223333/us-east-1/endpoint/churn-prod  duplicate" in ran.stdout


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("{half a", "it is not JSON"),
        ({"nobodys": "event"}, "intake could not take it in: $: is no event"),
        (samples.event("people.decision"), "intake does not accept it from a direct caller"),
    ],
)
def test_a_letter_that_intake_does_not_take_stays_where_others_see_it(stack, body, why):
    ran, letters = redrive(stack, body, ALARM)
    assert ran.exit_code == Exit.FAILED
    assert list(letters.lying) == ["m0"]
    assert letters.hidden & set(letters.lying) == set()
    assert f"m0  left: {why}" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "1 taken, 1 left among the dead letters"


def test_a_program_reads_one_object_for_each_letter(stack):
    ran, _ = redrive(stack, ALARM, "{half a", words=("--json",))
    taken, left = map(json.loads, ran.stdout.splitlines())
    assert (taken["letter"], taken["taken"], taken["why"]) == ("m0", True, None)
    assert taken["outcomes"][0]["reason"] == "first_seen"
    assert (left["letter"], left["taken"], left["outcomes"]) == ("m1", False, [])


def test_no_more_letters_are_taken_than_were_asked_for(stack):
    ran, letters = redrive(stack, *[ALARM] * 14, words=("--most", "12"))
    assert ran.exit_code == Exit.DONE
    assert len(letters.lying) == 2


def test_nothing_is_lost_if_aws_says_no_in_between(stack, monkeypatch):
    def refuse(_: object) -> None:
        raise AwsRefused("intake: you may not invoke it")

    monkeypatch.setattr(stack, "hand_in", refuse)
    ran, letters = redrive(stack, ALARM, ALARM)
    assert ran.exit_code == Exit.REFUSED
    assert "you may not invoke it" in ran.stderr
    assert len(letters.lying) == 2
    assert letters.hidden == set()


def test_a_queue_that_may_not_be_read_ends_in_a_sentence(stack):
    stack.clients["sqs"] = letters = Letters(ALARM)
    letters.failing = "ReceiveMessage"
    ran = CliRunner().invoke(app, ["signals", "redrive"])
    assert ran.exit_code == Exit.REFUSED
    assert "not allowed" in ran.stderr
