"""An account with 10 concurrent executions: a storm of signals leaves room for messages and remedies, and delayed work waits."""

import pytest

from tests.template.test_functions import event_sources
from tests.template.workflow import tasks

# The limit of a new account (Lambda's quotas).
POOL = 10
# Lambda's own errors, as Step Functions reports them if a function cannot run at the moment.
HELD_BACK = {
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
}
# Escalate has more tries than all others, for every error.
STEPS = sorted(set(tasks()) - {"Escalate"})


def most(stack, function: str) -> int:
    (source,) = event_sources(stack, function)
    return int(source["ScalingConfig"]["MaximumConcurrency"])


def test_a_storm_of_signals_leaves_room_in_the_smallest_pool_for_messages_timers_and_a_remedy(stack):
    relay, reconcile = 1, 1
    needed = most(stack, "IntakeFunction") + most(stack, "DispatchFunction") + relay + reconcile
    assert most(stack, "IntakeFunction") <= POOL // 2
    assert needed < POOL


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_lambda_holds_back_waits_for_it_for_twenty_minutes_at_least(name):
    retries = tasks()[name]["Retry"]
    # The first match counts, and States.ALL matches everything.
    held = next(index for index, each in enumerate(retries) if HELD_BACK & set(each["ErrorEquals"]))
    assert held < next(index for index, each in enumerate(retries) if "States.ALL" in each["ErrorEquals"])
    retry = retries[held]
    assert set(retry["ErrorEquals"]) == HELD_BACK
    waits = [
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt, retry["MaxDelaySeconds"])
        for attempt in range(retry["MaxAttempts"])
    ]
    # With full jitter a wait lasts for half of that on average.
    assert sum(waits) / 2 > 15 * 60
    assert sum(waits) > 20 * 60
    assert max(waits) <= 120
