"""Remedies as deployed, from the evidence to the outcome: exactly the approved actions are carried out and verified."""

import pytest

from kedge.domain.cause import Cause
from kedge.domain.incident import IncidentState
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage
from tests.stack.deployed_ring import BUCKET
from tests.stack.team import PARAMETERS, PIPELINE, STACK, Team, measured
from workbench.local_stack.deploy import deploy

PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/remedied"


@pytest.fixture(scope="module")
def team(ring, application):
    """Yield a separate deployment: the policy of the others does not act."""
    deploy(ring.stack, application, PARAMETERS, STACK)
    yield Team(ring.stack)
    ring.settle()
    ring.stack.client("cloudformation").delete_stack(StackName=STACK)


def serves(team: Team, endpoint: str) -> tuple[str, str, int, bool]:
    """Return an endpoint's config, its status, its number of instances, and whether it captures data."""
    told = team.sagemaker.describe_endpoint(EndpointName=endpoint)
    count = sum(each["CurrentInstanceCount"] for each in told["ProductionVariants"])
    return told["EndpointConfigName"], told["EndpointStatus"], count, told["DataCaptureConfig"]["EnableCapture"]


def after_a_bad_deployment(team: Team, endpoint: str) -> None:
    """Create an endpoint whose second config was bad at once, with one instance more than its config requests."""
    team.past(endpoint, deployed=True)
    more = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 3}]
    team.sagemaker.update_endpoint_weights_and_capacities(EndpointName=endpoint, DesiredWeightsAndCapacities=more)
    team.worse(endpoint)


def test_what_was_approved_is_rolled_back_with_its_capacity_and_verified_by_a_clean_run(team):
    after_a_bad_deployment(team, "remedied-back")
    incident, action = team.incident("remedied-back"), team.action("remedied-back")
    assert (incident.cause, action.stage) == (Cause.DEPLOYMENT_REGRESSION, Stage.ASKED)
    assert "the 4 runs before it, under remedied-back-1, were clean" in incident.evidence
    team.stack.server.control.next_update("remedied-back", "succeeded", seconds=1)
    assert team.answer("remedied-back", "approve")["outcome"] == "approved"
    team.comes_to("remedied-back", Stage.ACTED)
    team.until(lambda: serves(team, "remedied-back") == ("remedied-back-1", "InService", 3, True))
    assert team.incident("remedied-back").state is IncidentState.MITIGATING
    team.clean("remedied-back")
    team.comes_to("remedied-back", Stage.VERIFIED)
    assert team.incident("remedied-back").state is IncidentState.RESOLVED
    assert team.efficacy("remedied-back", RemedyName.ROLL_BACK).verified == 1
    assert team.action("remedied-back").attempts == 1
    assert [subject.split("]")[0] for subject in team.mails("remedied-back")] == [
        "[CRITICAL",
        "[APPROVAL",
        "[CRITICAL",
        "[RESOLVED",
    ]


def test_what_was_rejected_is_not_done_and_a_later_approval_does_not_count(team):
    after_a_bad_deployment(team, "remedied-not")
    assert team.answer("remedied-not", "reject")["outcome"] == "rejected"
    team.comes_to("remedied-not", Stage.REJECTED)
    assert team.answer("remedied-not", "approve")["outcome"] == "refused"
    team.settle()
    assert serves(team, "remedied-not") == ("remedied-not-2", "InService", 3, True)
    assert team.incident("remedied-not").state is IncidentState.FIRING


def test_the_kill_switch_stops_what_was_approved_and_has_not_begun(team):
    after_a_bad_deployment(team, "remedied-killed")
    team.decides_by(2, kill_switch=True)
    try:
        team.answer("remedied-killed", "approve")
        team.comes_to("remedied-killed", Stage.REFUSED)
    finally:
        team.decides_by(3)
    assert team.action("remedied-killed").why is HoldReason.KILL_SWITCH
    assert team.action("remedied-killed").called is None
    assert serves(team, "remedied-killed") == ("remedied-killed-2", "InService", 3, True)


def test_a_rehearsal_says_what_would_be_done_and_begins_nothing(team):
    before = team.executions()
    after_a_bad_deployment(team, "remedied-rehearsed")
    acting = team.incident("remedied-rehearsed").remedy
    assert (acting.stage, acting.brief) == (Stage.PROPOSED, "roll back to remedied-rehearsed-1")
    assert team.executions() == before
    assert serves(team, "remedied-rehearsed") == ("remedied-rehearsed-2", "InService", 3, True)
    (mail,) = team.told("remedied-rehearsed")["mail"]
    assert "Dry run, not carried out: Roll remedied-rehearsed back" in " ".join(mail.body.split())


def test_a_retraining_is_verified_by_the_model_that_it_made_and_followed_until_that_serves(team):
    tags = {"kedge:pipeline": PARAMETERS["RetrainPipelineArns"]}
    team.past("remedied-retrained", deployed=False, package=f"{PACKAGE}/1", tags=tags)
    team.worse("remedied-retrained")
    assert team.incident("remedied-retrained").cause is Cause.CONCEPT_DRIFT
    team.stack.server.control.next_execution(
        PIPELINE, "succeeded", seconds=1, output=f"s3://{BUCKET}/models/remedied/2", evaluation=measured(0.83)
    )
    team.answer("remedied-retrained", "approve")
    team.comes_to("remedied-retrained", Stage.VERIFIED)
    says = team.incident("remedied-retrained").remedy.says
    assert "model package remedied/2 was made by it" in says
    assert "auc 0.83 (0.71 in service)" in says
    team.stack.server.control.judge_package(f"{PACKAGE}/2", "Approved")
    team.settle()
    team.deploy("remedied-retrained", 2, package=f"{PACKAGE}/2")
    serving = "serves on remedied-retrained now, with config remedied-retrained-2"
    team.until(lambda: serving in team.incident("remedied-retrained").remedy.says)
    (started,) = team.sagemaker.list_pipeline_executions(PipelineName=PIPELINE)["PipelineExecutionSummaries"]
    assert team.action("remedied-retrained").started == started["PipelineExecutionArn"]


def test_a_variant_leaves_the_traffic_by_itself_where_the_policy_says_so(team):
    team.with_two_variants("remedied-shifted")
    team.alarm("remedied-shifted", "challenger", "OK")
    team.alarm("remedied-shifted", "challenger", "ALARM")
    team.comes_to("remedied-shifted", Stage.ACTED, Monitor.ALARM)
    told = team.sagemaker.describe_endpoint(EndpointName="remedied-shifted")["ProductionVariants"]
    assert {each["VariantName"]: each["CurrentWeight"] for each in told} == {"champion": 1.0, "challenger": 0.0}
    team.alarm("remedied-shifted", "challenger", "OK")
    team.comes_to("remedied-shifted", Stage.VERIFIED, Monitor.ALARM)
    assert team.action("remedied-shifted", Monitor.ALARM).votes == ()


def test_the_teams_own_function_is_called_once_and_verified_by_a_clean_run(team):
    team.past("remedied-invoked", deployed=False)
    team.worse("remedied-invoked")
    team.answer("remedied-invoked", "approve")
    team.comes_to("remedied-invoked", Stage.ACTED)
    team.clean("remedied-invoked")
    team.comes_to("remedied-invoked", Stage.VERIFIED)
    assert team.stack.invocations()[f"{STACK}-mend"]["times"] == 1
