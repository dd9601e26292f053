"""Every ledger keeps the workflow requests of a decision, and the questions that it asks of all cases of an endpoint."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import StartWorkflow, WakeWorkflow
from kedge.domain.decision import CaseState
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments
from kedge.domain.errors import Conflict
from kedge.domain.run import Monitor
from kedge.domain.signal import ChangeKind
from tests.contracts.test_context import commit_of, other
from tests.support.actions import action
from tests.support.ledgers import MONITOR, NOW, take, violated
from tests.support.stories import CHURN

PLANNED = action()
START = StartWorkflow(id=PLANNED.digest, action=PLANNED)
WAKE = WakeWorkflow(id="w-1", digest=PLANNED.digest, signal="endpoint/churn-prod/InService")


def with_workflow_requests(ledger, target, *workflow_requests):
    return replace(commit_of(ledger, target), workflow_requests=workflow_requests)


def test_what_is_to_be_started_is_carried_once_however_many_ask_for_it(ledger, carried):
    ledger.commit(with_workflow_requests(ledger, other(1), START, WAKE, START))
    ledger.commit(with_workflow_requests(ledger, other(2), START))
    assert sorted(carried(), key=lambda each: each.id) == sorted((START, WAKE), key=lambda each: each.id)
    assert ledger.load(other(2), MONITOR)[1] == 1


def test_a_plan_that_is_asked_for_anew_is_carried_again(ledger, carried):
    anew = replace(START, action=replace(PLANNED, made=NOW + timedelta(hours=1)))
    for number, workflow_request in enumerate((START, anew, START)):
        ledger.commit(with_workflow_requests(ledger, other(number), workflow_request))
    assert carried() == [START, anew]


def test_a_refused_decision_leaves_nothing_to_be_started(ledger, carried):
    late = with_workflow_requests(ledger, CHURN, START)
    take(ledger, violated())
    with pytest.raises(Conflict):
        ledger.commit(late)
    assert carried() == []


def test_the_cases_of_a_target_come_in_the_order_in_which_they_are_asked_for(ledger):
    decision, _ = take(ledger, violated())
    monitors = (Monitor.MODEL_QUALITY, Monitor.DATA_QUALITY)
    assert ledger.cases(CHURN, monitors) == (CaseState(), decision.state)
    assert ledger.cases(other(1), monitors) == (CaseState(), CaseState())
    assert ledger.cases(CHURN, ()) == ()


def test_what_ran_on_an_endpoint_is_remembered_with_what_changes_about_it(ledger):
    ran = Deployments(history=(Deployment(config="churn-41", since=NOW, arrival=DeploymentOrigin.DEPLOYED),))
    commit = commit_of(ledger, CHURN, state=CaseState(deployments=ran))
    ledger.commit(replace(commit, monitor=ChangeKind.ENDPOINT, version=0))
    assert ledger.load(CHURN, ChangeKind.ENDPOINT) == (CaseState(deployments=ran), 1)
    assert ledger.load(CHURN, MONITOR) == (CaseState(), 0)
