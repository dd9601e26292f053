"""Faults during a remedy, as deployed: it is carried out once, and its outcome is notified."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kedge.domain.incident import IncidentState
from kedge.domain.remedy import HoldReason
from kedge.domain.stage import Stage
from tests.stack.struck import ASKED, MOST, NAME, PARAMETERS, Struck
from workbench.local_stack.deploy import deploy

CROWD = [f"{NAME}-crowd-{number}" for number in range(20)]
BUSY = {"code": "ValidationException", "message": "Cannot update in-progress endpoint."}
CALLS = {
    # The fault of the call, and the number of calls until one succeeds.
    "silent_success": ({}, 1),
    "fail_afterwards": ({}, 1),
    "refuse": (BUSY, 2),
    "throttle": ({}, 2),
}
KEPT = {
    # The fault of each write of the acting function: the first keeps its intent, the second its completion.
    "crash-0": ("crash", 0),
    "crash-1": ("crash", 1),
    "conflict": ("TransactionConflictException", 1),
}


@pytest.fixture(scope="module")
def struck(ring, application):
    """Yield a separate deployment: the policy of the others does not act."""
    deploy(ring.stack, application, PARAMETERS, NAME)
    struck = Struck(ring.stack)
    single = [f"{NAME}-{name}".replace("_", "-") for name in (*CALLS, *KEPT, "undone")]
    struck.ill([ASKED, *single, *CROWD])
    yield struck
    struck.settle()
    ring.stack.client("cloudformation").delete_stack(StackName=NAME)


@pytest.fixture(autouse=True)
def _all_works_again(ring):
    yield
    ring.stack.mend()
    ring.stack.server.control.clear_faults()
    ring.stack.send_events_to(ring.stack.bus.put_event)


@pytest.mark.parametrize("fault", CALLS)
def test_an_update_is_taken_once_whether_its_answer_is_lost_or_it_is_refused_at_first(fault, struck):
    endpoint, before = f"{NAME}-{fault}".replace("_", "-"), struck.updates()
    more, calls = CALLS[fault]
    struck.stack.server.control.add_fault("UpdateEndpoint", fault, **more)
    struck.fires(endpoint)
    struck.reaches(endpoint, Stage.ACTED)
    assert f"{endpoint}-1" in struck.configs(endpoint)
    assert struck.updates() - before == calls
    assert struck.plan(endpoint).attempts == 1
    assert struck.case(endpoint).state is IncidentState.MITIGATING


@pytest.mark.parametrize("fault", KEPT)
def test_an_update_is_made_once_though_the_function_dies_or_cannot_keep_what_it_did(fault, struck):
    endpoint, before = f"{NAME}-{fault}", struck.updates()
    code, skip = KEPT[fault]
    struck.stack.let_fail(
        f"{NAME}-roll-back", "dynamodb:PutItem", code, operation="TransactWriteItems", skip=str(skip), times="1"
    )
    struck.fires(endpoint)
    struck.reaches(endpoint, Stage.ACTED)
    assert f"{endpoint}-1" in struck.configs(endpoint)
    assert struck.stack.mend()["dynamodb:PutItem"] > skip + 1
    assert struck.updates() - before == 1
    assert struck.stages(endpoint) == ["planned", "acting", "acted"]


def test_an_approval_that_is_given_four_times_at_once_is_one_and_the_plan_is_carried_out_once(struck):
    before = struck.updates()
    struck.fires(ASKED)
    struck.reaches(ASKED, Stage.ASKED)
    digest = struck.plan(ASKED).digest
    with ThreadPoolExecutor(4) as together:
        told = list(together.map(lambda _: struck.votes(digest), range(4)))
    assert [each["outcome"] for each in told] == ["approved"] * 4
    struck.reaches(ASKED, Stage.ACTED)
    assert len(struck.plan(ASKED).votes) == 1
    assert struck.updates() - before == 1
    assert struck.stages(ASKED) == ["planned", "asked", "approved", "acting", "acted"]


def test_an_update_that_sagemaker_takes_back_is_found_though_no_event_tells_of_it(struck):
    endpoint = f"{NAME}-undone"
    struck.stack.server.control.next_update(endpoint, "rolled_back", seconds=1)
    struck.stack.send_events_to(lambda _: None)
    struck.fires(endpoint)
    struck.reaches(endpoint, Stage.FAILED)
    assert struck.serves(endpoint) == (f"{endpoint}-2", "InService")
    incident = struck.case(endpoint)
    assert (incident.state, incident.remedy.says) == (
        IncidentState.FIRING,
        f"SageMaker went back to {endpoint}-2, and does not say why",
    )
    assert "remedy failed" in struck.mails(endpoint)[-1]


def test_of_twenty_plans_at_once_as_many_are_carried_out_as_the_policy_allows(struck):
    before, allowed = struck.updates(), MOST - struck.done()
    assert allowed > 0
    with struck.stopped("DispatchFunction"), ThreadPoolExecutor(4) as together:
        list(together.map(struck.fires, CROWD))
        assert {struck.case(each).remedy.stage for each in CROWD} == {Stage.PLANNED}
    struck.until(lambda: all(struck.case(each).remedy.stage is not Stage.PLANNED for each in CROWD))
    struck.settle()
    stages = [struck.case(each).remedy.stage for each in CROWD]
    assert (stages.count(Stage.ACTED), stages.count(Stage.REFUSED)) == (allowed, len(CROWD) - allowed)
    refused = [struck.plan(each) for each in CROWD if struck.case(each).remedy.stage is Stage.REFUSED]
    assert {each.why for each in refused} == {HoldReason.MOST_ACTIONS}
    assert struck.updates() - before == allowed
    assert struck.done() == MOST
