"""Where the demo plays: the application as deployed, two monitored endpoints, an alarm, and somebody who reads the mail."""

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from workbench.demo.evidence import statistics
from workbench.deployed.event import event_of
from workbench.sagemaker.onboarding import monitored_endpoint, schedule_name, send
from workbench.stack.activity import drain, look
from workbench.stack.deploy import outputs
from workbench.stack.environment import ACCOUNT, REGION
from workbench.stack.inbox import Inbox, Message
from workbench.stack.local_stack import LocalStack

BUCKET: Final = f"sagemaker-{REGION}-{ACCOUNT}"
CHURN: Final = "churn-prod"
FRAUD: Final = "fraud-prod"
RANKING: Final = "ranking-prod"
PRICES: Final = ("price-de", "price-fr", "price-it")
ALARM: Final = "churn-prod-latency"

# Seconds. A busy laptop takes its time to start ten functions at once; but in this story no call fails, so a function that
# did is broken, and would be tried again for minutes.
_PATIENCE: Final = 180.0
_AFTER_A_COMPLAINT: Final = 10.0


# The default policy's group_interval, and a second for clocks that differ.
_GROUP_INTERVAL: Final = timedelta(seconds=61)


class NobodyListened(Exception):
    """A person could not decide, because of what the application did or did not do."""


@dataclass
class Stage:
    """The set. `now` is the hour that plays; `jobs` remembers the last job of each schedule."""

    stack: LocalStack
    inbox: Inbox
    now: datetime
    jobs: dict[str, str] = field(default_factory=dict)

    def run(
        self, endpoint: str, kind: str, verdict: str, report: object = None, records: int = 4_200, **more: str
    ) -> None:
        """Let a monitor of an endpoint finish its run of this hour."""
        name = schedule_name(endpoint, kind)
        summary = self.stack.server.control.finish_run(
            name,
            self.now,
            verdict,
            report=report,  # type: ignore[arg-type]  # a document
            statistics=statistics(records) if report is not None else None,
            **more,
        )
        self.jobs[name] = str(summary.get("ProcessingJobArn", "")).rsplit("/", 1)[-1]

    def send_again(self, endpoint: str, kind: str, times: int) -> None:
        """Let SageMaker send the last event of a monitor again, as it may."""
        self.stack.server.control.send_again(self.jobs[schedule_name(endpoint, kind)], times)

    def alarm(self, state: str, reason: str) -> None:
        """Let the latency alarm change colour."""
        self.stack.client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue=state, StateReason=reason)

    def an_hour_later(self) -> None:
        """Turn the clock of the story."""
        self.now += timedelta(hours=1)

    def person(self, kind: str, **detail: object) -> None:
        """Let a person decide something, as `kedge incident` and `kedge silence` do. Raises NobodyListened."""
        event = event_of(kind, detail, ACCOUNT, REGION, datetime.now(UTC))
        answer = self.stack.client("lambda").invoke(
            FunctionName=outputs(self.stack)["IntakeFunctionName"], Payload=json.dumps(event).encode()
        )
        if answer.get("FunctionError"):
            raise NobodyListened(f"{kind}: {answer['Payload'].read().decode(errors='replace')}")

    def last_told(self, endpoint: str, monitor: str) -> dict[str, Any]:
        """The newest message for programs about a monitor of an endpoint. Raises NobodyListened where there is none."""
        told = [json.loads(message.body) for message in self.inbox.messages if message.channel == "programs"]
        about = [message for message in told if (message["target"]["name"], message["monitor"]) == (endpoint, monitor)]
        if not about:
            raise NobodyListened(f"nobody was told of {endpoint} {monitor}")
        newest: dict[str, Any] = about[-1]
        return newest

    def let_a_minute_pass(self, endpoint: str, monitor: str) -> None:
        """Wait until what happens next is told at once: what follows a message within a minute is gathered."""
        told = datetime.fromisoformat(self.last_told(endpoint, monitor)["at"])
        time.sleep(max(0.0, (told + _GROUP_INTERVAL - datetime.now(UTC)).total_seconds()))

    def dead_letters(self) -> dict[str, int]:
        """How many messages lie in each dead-letter queue."""
        return look(self.stack).dead

    def settle(self) -> list[Message]:
        """Wait until nothing moves any more, and return what was sent meanwhile. Raises StillBusy."""
        self.rest()
        return self.inbox.read()

    def rest(self) -> None:
        """Wait until nothing moves any more. Raises StillBusy."""
        drain(self.stack, seconds=_PATIENCE, after_a_complaint=_AFTER_A_COMPLAINT)


def set_the_stage(stack: LocalStack) -> Stage:
    """Bucket, endpoints, schedules, alarm and inbox on a stack that the application was deployed to."""
    told = outputs(stack)
    stack.client("s3").create_bucket(Bucket=BUCKET)
    stack.client("s3").put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    send(stack.client("sagemaker"), monitored_endpoint(CHURN, bucket=BUCKET))
    for name in (FRAUD, RANKING, *PRICES):
        send(stack.client("sagemaker"), monitored_endpoint(name, bucket=BUCKET, kinds=["DataQuality"]))
    stack.client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        AlarmDescription="Answers of churn-prod take longer than half a second",
        Namespace="AWS/SageMaker",
        MetricName="ModelLatency",
        Dimensions=[{"Name": "EndpointName", "Value": CHURN}, {"Name": "VariantName", "Value": "AllTraffic"}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=500_000,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[told["AlarmsTopicArn"]],
        OKActions=[told["AlarmsTopicArn"]],
    )
    topics = {"mail": told["PeopleTopicArn"], "programs": told["ProgramsTopicArn"]}
    if "ChatTopicArn" in told:
        topics["chat"] = told["ChatTopicArn"]
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    stage = Stage(stack=stack, inbox=Inbox(stack, topics), now=hour - timedelta(hours=3))
    stage.settle()
    return stage
