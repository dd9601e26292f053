"""The ring as it is deployed: the template, the built functions, the local SageMaker, and a reader of the sent messages."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import boto3

from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.domain.statement import PROOF, Statement
from kedge.ledger.codec import IncidentHistory
from tests.support.samples import event
from workbench.cli.connection.proof import proof_of
from workbench.local_sagemaker.onboarding import monitored_endpoint, schedule_name, send
from workbench.local_stack.activity import Activity, drain
from workbench.local_stack.deploy import outputs, resources
from workbench.local_stack.environment import ACCOUNT, CREDENTIALS, REGION
from workbench.local_stack.inbox import Inbox, Message, channels
from workbench.local_stack.local_stack import LocalStack

BUCKET: Final = f"sagemaker-{REGION}-{ACCOUNT}"
DRIFTED: Final = {
    "violations": [
        {
            "feature_name": "tenure",
            "constraint_check_type": "baseline_drift_check",
            "description": "Baseline drift distance: 0.41 exceeds threshold: 0.1",
        }
    ]
}
NOTHING: Final[dict[str, Any]] = {"violations": []}
# Seconds until an awaited event counts as lost. A busy machine takes many times as long as an idle one.
PATIENCE: Final = 240.0
# Seconds that a queue hides a failed message; in an account it is minutes. The later one is for functions that must start again.
SOON, LATER = 2, 3


def alarm(endpoint: str, name: str = "slow", value: str = "ALARM", minute: int = 20) -> dict[str, Any]:
    """Return an alarm of an endpoint as EventBridge sends it."""
    sample: dict[str, Any] = event("eventbridge.alarm.alarm")
    sample["detail"] |= {"alarmName": f"{endpoint} {name}"}
    sample["resources"] = [f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{endpoint} {name}"]
    sample["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"] = {"EndpointName": endpoint}
    sample["detail"]["state"] |= {"value": value, "timestamp": f"2026-11-20T11:{minute}:04.149+0000"}
    return sample


class DeployedRing:
    """A stack with a deployed Kedge, in the words of the tests. Each test uses its own targets."""

    def __init__(self, stack: LocalStack, name: str = "kedge") -> None:
        self.stack = stack
        self.name = name
        self.outputs = outputs(stack, name)
        self.inbox = Inbox(stack, channels(self.outputs))
        self.ledger = DynamoLedger(Table(stack.client("dynamodb"), self.outputs["TableName"]))
        # The owner of a bucket may create it again in us-east-1.
        stack.client("s3").create_bucket(Bucket=BUCKET)
        self.tell_of_objects()

    def tell_of_objects(self, *, yes: bool = True) -> None:
        """Set whether the bucket of the reports sends EventBridge its new objects."""
        wanted = {"EventBridgeConfiguration": {}} if yes else {}
        self.stack.client("s3").put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=wanted)

    def monitor(self, *endpoints: str, kinds: tuple[str, ...] = ("DataQuality",), bucket: str = BUCKET) -> None:
        """Create endpoints with a monitor of each kind."""
        for endpoint in endpoints:
            send(self.stack.client("sagemaker"), monitored_endpoint(endpoint, bucket=bucket, kinds=kinds))

    def run(
        self,
        endpoint: str,
        at: datetime,
        verdict: str,
        report: Any = None,
        kind: str = "DataQuality",
        statistics: Any = None,
    ) -> str:
        """Let a monitor finish the run of an hour, and return the name of its job, empty if there was none."""
        if report is None and verdict in ("violated", "clean"):
            report = DRIFTED if verdict == "violated" else NOTHING
        name = schedule_name(endpoint, kind)
        summary = self.stack.server.control.finish_run(name, at, verdict, report=report, statistics=statistics)
        return str(summary.get("ProcessingJobArn", "")).rpartition("/")[2]

    def settle(self, seconds: float = PATIENCE) -> Activity:
        """Wait until nothing moves, then return the sent messages. Raises StillBusy."""
        at_rest = drain(self.stack, self.name, seconds=seconds)
        self.inbox.read()
        return at_rest

    def told(self, target: str) -> dict[str, list[Message]]:
        """Return the messages about a target (its name, or the beginning of it), by channel."""
        self.inbox.read()
        found: dict[str, list[Message]] = {channel: [] for channel in sorted(self.inbox.channels)}
        for message in self.inbox.messages:
            if message.attributes["target"].startswith(target):
                found[message.channel].append(message)
        return found

    def mails(self, target: str) -> list[str]:
        """Return the subjects of the mails about a target, after a check that each channel has the same messages and no duplicates."""
        told = self.told(target)
        ids = [json.loads(message.body)["id"] for channel in told.keys() - {"mail"} for message in told[channel]]
        assert [name for name, times in Counter(ids).items() if times > 1] == []
        assert {len(messages) for messages in told.values()} == {len(told["mail"])}, told
        return [message.subject for message in told["mail"]]

    def stories(self, target: str) -> list[IncidentHistory]:
        """Return the whole stories of the incidents that programs received, in order."""
        ids = dict.fromkeys(json.loads(message.body)["incident"] for message in self.told(target)["programs"])
        return [story for name in ids if (story := self.ledger.story(name))]

    def cloudwatch_says(self, event: Any) -> None:
        """Set the alarm of an event in CloudWatch, in the state of the event, with its datapoints."""
        cloudwatch, told = self.stack.client("cloudwatch"), event["detail"]
        metric = told["configuration"]["metrics"][0]["metricStat"]["metric"]
        cloudwatch.put_metric_alarm(
            AlarmName=told["alarmName"],
            Namespace=metric["namespace"],
            MetricName=metric["name"],
            Dimensions=[{"Name": key, "Value": value} for key, value in metric["dimensions"].items()],
            Statistic="Average",
            Period=300,
            EvaluationPeriods=1,
            Threshold=0.4,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
        state = told["state"]
        cloudwatch.set_alarm_state(
            AlarmName=told["alarmName"],
            StateValue=state["value"],
            StateReason=state["reason"],
            StateReasonData=state["reasonData"],
        )

    def invoke(self, event: Any) -> Any:
        """Call intake directly, and return its answer."""
        return self._invoke(event, "RequestResponse")

    def say(self, kind: str, detail: dict[str, Any], *, signed: bool = True) -> dict[str, Any]:
        """Send a person's decision to the function for people, and return its answer."""
        detail = {"id": str(uuid4()), "at": datetime.now(UTC).isoformat(), **detail}
        said: dict[str, Any] = {"source": "kedge", "detail-type": kind, "detail": detail}
        function = self.outputs["PeopleFunctionName"]
        if signed:
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
            session = boto3.Session(*CREDENTIALS.values(), region_name=REGION)
            said[PROOF] = proof_of(session, self.stack.endpoint, arn, Statement.saying(said))
        answer = self.stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps(said))
        return dict(json.loads(answer["Payload"].read()))

    def invoke_and_go(self, event: Any) -> None:
        """Call intake directly, as an alarm's action does, without waiting."""
        self._invoke(event, "Event")

    def minute(self) -> Any:
        """Run reconcile, as its schedule does once a minute, and return its answer."""
        answer = self.stack.client("lambda").invoke(FunctionName=self.outputs["ReconcileFunctionName"], Payload=b"{}")
        return json.loads(answer["Payload"].read())

    def heartbeat(self) -> None:
        """Put the event on the bus that the heartbeat's schedule puts there every 5 minutes."""
        self.stack.bus.put_event({"source": "kedge.heartbeat", "detail-type": "Kedge Heartbeat", "detail": {}})

    def letters(self, queue: str) -> list[dict[str, Any]]:
        """Remove all messages from a dead-letter queue, and return them."""
        sqs, url = self.stack.client("sqs"), self.outputs[queue]
        found: list[dict[str, Any]] = []
        while True:
            some = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
            ).get("Messages", [])
            if not some:
                return found
            for message in some:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found += some

    def redrive(self, queue: str, *letters: dict[str, Any]) -> None:
        """Send dead letters back to their queue, as an operator does after a fix."""
        for letter in letters:
            self.stack.client("sqs").send_message(QueueUrl=self.outputs[queue], MessageBody=letter["Body"])

    def until(self, wanted: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for a condition. Raises AssertionError if it does not become true."""
        limit = time.monotonic() + seconds
        while not wanted():
            assert time.monotonic() < limit, f"not within {seconds:g} s"
            time.sleep(0.1)

    @contextmanager
    def hiding_for(self, seconds: int, *queues: str) -> Iterator[None]:
        """Let queues offer a message again after a few seconds; in an account it takes minutes."""
        sqs = self.stack.client("sqs")
        urls = [self.outputs[queue] for queue in queues or ("SignalsQueueUrl", "EffectsQueueUrl")]
        before = {
            url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
            for url in urls
        }
        for url in urls:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
        try:
            yield
        finally:
            for url, attributes in before.items():
                sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    @contextmanager
    def stopped(self, function: str) -> Iterator[None]:
        """Pass no messages to a function: `RelayFunction` and its like, by logical id."""
        lambdas, name = self.stack.client("lambda"), resources(self.stack, "AWS::Lambda::Function", self.name)[function]
        (mapping,) = lambdas.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        try:
            yield
        finally:
            lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def _invoke(self, event: Any, how: str) -> Any:
        answer = self.stack.client("lambda").invoke(
            FunctionName=self.outputs["IntakeFunctionName"], Payload=json.dumps(event), InvocationType=how
        )
        body = answer["Payload"].read()
        return json.loads(body) if body else None
