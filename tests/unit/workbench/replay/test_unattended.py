"""A replay counts what nobody carries out under the limits for as long as it would be under way, and no longer."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import StartWorkflow
from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from kedge.policy.compiled import default_policy
from tests.support.ledgers import decided, violated
from tests.support.remediation import Affair, policy_with
from tests.support.stories import CHURN
from workbench.replay.unattended import Unattended

HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("mode", "after", "stages"),
    [
        (Mode.APPROVAL, 0 * HOURS, [Stage.ASKED]),
        (Mode.APPROVAL, 3 * HOURS, [Stage.ASKED]),
        (Mode.APPROVAL, 4 * HOURS, []),
        (Mode.APPROVAL, 30 * HOURS, []),
        (Mode.AUTO, 0 * HOURS, [Stage.ACTED]),
        (Mode.AUTO, 3 * HOURS, [Stage.ACTED]),
        (Mode.AUTO, 4 * HOURS, [Stage.UNVERIFIED]),
        (Mode.AUTO, 30 * HOURS, [Stage.UNVERIFIED]),
    ],
)
def test_a_question_ends_unanswered_and_an_act_is_over_when_its_outcome_had_to_be_known(mode, after, stages):
    action = Affair(policy_with(mode)).trouble().action
    now = [action.made]
    ledger = Unattended(lambda: now[0])
    commit = decided(ledger, violated(), policy=default_policy())
    ledger.commit(replace(commit, workflow_requests=(StartWorkflow(id=action.digest, action=action),)))
    now[0] += after
    assert [each.stage for each in ledger.register(CHURN).taken] == stages
    assert ledger.register(replace(CHURN, region="eu-west-1")).taken == ()
