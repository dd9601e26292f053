"""An AWS account in memory for the commands of models: the local SageMaker, and the parts of 6 other services.

Each client answers as boto3's does. Calls that change something are counted, and the process can crash after one.
"""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.parsers import create_parser

from kedge.domain.target import Target, TargetKind
from kedge.monitors.definitions import MonitorDefinitions
from kedge.monitors.lint import read
from kedge.policy.compiled import default_policy
from tests.fakes.dynamodb import MemoryDynamoDB
from workbench.local_sagemaker.errors import ApiError
from workbench.local_sagemaker.onboarding import monitored_endpoint
from workbench.local_sagemaker.protocol import service_model
from workbench.local_sagemaker.service import LocalSageMaker
from workbench.local_sagemaker.world import World

ACCOUNT = "111122223333"
REGION = "us-east-1"
BUCKET = f"sagemaker-{REGION}-{ACCOUNT}"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
_READS = re.compile(r"describe|list|get|head|simulate|start_configuration|query")


class Crash(BaseException):
    """The process ends between two calls."""


class MemoryAccount:
    """The account. `changes` are the calls that changed something, in order.

    The process crashes after the call with the number `crash_at`, before it knows the answer. `refused` maps an
    operation such as `sns.subscribe` to the code and message of its refusal.
    """

    def __init__(self) -> None:
        self.world = World(clock=lambda: NOW, account=ACCOUNT, region=REGION)
        self.service = LocalSageMaker(self.world)
        self.changes: list[str] = []
        self.crash_at: int | None = None
        self.refused: dict[str, tuple[str, str]] = {}
        self.objects: dict[str, bytes] = {}
        self.alarms: dict[str, dict[str, Any]] = {}
        self.alarm_states: list[tuple[str, str]] = []
        self.metrics: list[dict[str, Any]] = []
        self.subscriptions: list[dict[str, Any]] = []
        self.documents: list[bytes] = []
        self.deployed: bytes | None = None
        self.decision = "allowed"
        self.sleeps = False
        self._clients: dict[str, Any] = {
            "sagemaker": SageMaker(self.service),
            "cloudwatch": CloudWatch(self),
            "sns": Sns(self),
            "s3": S3(self),
            "appconfig": AppConfig(self),
            "appconfigdata": AppConfigData(self),
            "iam": Iam(self),
            "dynamodb": MemoryDynamoDB(),
        }

    def client(self, service: str) -> Any:
        return _Client(self, service, self._clients[service])

    def make(self, *names: str, captures: bool = False, traffic: bool = True) -> None:
        """Make endpoints, with metrics of 200 hours if they have traffic."""
        for name in names:
            for operation, parameters in monitored_endpoint(name, bucket=BUCKET, kinds=(), captures=captures):
                self.service.call(operation, parameters)
            if traffic:
                self.serve(name)

    def serve(self, name: str) -> None:
        where = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}]
        metrics = {
            "AWS/SageMaker": ("Invocations", "ModelLatency", "Invocation4XXErrors", "Invocation5XXErrors"),
            "/aws/sagemaker/Endpoints": ("CPUUtilization", "DiskUtilization"),
        }
        for namespace, names in metrics.items():
            self.metrics += [{"Namespace": namespace, "MetricName": each, "Dimensions": where} for each in names]

    def snapshot(self) -> str:
        """Return everything that is there, without times, so that two ways to it can be compared."""
        world = self.world
        there = {
            "endpoints": {name: each["EndpointConfigName"] for name, each in world.endpoints.items()},
            "configs": sorted(world.endpoint_configs),
            "definitions": {kind: sorted(store) for kind, store in world.job_definitions.items() if store},
            "schedules": sorted(world.schedules),
            "tags": {arn: tags for arn, tags in world.tags.items() if tags},
            "alarms": self.alarms,
            "objects": {key: sha256(body).hexdigest() for key, body in self.objects.items()},
            "mails": sorted(each["Endpoint"] for each in self.subscriptions),
            "monitors": (self.deployed or b"").decode(),
        }
        return json.dumps(there, sort_keys=True, default=str, indent=1)


class MemoryModelStack:
    """A stack named kedge in the account, in the place of DeployedStack."""

    name = "kedge"

    def __init__(self, account: MemoryAccount, arn: str = f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops/me") -> None:
        self.account = account
        self.arn = arn
        self.policy = default_policy()
        self.monitors = MonitorDefinitions()
        self.parameters: dict[str, str] = {}
        topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:kedge"
        self.outputs = {
            "AlarmsTopicArn": f"{topic}-alarms",
            "PeopleTopicArn": f"{topic}-people",
            "TableName": "kedge",
            "PolicyApplicationId": "abc1234",
            "PolicyEnvironmentId": "def5678",
            "MonitorsProfileId": "bcd2345",
            "PolicyStrategyId": "cde3456",
        }

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def endpoint(self, name: str) -> Target:
        return Target(account=ACCOUNT, region=REGION, kind=TargetKind.ENDPOINT, name=name)


class _Client:
    """A client of one service that counts and interrupts calls."""

    def __init__(self, account: MemoryAccount, service: str, inner: Any) -> None:
        self._account, self._service, self._inner = account, service, inner

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            account, key = self._account, f"{self._service}.{name}"
            if key in account.refused:
                code, message = account.refused[key]
                raise _error(code, message, name)
            if _READS.match(name):
                return getattr(self._inner, name)(**request)
            account.changes.append(key)
            strikes = account.crash_at == len(account.changes)
            answer = getattr(self._inner, name)(**request)
            if strikes:
                raise Crash(key)
            return answer

        return call

    @property
    def meta(self) -> Any:
        return SimpleNamespace(service_model=service_model(self._service))

    def get_paginator(self, name: str) -> "_Pages":
        return _Pages(getattr(self, name))


class _Pages:
    def __init__(self, call: Any) -> None:
        self._call = call

    def paginate(self, **request: Any) -> Iterator[Any]:
        token: dict[str, str] = {}
        while True:
            page = self._call(**request, **token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}


def _error(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class SageMaker:
    """The local SageMaker without sockets; botocore's parser reads its answers."""

    def __init__(self, service: LocalSageMaker) -> None:
        self._service = service
        self._operations = {xform_name(name): name for name in service_model().operation_names}

    def __getattr__(self, name: str) -> Any:
        operation = self._operations[name]

        def call(**request: Any) -> Any:
            try:
                answer = self._service.call(operation, json.loads(json.dumps(request)))
            except ApiError as error:
                raise _error(error.code, error.message, operation) from error
            body = {"body": json.dumps(answer).encode(), "headers": {}, "status_code": 200}
            return create_parser("json").parse(body, service_model().operation_model(operation).output_shape)

        return call


class CloudWatch:
    def __init__(self, account: MemoryAccount) -> None:
        self._account = account

    def list_metrics(self, Namespace: str, Dimensions: list[dict[str, str]]) -> Any:  # noqa: N803
        found = [each for each in self._account.metrics if each["Namespace"] == Namespace]
        return {"Metrics": [each for each in found if Dimensions[0] in each["Dimensions"]]}

    def get_metric_statistics(self, **request: Any) -> Any:
        value = {"Invocations": 1200.0, "ModelLatency": 42_000.0, "CPUUtilization": 55.0}
        found = value.get(request["MetricName"], 0.0)
        hours = [hour for hour in range(1, 201) if not (self._account.sleeps and hour % 24 < 8)]
        times = [request["EndTime"] - timedelta(hours=hour) for hour in hours]
        return {"Datapoints": [{"Timestamp": at, "Average": found, "Sum": found} for at in times]}

    def describe_alarms(self, AlarmTypes: list[str]) -> Any:  # noqa: N803
        return {
            "MetricAlarms": [{k: v for k, v in each.items() if k != "Tags"} for each in self._account.alarms.values()]
        }

    def list_tags_for_resource(self, ResourceARN: str) -> Any:  # noqa: N803
        return {"Tags": self._account.alarms[ResourceARN.rpartition(":")[2]].get("Tags", [])}

    def put_metric_alarm(self, **request: Any) -> None:
        name = request["AlarmName"]
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
        self._account.alarms[name] = request | {"AlarmArn": arn, "StateValue": "INSUFFICIENT_DATA"}

    def set_alarm_state(self, AlarmName: str, StateValue: str, StateReason: str) -> None:  # noqa: N803
        self._account.alarm_states.append((AlarmName, StateValue))

    def delete_alarms(self, AlarmNames: list[str]) -> None:  # noqa: N803
        for name in AlarmNames:
            self._account.alarms.pop(name, None)


class Sns:
    def __init__(self, account: MemoryAccount) -> None:
        self._account = account

    def list_subscriptions_by_topic(self, TopicArn: str) -> Any:  # noqa: N803
        return {"Subscriptions": [each for each in self._account.subscriptions if each["TopicArn"] == TopicArn]}

    def subscribe(self, **request: Any) -> Any:
        known = [each for each in self._account.subscriptions if each["Endpoint"] == request["Endpoint"]]
        if not known:
            self._account.subscriptions.append(request | {"SubscriptionArn": "PendingConfirmation"})
        return {"SubscriptionArn": "pending confirmation"}


class S3:
    def __init__(self, account: MemoryAccount) -> None:
        self._account = account

    def head_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        self._body(Bucket, Key, "404")
        return {"LastModified": NOW}

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        return {"Body": io.BytesIO(self._body(Bucket, Key, "NoSuchKey"))}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
        self._account.objects[f"{Bucket}/{Key}"] = Body

    def list_objects_v2(self, Bucket: str, Prefix: str, MaxKeys: int = 1000) -> Any:  # noqa: N803
        keys = sorted(key for key in self._account.objects if key.startswith(f"{Bucket}/{Prefix}"))[:MaxKeys]
        objects = self._account.objects
        return {"Contents": [{"Key": key.partition("/")[2], "Size": len(objects[key])} for key in keys]}

    def _body(self, bucket: str, key: str, code: str) -> bytes:
        found = self._account.objects.get(f"{bucket}/{key}")
        if found is None:
            raise _error(code, "Not Found", "HeadObject")
        return found


class AppConfig:
    """Hosted versions and their deployments; the validator is the one of `kedge monitor push`."""

    def __init__(self, account: MemoryAccount) -> None:
        self._account = account

    def list_hosted_configuration_versions(self, **_where: Any) -> Any:
        return {"Items": []}

    def create_hosted_configuration_version(self, Content: bytes, **_where: Any) -> Any:  # noqa: N803
        self._account.documents.append(Content)
        return {"VersionNumber": len(self._account.documents)}

    def start_deployment(self, ConfigurationVersion: str, **_where: Any) -> Any:  # noqa: N803
        content = self._account.documents[int(ConfigurationVersion) - 1]
        faults = read(content, "monitors.yaml").faults
        if faults:
            raise _error("BadRequestException", "; ".join(map(str, faults)), "StartDeployment")
        self._account.deployed = content
        return {"DeploymentNumber": 1}

    def get_deployment(self, **_where: Any) -> Any:
        return {"State": "COMPLETE"}


class AppConfigData:
    def __init__(self, account: MemoryAccount) -> None:
        self._account = account

    def start_configuration_session(self, **_where: Any) -> Any:
        return {"InitialConfigurationToken": "token"}

    def get_latest_configuration(self, ConfigurationToken: str) -> Any:  # noqa: N803
        if self._account.deployed is None:
            raise _error("ResourceNotFoundException", "no deployment", "GetLatestConfiguration")
        return {"Configuration": io.BytesIO(self._account.deployed), "NextPollConfigurationToken": "next"}


class Iam:
    def __init__(self, account: MemoryAccount) -> None:
        self._account = account

    def simulate_principal_policy(self, ActionNames: list[str], **_where: Any) -> Any:  # noqa: N803
        decided = [{"EvalActionName": each, "EvalDecision": self._account.decision} for each in ActionNames]
        return {"EvaluationResults": decided}
