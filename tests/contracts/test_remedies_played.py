"""Kedge's own adapters of remedies against the local SageMaker: over HTTP, with boto3's clients, as in AWS."""

import contextlib
from datetime import UTC, datetime

import boto3
import pytest
from botocore.config import Config

from kedge.adapters.executions import StarterReader
from kedge.adapters.launchers import ResourceStarter
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.model_registry import SageMakerPackages
from kedge.adapters.sagemaker.updates import SageMakerUpdates
from kedge.adapters.sagemaker.weights import SageMakerWeights
from kedge.domain.errors import Busy, Permanent, Throttled, Transient
from kedge.domain.plan import Plan, RollBack, Routing, ShiftTraffic, Strategy
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target, TargetKind
from tests.fakes.reading import FakeObjects
from workbench.local_sagemaker.onboarding import (
    PARAMETERS,
    monitored_endpoint,
    next_config,
    registered,
    retraining,
    send,
)
from workbench.local_sagemaker.protocol import SERVICES, service_model
from workbench.local_sagemaker.server import SageMakerServer
from workbench.local_sagemaker.service import LocalSageMaker
from workbench.local_sagemaker.world import World

pytestmark = pytest.mark.stack

TARGET = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="churn")
BACK = RollBack(from_config="churn-2", to_config="churn-1", since=datetime(2026, 11, 20, 12, tzinfo=UTC))
PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn"
DIGEST = "d" * 64


class Played:
    """A local SageMaker that runs churn with churn-2 and can return to churn-1, and the ports that Kedge needs for it."""

    def __init__(self, server, objects, clients):
        self.control, self.world = server.control, server.service.world
        self.sagemaker, self.scaling, self.code = (clients[name] for name in SERVICES)
        self.endpoints = SageMakerEndpoints(self.sagemaker, self.scaling)
        self.updates, self.weights = SageMakerUpdates(self.sagemaker), SageMakerWeights(self.sagemaker)
        self.starts, self.starters = ResourceStarter(clients.__getitem__), StarterReader(clients.__getitem__)
        self.packages = SageMakerPackages(self.sagemaker, FakeObjects(objects))

    def roll_back(self, strategy=None):
        plan = Plan(
            target=TARGET,
            incident="i-1",
            remedy=RemedyName.ROLL_BACK,
            doing=BACK,
            sentence="Take churn back to churn-1.",
            strategy=strategy,
        )
        self.updates.roll_back("churn", BACK, plan)

    def now(self):
        return self.endpoints.endpoint("churn")


@pytest.fixture
def played():
    objects = {"s3://models/churn/1/evaluation.json": b'{"f1": 0.8}'}

    def put(bucket, key, body):
        objects[f"s3://{bucket}/{key}"] = body

    with SageMakerServer(LocalSageMaker(World(put_object=put))) as server, contextlib.ExitStack() as open_clients:
        config = Config(retries={"total_max_attempts": 1}, read_timeout=2)
        # Without this, the first call of each client would wait for its service's description.
        for name in SERVICES:
            service_model(name)
        made = {name: boto3.client(name, "us-east-1", endpoint_url=server.url, config=config) for name in SERVICES}
        for client in made.values():
            open_clients.enter_context(contextlib.closing(client))
        place = "s3://models/churn/1"
        send(
            made["sagemaker"],
            registered("churn", artifact=f"{place}/model.tar.gz", evaluation=f"{place}/evaluation.json"),
        )
        send(made["sagemaker"], monitored_endpoint("churn", bucket="reports", kinds=[], package=f"{PACKAGE}/1"))
        send(made["sagemaker"], next_config("churn", 2, bucket="reports", artifact="s3://models/churn/2.tar.gz"))
        made["sagemaker"].update_endpoint(EndpointName="churn", EndpointConfigName="churn-2")
        send(made["sagemaker"], retraining("churn", group="churn"))
        yield Played(server, objects, made)


def scaled_to(played, instances):
    played.scaling.register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/churn/variant/AllTraffic",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=20,
    )
    played.control.scale_endpoint("churn", "AllTraffic", instances)


def test_what_a_rollback_needs_to_know_can_be_read(played):
    scaled_to(played, 20)
    now, config = played.now(), played.endpoints.config("churn-1")
    assert (now.status, now.config, now.variants[0].count, now.capture) == ("InService", "churn-2", 20, True)
    assert (config.variants[0].model, config.variants[0].count, config.capture) == ("churn", 2, True)
    assert played.endpoints.scaled("churn", ("AllTraffic", "other")) == ("AllTraffic",)
    assert played.endpoints.model("churn").packages == (f"{PACKAGE}/1",)
    assert played.endpoints.model("churn-2").artifacts == ("s3://models/churn/2.tar.gz",)
    played.control.delete_config("churn-1")
    played.sagemaker.delete_model(ModelName="churn")
    assert played.endpoints.config("churn-1") is played.endpoints.model("churn") is None
    assert played.endpoints.endpoint("nobodys") is None


def test_a_rollback_by_canary_keeps_the_scaled_fleet_and_is_busy_meanwhile(played):
    scaled_to(played, 20)
    played.control.next_update("churn", "succeeded", seconds=1)
    played.roll_back(Strategy(routing=Routing.CANARY, canary_instances=1, wait_seconds=300))
    assert (played.now().status, played.now().config, played.now().coming) == ("Updating", "churn-2", "churn-1")
    with pytest.raises(Busy):
        played.roll_back()
    with pytest.raises(Busy):
        played.weights.shift("churn", ShiftTraffic(config="churn-2", away_from="x", before={}, after={"AllTraffic": 1}))
    played.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="churn", WaiterConfig={"Delay": 1})
    assert (played.now().config, played.now().variants[0].count) == ("churn-1", 20)


def test_a_rollback_that_sagemaker_gives_up_leaves_the_sick_config_in_service(played):
    played.control.next_update("churn", "rolled_back", reason="no capacity")
    played.roll_back()
    assert (played.now().status, played.now().config, played.now().failure) == ("InService", "churn-2", "no capacity")


@pytest.mark.parametrize("gone", ["churn-1", "churn-2"])
def test_a_rollback_without_either_config_is_refused_for_good(played, gone):
    played.control.delete_config(gone)
    with pytest.raises(Permanent, match="Could not find endpoint configuration"):
        played.roll_back()


@pytest.mark.parametrize(
    ("kind", "more", "error", "done"),
    [
        ("throttle", {}, Throttled, False),
        ("deny", {}, Permanent, False),
        ("time_out", {"seconds": 2.5}, Transient, False),
        ("fail", {}, Transient, False),
        ("silent_success", {}, Transient, True),
        ("silent_success", {"seconds": 2.5}, Transient, True),
        ("fail_afterwards", {}, Transient, True),
    ],
)
def test_a_rollback_whose_call_goes_wrong_says_whether_it_may_have_arrived(played, kind, more, error, done):
    played.control.add_fault("UpdateEndpoint", kind, **more)
    with pytest.raises(error):
        played.roll_back()
    assert (played.now().config == "churn-1") is done


def test_traffic_is_taken_from_one_variant_and_counts_stay(played):
    (one,) = played.sagemaker.describe_endpoint_config(EndpointConfigName="churn-1")["ProductionVariants"]
    both = [one | {"VariantName": name, "InitialVariantWeight": 0.5} for name in ("blue", "green")]
    played.sagemaker.create_endpoint_config(EndpointConfigName="both", ProductionVariants=both)
    played.sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="both")
    after = {"blue": 1.0, "green": 0.0}
    shift = ShiftTraffic(config="both", away_from="green", before={"blue": 0.5, "green": 0.5}, after=after)
    played.weights.shift("churn", shift)
    assert {variant.name: (variant.weight, variant.count) for variant in played.now().variants} == {
        "blue": (1.0, 2),
        "green": (0.0, 2),
    }


def test_a_pipeline_that_kedge_starts_twice_trains_once_and_makes_a_better_version(played):
    using = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-retrain"
    assert played.starters.parameters(using) == PARAMETERS
    evaluation = {"binary_classification_metrics": {"f1": {"value": 0.9, "standard_deviation": "NaN"}}}
    played.control.take_time(60)
    played.control.next_execution("churn-retrain", "succeeded", output="s3://models/churn", evaluation=evaluation)
    played.control.add_fault("StartPipelineExecution", "silent_success")
    with pytest.raises(Transient):
        played.starts.start(using, {"Incident": "7"}, DIGEST)
    execution = played.starts.start(using, {"Incident": "7"}, DIGEST).started
    assert played.starters.running(using) == (execution,)
    assert played.starters.execution(execution).status == "Executing"
    assert played.packages.made_by(execution, (f"{PACKAGE}/1",)) is None
    played.world.clock = lambda: datetime(2099, 1, 1, tzinfo=UTC)
    assert played.starters.execution(execution).status == "Succeeded"
    assert played.starters.running(using) == ()
    made = played.packages.made_by(execution, (f"{PACKAGE}/1",))
    assert (made.arn, made.approval, made.metrics) == (f"{PACKAGE}/2", "PendingManualApproval", {"f1": 0.9})
    assert played.packages.package(f"{PACKAGE}/1").metrics == {"f1": 0.8}


def test_a_parameter_that_the_pipeline_does_not_take_is_refused_for_good(played):
    using = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-retrain"
    with pytest.raises(Permanent, match="Mood"):
        played.starts.start(using, {"Mood": "7"}, DIGEST)
    assert played.starters.running(using) == ()


def test_a_code_pipeline_that_kedge_starts_twice_runs_once_and_is_followed_to_its_end(played):
    kind = {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}
    stages = [{"name": "Source", "actions": [{"name": "source", "actionTypeId": kind}]}]
    role, variables = "arn:aws:iam::111122223333:role/code", [{"name": "incident"}]
    wanted = {"name": "Train", "roleArn": role, "stages": stages, "variables": variables}
    played.code.create_pipeline(pipeline=wanted)
    using = "arn:aws:codepipeline:us-east-1:111122223333:Train"
    execution = played.starts.start(using, {"incident": "7"}, DIGEST).started
    assert played.starts.start(using, {"incident": "7"}, DIGEST).started == execution
    assert played.starters.running(using) == (execution,)
    played.control.finish_code_execution("Train", execution.rpartition("/")[2], "Failed", "tests failed")
    ended = played.starters.execution(execution)
    assert (ended.status, ended.failure, played.starters.running(using)) == ("Failed", "tests failed", ())
