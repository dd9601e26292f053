"""The calls that change an endpoint: exactly what is sent, and what each refusal means to whoever acts."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from kedge.adapters.calls import mutate
from kedge.adapters.clients import acting_client
from kedge.adapters.sagemaker.updates import SageMakerUpdates
from kedge.adapters.sagemaker.weights import SageMakerWeights
from kedge.domain.errors import Busy, Permanent, Throttled, Transient
from kedge.domain.plan import Plan, RollBack, Routing, ShiftTraffic, Strategy
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target, TargetKind
from kedge.ports.mutations import CallResult

ENDPOINT_ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn"
TARGET = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="churn")
BACK = RollBack(from_config="churn-41", to_config="churn-40", since=datetime(2026, 11, 20, 12, tzinfo=UTC))
PLAIN = {"EndpointName": "churn", "EndpointConfigName": "churn-40", "RetainAllVariantProperties": True}
SHIFT = ShiftTraffic(
    config="churn-41", away_from="green", before={"green": 0.5, "blue": 0.5}, after={"green": 0.0, "blue": 1.0}
)
URL = "https://api.sagemaker.us-east-1.amazonaws.com"


def plan(strategy=None):
    return Plan(
        target=TARGET,
        incident="i-1",
        remedy=RemedyName.ROLL_BACK,
        doing=BACK,
        sentence="Take churn back to churn-40.",
        strategy=strategy,
    )


@pytest.fixture
def sagemaker(stubbed):
    return stubbed("sagemaker")


@pytest.fixture
def updates(sagemaker):
    return SageMakerUpdates(sagemaker[0])


@pytest.mark.parametrize(
    ("strategy", "deployment"),
    [
        (None, None),
        (Strategy(), {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}),
        (
            Strategy(routing=Routing.CANARY, canary_instances=2, wait_seconds=300),
            {
                "Type": "CANARY",
                "WaitIntervalInSeconds": 300,
                "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 2},
            },
        ),
    ],
)
def test_a_roll_back_keeps_the_capacity_and_names_no_alarm(updates, sagemaker, strategy, deployment):
    policy = {"TrafficRoutingConfiguration": deployment, "TerminationWaitInSeconds": 0}
    how = {} if deployment is None else {"DeploymentConfig": {"BlueGreenUpdatePolicy": policy}}
    # The stubber compares the whole request: no AutoRollbackConfiguration, no RetainDeploymentConfig, nothing else.
    sagemaker[1].add_response("update_endpoint", {"EndpointArn": ENDPOINT_ARN}, PLAIN | how)
    assert updates.roll_back("churn", BACK, plan(strategy)) == CallResult()


def test_a_shift_gives_every_variant_its_weight_and_touches_no_count(sagemaker):
    weights = [{"VariantName": "blue", "DesiredWeight": 1.0}, {"VariantName": "green", "DesiredWeight": 0.0}]
    asked = {"EndpointName": "churn", "DesiredWeightsAndCapacities": weights}
    sagemaker[1].add_response("update_endpoint_weights_and_capacities", {"EndpointArn": ENDPOINT_ARN}, asked)
    assert SageMakerWeights(sagemaker[0]).shift("churn", SHIFT) == CallResult()


@pytest.mark.parametrize(
    ("code", "message", "status", "error"),
    [
        ("ValidationException", f'Cannot update in-progress endpoint "{ENDPOINT_ARN}".', 400, Busy),
        ("ValidationException", f'Could not find endpoint "{ENDPOINT_ARN}".', 400, Permanent),
        ("ValidationException", f'Could not find endpoint configuration "{ENDPOINT_ARN}-config".', 400, Permanent),
        ("ValidationException", "1 validation error detected", 400, Permanent),
        ("ResourceLimitExceeded", "The account-level service limit is 2 instances", 400, Permanent),
        ("AccessDeniedException", "not authorized to perform: sagemaker:UpdateEndpoint", 400, Permanent),
        ("ThrottlingException", "Rate exceeded", 400, Throttled),
        ("ThrottlingException", "Cannot update in-progress endpoint", 400, Throttled),
        ("NobodyEverHeardOfThis", "slowly", 429, Throttled),
        ("ExpiredTokenException", "The security token included in the request is expired", 400, Throttled),
        ("InternalFailure", "", 500, Transient),
        ("ServiceUnavailable", "", 503, Transient),
    ],
)
def test_a_refusal_says_whether_it_was_done_and_whether_to_try_later(updates, sagemaker, code, message, status, error):
    sagemaker[1].add_client_error("update_endpoint", code, message, status)
    with pytest.raises(error) as raised:
        updates.roll_back("churn", BACK, plan())
    assert type(raised.value) is error or error is Permanent
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("lost", "error"),
    [
        (ReadTimeoutError(endpoint_url=URL), Transient),
        (ConnectionClosedError(endpoint_url=URL), Transient),
        # What never left was never taken.
        (ConnectTimeoutError(endpoint_url=URL), Throttled),
        (EndpointConnectionError(endpoint_url=URL), Throttled),
    ],
)
def test_a_call_without_an_answer_is_sent_once_and_never_by_botocore_again(lost, error, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    sent = []

    def fails(request, **_):
        sent.append(request)
        raise lost

    client = acting_client("sagemaker")
    client.meta.events.register("before-send.sagemaker.UpdateEndpoint", fails)
    try:
        with pytest.raises(Transient) as raised:
            SageMakerUpdates(client).roll_back("churn", BACK, plan())
    finally:
        client.meta.events.unregister("before-send.sagemaker.UpdateEndpoint", fails)
    assert type(raised.value) is error
    assert len(sent) == 1


def test_a_conflict_that_nobody_listed_leaves_it_open_whether_it_was_done():
    def lost_a_race(**_):
        raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "Anything")

    with pytest.raises(Transient) as raised:
        mutate(lost_a_race)
    assert type(raised.value) is Transient
