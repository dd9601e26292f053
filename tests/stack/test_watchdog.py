"""The faults of monitoring itself, planted in one account: each is found in a pass of watch, and is over after its fix."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.table import Table
from kedge.domain.incident import Incident
from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from kedge.ledger.items import ItemKind
from tests.stack.deployed_ring import BUCKET, DeployedRing
from workbench.local_sagemaker.onboarding import monitored_endpoint, next_config, schedule_name, send
from workbench.local_stack.environment import ACCOUNT, REGION

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)
# The planted fault of each endpoint, by the check that finds it.
FAULTS = {
    "watch-off": "capture_off_check",
    "watch-lost": "capture_lost_check",
    "watch-sampled": "capture_sampling_check",
    "watch-empty": "capture_empty_check",
    "watch-unmonitored": "capture_unmonitored_check",
    "watch-aged": "baseline_age_check",
    "watch-columns": "baseline_columns_check",
    "watch-labels": "labels_late_check",
    "watch-broken": "never_worked_check",
    "watch-merges": "merge_failed_check",
    "watch-alarm": "alarm_dimensions_check",
    "watch-silent": "alarm_no_data_check",
}
WELL = "watch-well"
ALONE = "watch-alone"
PAGER = "https://127.0.0.1:9/pager"
METRICS = "aws/sagemaker/Endpoints/data-metrics"


class Account:
    """The account with the planted faults."""

    def __init__(self, ring: DeployedRing) -> None:
        self.ring = ring
        self.sagemaker = ring.stack.client("sagemaker")
        self.s3 = ring.stack.client("s3")
        self.cloudwatch = ring.stack.client("cloudwatch")
        self.control = ring.stack.server.control
        self.progress = DynamoStoredDocument(
            Table(ring.stack.client("dynamodb"), ring.outputs["TableName"]), ItemKind.WATCH, "WATCHDOG"
        )

    def endpoint(self, name: str, *kinds: str, capture: int | None = 100, days: float = 2) -> None:
        """Create an endpoint of some age with monitors of these kinds. `capture` is in percent, None for none."""
        for operation, parameters in monitored_endpoint(name, bucket=BUCKET, kinds=kinds):
            if operation == "CreateEndpointConfig":
                send(self.sagemaker, [(operation, captured(parameters, capture))])
            elif operation.endswith("JobDefinition"):
                send(self.sagemaker, [(operation, with_baseline(operation, parameters, name))])
            else:
                send(self.sagemaker, [(operation, parameters)])
        self.control.backdate(days, endpoint=name, config=f"{name}-1", model=name)
        self.baseline(name, "age", "prediction")

    def baseline(self, name: str, *columns: str) -> None:
        """Write the constraints of an endpoint's baseline."""
        body = json.dumps({"version": 0.0, "features": [{"name": column} for column in columns]})
        self.s3.put_object(Bucket=BUCKET, Key=f"baseline/{name}/constraints.json", Body=body.encode())

    def requests(self, name: str, many: int) -> None:
        """Count requests to an endpoint in the last hours."""
        dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}]
        at = NOW - 2 * HOUR
        datum = {"MetricName": "Invocations", "Dimensions": dimensions, "Timestamp": at, "Value": many, "Unit": "None"}
        self.cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])

    def captured(self, name: str) -> None:
        """Write a captured object of the current hour."""
        key = f"capture/{name}/AllTraffic/{datetime.now(UTC):%Y/%m/%d/%H}/05-00-000-a.jsonl"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")

    def new_config(self, name: str, number: int, capture: int | None) -> None:
        """Deploy another config of an endpoint."""
        call = next(each for each in monitored_endpoint(name, bucket=BUCKET) if each[0] == "CreateEndpointConfig")
        config = f"{name}-{number}"
        send(self.sagemaker, [(call[0], captured(call[1], capture) | {"EndpointConfigName": config})])
        self.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
        self.ring.until(lambda: self.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService")

    def runs(self, name: str, verdict: str, kind: str = "DataQuality", hours: int = 3, **more: Any) -> None:
        """Let a monitor finish the runs of some hours before the newest one, and this one if it is 0."""
        for back in range(hours, 0, -1) or [0]:
            self.control.finish_run(schedule_name(name, kind), NOW - back * HOUR, verdict, **more)

    def alarm(self, name: str, namespace: str, **dimensions: str) -> None:
        """Set an alarm on a metric."""
        self.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace=namespace,
            MetricName="feature_baseline_drift_age",
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Statistic="Average",
            Period=3600,
            EvaluationPeriods=1,
            Threshold=0.4,
            ComparisonOperator="GreaterThanThreshold",
        )

    def measure(self, name: str) -> None:
        """Publish the drift of an endpoint's feature, as its monitor does."""
        dimensions = [{"Name": "Endpoint", "Value": name}, {"Name": "MonitoringSchedule", "Value": f"{name}-dq"}]
        datum = {
            "MetricName": "feature_baseline_drift_age",
            "Dimensions": dimensions,
            "Value": 0.1,
            "Timestamp": NOW - 30 * HOUR,
        }
        self.cloudwatch.put_metric_data(Namespace=METRICS, MetricData=[datum])

    def look(self, *, hours: int = 1) -> dict[str, Any]:
        """Run a pass of watch, some hours after the last one, and return its answer when the ring is at rest."""
        text, version = self.progress.load()
        if text is not None:
            state = json.loads(text)
            state["hour"] = (datetime.fromisoformat(state["hour"]) - hours * HOUR).isoformat()
            self.progress.keep(json.dumps(state), version)
        answer = self.ring.stack.client("lambda").invoke(
            FunctionName=self.ring.outputs["WatchFunctionName"], Payload=b"{}"
        )
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        self.ring.settle()
        return dict(said)

    def incident(self, name: str, kind: TargetKind = TargetKind.ENDPOINT) -> Incident | None:
        """Return the incident about the monitoring of a target."""
        target = Target(account=ACCOUNT, region=REGION, kind=kind, name=name)
        return self.ring.ledger.load(target, Monitor.WATCH)[0].incident

    def checks(self, name: str, kind: TargetKind = TargetKind.ENDPOINT) -> set[str]:
        """Return the checks of the open incident about the monitoring of a target."""
        incident = self.incident(name, kind)
        return set(incident.problem.checks) if incident is not None and incident.is_open else set()


def captured(config: dict[str, Any], capture: int | None) -> dict[str, Any]:
    """Return a config with another share of captured requests."""
    if capture is None:
        return {key: value for key, value in config.items() if key != "DataCaptureConfig"}
    return config | {"DataCaptureConfig": config["DataCaptureConfig"] | {"InitialSamplingPercentage": capture}}


def with_baseline(operation: str, definition: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a job definition with the constraints of an endpoint's baseline."""
    kind = operation.removeprefix("Create").removesuffix("JobDefinition")
    constraints = {"S3Uri": f"s3://{BUCKET}/baseline/{name}/constraints.json"}
    return definition | {f"{kind}BaselineConfig": {"ConstraintsResource": constraints}}


@pytest.fixture(scope="module")
def account(ring: DeployedRing) -> Iterator[Account]:
    """Return the account with all faults, after a pass of watch. SageMaker's own events are lost."""
    account = Account(ring)
    ring.stack.send_events_to(lambda event: None)
    account.endpoint("watch-off", "DataQuality", capture=None)
    account.endpoint("watch-lost", "DataQuality")
    account.endpoint("watch-sampled", "DataQuality", capture=1)
    account.endpoint("watch-empty", "DataQuality")
    account.endpoint("watch-unmonitored")
    account.endpoint("watch-aged", "DataQuality", days=-3)
    account.endpoint("watch-columns", "DataQuality")
    account.endpoint("watch-labels", "ModelQuality", "ModelBias", "ModelExplainability")
    account.endpoint("watch-broken", "DataQuality")
    account.endpoint("watch-merges", "ModelQuality")
    account.endpoint("watch-alarm", "DataQuality")
    account.endpoint("watch-silent", "DataQuality")
    account.endpoint(WELL, "DataQuality")
    account.endpoint(ALONE, capture=None)
    account.new_config("watch-lost", 2, None)
    for name in ("watch-sampled", "watch-empty", WELL):
        account.requests(name, 2_400)
    account.captured("watch-sampled")
    account.captured(WELL)
    seen = {"features": [{"name": "age"}, {"name": "plan"}, {"name": "prediction"}]}
    account.runs("watch-columns", "clean", hours=1, statistics=seen)
    account.runs("watch-broken", "failed", failure_reason="AlgorithmError: See job logs, exit code: 137")
    account.runs("watch-merges", "merge_failed", "ModelQuality")
    account.alarm("watch-alarm drift", "/aws/sagemaker/Endpoints/data-metric", EndpointName="watch-alarm")
    account.measure("watch-silent")
    account.alarm("watch-silent drift", METRICS, Endpoint="watch-silent", MonitoringSchedule="watch-silent-dq")
    assert ring.stack.ask("older_alarm", alarm="watch-silent drift", hours="48") == {"alarms": 1}
    # MiniStack sends its request for confirmation to a port where nothing listens.
    ring.stack.client("sns").subscribe(TopicArn=ring.outputs["PeopleTopicArn"], Protocol="https", Endpoint=PAGER)
    account.look()
    yield account
    ring.stack.send_events_to(ring.stack.bus.put_event)
    ring.stack.mend()


@pytest.mark.parametrize(("endpoint", "check"), FAULTS.items())
def test_a_planted_fault_is_an_incident_of_the_cause_monitor_fault(account: Account, endpoint: str, check: str):
    assert check in account.checks(endpoint)
    incident = account.incident(endpoint)
    assert (incident.cause, incident.severity, incident.remedy) == ("monitor_fault", "warning", None)


def test_a_message_names_the_evidence_and_the_fix(account: Account):
    (mail,) = account.ring.told("watch-lost")["mail"]
    assert mail.subject == "[WARNING] watch-lost: data capture lost in a deployment (FIRING)"
    assert "config watch-lost-1 before it" in " ".join(mail.body.split())
    assert "kedge model onboard watch-lost" in " ".join(mail.body.split())


def test_a_failed_run_has_the_check_and_the_next_step_of_its_text(account: Account):
    messages = [json.loads(each.body) for each in account.ring.told("watch-broken")["programs"]]
    (run,) = [each for each in messages if each["monitor"] == "DataQuality"]
    assert run["evidence"]["check"] == "run_memory_check"
    assert "larger instance type" in run["next_step"]


def test_endpoints_without_a_monitor_and_an_alarm_are_one_digest(account: Account):
    assert account.checks("unwatched-endpoints", TargetKind.ACCOUNT) == {"unwatched_endpoint_check"}
    (mail,) = account.ring.told("unwatched-endpoints")["mail"]
    assert ALONE in mail.body
    assert WELL not in mail.body
    assert account.checks(ALONE) == set()


def test_a_subscription_that_nobody_confirmed_is_a_fault_of_the_account(account: Account):
    incident = account.incident("monitoring", TargetKind.ACCOUNT)
    assert [each.check for each in incident.problem.worst] == ["subscription_check"]
    assert "pager" not in incident.problem.worst[0].said


def test_an_endpoint_that_is_monitored_well_has_no_incident(account: Account):
    assert account.checks(WELL) == set()


def test_a_pass_without_a_change_sends_nothing(account: Account):
    assert account.look()["sent"] == 0


def test_a_refused_read_is_a_fault_that_names_the_permission_and_hides_no_other(account: Account):
    account.ring.stack.ask(
        "fault",
        function=account.ring.outputs["WatchFunctionName"],
        action="sns:ListSubscriptionsByTopic",
        code="AccessDenied",
        times="5",
    )
    account.look()
    account.ring.stack.mend()
    incident = account.incident("monitoring", TargetKind.ACCOUNT)
    assert any(each.check == "watch_permission_check" for each in incident.problem.worst)
    assert account.checks("watch-off") == {"capture_off_check"}
    account.look()
    assert "watch_permission_check" not in account.checks("monitoring", TargetKind.ACCOUNT)


@pytest.fixture(scope="module")
def fixed(account: Account) -> Account:
    """Return the account after a fix of each fault, and a pass of watch."""
    for name in ("watch-off", "watch-sampled"):
        account.new_config(name, 2, 100)
    account.new_config("watch-lost", 3, 100)
    account.captured("watch-empty")
    monitors = list(monitored_endpoint("watch-unmonitored", bucket=BUCKET, kinds=("DataQuality",)))[3:]
    send(account.sagemaker, monitors)
    send(account.sagemaker, next_config("watch-aged", 2, bucket=BUCKET))
    account.sagemaker.update_endpoint(EndpointName="watch-aged", EndpointConfigName="watch-aged-2")
    account.baseline("watch-columns", "age", "plan", "prediction")
    label = f"ground-truth/{datetime.now(UTC):%Y/%m/%d/%H}/labels.jsonl"
    account.s3.put_object(Bucket=BUCKET, Key=label, Body=b"{}")
    account.runs("watch-broken", "clean", hours=0)
    account.runs("watch-merges", "clean", "ModelQuality", hours=0)
    account.cloudwatch.delete_alarms(AlarmNames=["watch-alarm drift"])
    account.cloudwatch.set_alarm_state(AlarmName="watch-silent drift", StateValue="OK", StateReason="a datapoint")
    account.alarm(f"{ALONE} requests", "AWS/SageMaker", EndpointName=ALONE, VariantName="AllTraffic")
    account.look()
    return account


@pytest.mark.parametrize("endpoint", FAULTS)
def test_a_fixed_fault_ends_its_incident(fixed: Account, endpoint: str):
    assert fixed.checks(endpoint) == set()
    assert fixed.incident(endpoint).state == "resolved"


def test_the_digest_ends_when_each_endpoint_has_a_monitor_or_an_alarm(fixed: Account):
    assert fixed.incident("unwatched-endpoints", TargetKind.ACCOUNT).state == "resolved"


def test_the_faults_of_the_account_end_with_the_last_of_them(fixed: Account):
    assert fixed.checks("monitoring", TargetKind.ACCOUNT) == {"subscription_check"}
    sns = fixed.ring.stack.client("sns")
    (pager,) = [each for each in sns.list_subscriptions()["Subscriptions"] if each["Endpoint"] == PAGER]
    sns.unsubscribe(SubscriptionArn=pager["SubscriptionArn"])
    fixed.look()
    assert fixed.incident("monitoring", TargetKind.ACCOUNT).state == "resolved"
