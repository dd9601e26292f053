"""A question is waited for in two halves: together they are as long as the policy says, to the second."""

from datetime import timedelta

import pytest

from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from tests.support.remediation import Affair, policy_with

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("seconds", [60, 61, 3_599, 3_600, 3_601])
def test_a_question_expires_at_its_time_and_not_a_second_before(seconds):
    approvers = {"approvers": ("user/responder",), "expires_after": f"{seconds}s"}
    affair = Affair(policy_with(Mode.APPROVAL, approval=approvers))
    start = affair.trouble()
    affair.workflow_starter.run(start)
    affair.wait(SECOND)
    asked = affair.action(start.id)
    assert (asked.stage, asked.expires) == (Stage.ASKED, asked.asked + timedelta(seconds=seconds))
    affair.wait(asked.expires - affair.now - SECOND)
    waiting = affair.action(start.id)
    assert (waiting.stage, waiting.reminded) == (Stage.ASKED, asked.asked + timedelta(seconds=seconds // 2))
    affair.wait(SECOND)
    assert affair.action(start.id).stage is Stage.EXPIRED
