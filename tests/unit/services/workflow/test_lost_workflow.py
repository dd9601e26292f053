"""However the calls of a remedy fail, its workflow comes to an end that says what is known, and frees its place."""

from datetime import timedelta
from itertools import product

import pytest

from kedge.domain.remedy import Mode
from kedge.domain.run import Verdict
from kedge.domain.stage import Stage
from tests.support.remediation import GOOD, QUALITY, Affair, policy_with
from tests.support.stages import DONE, OVER
from tests.support.stories import CHURN, hour, run
from tests.unit.services.workflow.test_two_faults import ERRORS, Call

HOUR = timedelta(hours=1)
SEQUENCES = [*product(Call, repeat=2), *((first, second, Call.UNTAKEN) for first, second in product(Call, repeat=2))]


def begun(*calls):
    """A roll-back that is carried out by its workflow, whose first calls fail like this."""
    affair, left = Affair(policy_with(Mode.AUTO)), list(calls)
    start, real = affair.trouble(), affair.endpoint.roll_back

    def roll_back(*given):
        how = left.pop(0) if left else None
        if how in (None, Call.TAKEN):
            done = real(*given)
        if how is None:
            return done
        error = ERRORS[how]()
        raise error

    affair.endpoint.roll_back = roll_back
    affair.workflow_starter.run(start)
    return affair, start.id


def well_again(affair):
    affair.now = max(affair.now, hour("11:12"))
    affair.take(run("11:00", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))


@pytest.mark.parametrize("calls", SEQUENCES, ids=lambda calls: ", ".join(each.value for each in calls))
def test_a_workflow_whose_calls_fail_ends_with_what_is_so_and_leaves_no_place_taken(calls):
    affair, digest = begun(*calls)
    affair.wait(timedelta(minutes=45))
    assert len(affair.endpoint.calls) <= 1
    well_again(affair)
    affair.wait(12 * HOUR)
    action = affair.action(digest)
    (execution,) = affair.engine.executions.values()
    assert (action.is_over, execution.ended) == (True, "SUCCEEDED")
    assert all(each.stage in OVER & DONE for each in affair.ledger.register(CHURN).taken)
    assert affair.incident().remedy.stage is action.stage
    assert "the workflow could not go on" not in action.says
    is_done = affair.endpoint.now.config == GOOD
    assert action.stage is (Stage.VERIFIED if is_done else action.stage)
    assert is_done or action.stage in (Stage.REFUSED, Stage.UNVERIFIED, Stage.FAILED)


def test_what_nobody_knows_of_is_looked_at_until_it_is_known():
    affair, digest = begun(*[Call.UNTAKEN] * 3)
    affair.wait(timedelta(minutes=30))
    assert affair.action(digest).deadline is not None
    (execution,) = affair.engine.executions.values()
    assert execution.ended is None
    affair.wait(12 * HOUR)
    assert affair.action(digest).is_over
    assert execution.ended == "SUCCEEDED"


def test_what_another_worker_did_between_two_looks_is_observed_and_not_called_a_fault():
    affair, digest = begun(Call.BUSY)
    affair.wait(timedelta(seconds=30))
    assert affair.action(digest).stage is Stage.ACTING
    other = affair.acts[affair.action(digest).plan.remedy].step({"step": "act", "action": digest})
    assert (other["outcome"], affair.action(digest).stage) == ("acted", Stage.ACTED)
    affair.wait(timedelta(minutes=45))
    well_again(affair)
    affair.wait(2 * HOUR)
    assert affair.action(digest).stage is Stage.VERIFIED
    assert affair.endpoint.calls == [GOOD]
