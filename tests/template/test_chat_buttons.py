"""The buttons under a request for approval: each command is a valid answer within the limit of characters."""

import json
import re

import pytest

from kedge.domain.action import Answer
from kedge.services.approval import chat_ballot_of
from tests.template.deployed import ROOT, STACK

# "CommandText" of CreateCustomAction in the API reference of Amazon Q Developer in chat applications.
MOST = 100
LONGEST_STACK = 25
ASKED = json.loads((ROOT / "tests/unit/messages/golden/approval-wanted.chat.json").read_text(encoding="utf-8"))
DIGEST = "3a5ee5cd6d2a93ff" * 4
BUTTONS = {"ChatApprove": Answer.APPROVE, "ChatReject": Answer.REJECT}


def command(stack, button: str) -> str:
    text: str = stack.properties(button)["Definition"]["CommandText"]
    return text.replace("${ApproveFromChatFunction}", stack.properties("ApproveFromChatFunction")["FunctionName"])


@pytest.mark.parametrize("button", BUTTONS)
def test_a_button_invokes_the_chat_s_own_door_with_an_answer_that_it_understands(button, stack):
    found = re.fullmatch(r"lambda invoke --function-name (\S+) --payload (\S+)", command(stack, button))
    assert found
    assert found[1] == stack.properties("ApproveFromChatFunction")["FunctionName"]
    ballot = chat_ballot_of(json.loads(found[2].replace("$d", DIGEST)))
    assert (ballot.digest, ballot.answer, ballot.by, ballot.entry_point) == (DIGEST, BUTTONS[button], "chat", "chat")


@pytest.mark.parametrize("button", BUTTONS)
def test_the_command_is_short_enough_also_where_the_name_of_the_stack_is_longer(button, stack):
    assert len(command(stack, button)) - len(STACK) + LONGEST_STACK <= MOST


@pytest.mark.parametrize("button", BUTTONS)
def test_a_button_stands_under_what_waits_for_an_answer_and_finds_there_what_it_needs(button, stack):
    (attached,) = stack.properties(button)["Attachments"]
    assert attached["NotificationType"] == ASKED["source"].capitalize()
    found = {}
    for name, path in attached["Variables"].items():
        where, key = path.rsplit(".", 1)
        assert where == "event.metadata.additionalContext"
        found[name] = ASKED["metadata"]["additionalContext"][key]
    assert attached["Criteria"] == [{"Operator": "EQUALS", "VariableName": "s", "Value": found["s"]}]
    assert re.fullmatch(r"[0-9a-f]{64}", found["d"])
    assert ASKED["metadata"]["enableCustomActions"] is True


def test_the_channel_has_these_buttons_and_no_others(stack):
    given = stack.properties("ChatChannel")["CustomizationResourceArns"]
    assert given == [f"${{{name}.CustomActionArn}}" for name in BUTTONS]
    assert sorted(stack.of_type("AWS::Chatbot::CustomAction")) == sorted(BUTTONS)
