"""The stage of the demo: the deployed application, its endpoints, and a person who reads the mail and decides."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.domain.action import Action
from kedge.domain.incident import Incident
from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from workbench.demo import cast, crossed
from workbench.demo.evidence import statistics
from workbench.local_sagemaker.onboarding import next_config, schedule_name, send
from workbench.local_stack.activity import drain, look
from workbench.local_stack.deploy import outputs
from workbench.local_stack.environment import ACCOUNT, REGION, wait_scale
from workbench.local_stack.inbox import Inbox, Message
from workbench.local_stack.local_stack import LocalStack

# Seconds. A busy laptop needs time to start ten functions at once. But in this story no call fails, so a function that
# fails is broken, and would be retried for minutes.
_PATIENCE: Final = 180.0
_AFTER_A_COMPLAINT: Final = 10.0
# Longer than a step of the workflow waits by itself.
_A_WHILE: Final = 300.0 * wait_scale() + 1.0


class StoryBroken(Exception):
    """The story cannot continue, because of an action or a missing action of the application; the message says why."""


@dataclass
class Stage:
    """The set. `hour` is the last full hour before the story; `jobs` holds the last job of each schedule."""

    stack: LocalStack
    inbox: Inbox
    hour: datetime
    jobs: dict[str, str] = field(default_factory=dict)

    @property
    def sagemaker(self) -> Any:
        """Return boto3's client, as the team has it."""
        return self.stack.client("sagemaker")

    def run(self, endpoint: str, kind: str, verdict: str, report: object = None, *, ago: int = 0, **more: str) -> None:
        """Let a monitor of an endpoint finish its run of `ago` hours ago."""
        moment = self.hour - timedelta(hours=ago)
        self.stack.clock.turn_to(moment)
        self._run(endpoint, kind, verdict, moment, report, **more)
        self.stack.clock.turn_to_now()

    def run_now(self, endpoint: str, kind: str, verdict: str, report: object = None) -> None:
        """Let a user run a monitor on demand, over only the last second: another config served in the hour before.

        Only its job says so. The report is at the place of the whole hour's report, and S3's event only names that
        place.
        """
        tell_of_objects(self.stack, yes=False)
        now = datetime.now(UTC)
        self._run(endpoint, kind, verdict, now, report, start=now - timedelta(seconds=1))
        self.rest()
        tell_of_objects(self.stack)

    def send_again(self, endpoint: str, kind: str, times: int) -> None:
        """Let SageMaker send the last event of a monitor again, as it may."""
        self.stack.server.control.send_again(self.jobs[schedule_name(endpoint, kind)], times)

    def deploy(self, endpoint: str, number: int, *, ago: timedelta | None = None, package: str | None = None) -> None:
        """Let the team deploy `<endpoint>-<number>`, which differs only in its model."""
        if ago is not None:
            self.stack.clock.turn_to(self.hour - ago)
        name = f"{endpoint}-{number}"
        stored = None if package else cast.artifact(self.stack, name)
        send(self.sagemaker, next_config(endpoint, number, bucket=cast.BUCKET, artifact=stored, package=package))
        self.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=name)
        self.stack.clock.turn_to_now()
        self.rest()

    def alarm(self, endpoint: str, measured: float) -> None:
        """Let the latency alarm of an endpoint change by a datapoint in microseconds, which CloudWatch then names."""
        slow = measured > crossed.LIMIT
        self.stack.client("cloudwatch").set_alarm_state(
            AlarmName=cast.LATENCY[endpoint],
            StateValue="ALARM" if slow else "OK",
            StateReason=crossed.above(measured) if slow else crossed.below(measured),
            StateReasonData=crossed.data(measured),
        )

    def approve(self, endpoint: str, monitor: Monitor, reason: str) -> None:
        """Let a person approve the plan for an endpoint, with `kedge approval`. Raises StoryBroken."""
        incident = self.incident(endpoint, monitor)
        digest = incident.remedy.digest if incident is not None and incident.remedy is not None else None
        if digest is None:
            raise StoryBroken(f"no approval was requested for {endpoint} {monitor}")
        self.kedge("approval", "approve", digest, "--yes", "--reason", reason)

    def kedge(self, *arguments: str) -> str:
        """Run a command of `kedge` as a user does, and return its output. Raises StoryBroken."""
        command = [str(Path(sys.executable).with_name("kedge")), *arguments]
        done = subprocess.run(command, env=self.stack.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StoryBroken(f"kedge {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def minute(self) -> bool:
        """Let reconcile run, as it does once a minute, and return True."""
        self.stack.client("lambda").invoke(FunctionName=outputs(self.stack)["ReconcileFunctionName"], Payload=b"{}")
        return True

    def read_documents_anew(self) -> None:
        """Start reconcile again, so that it reads new documents at once, and not after a minute."""
        functions, name = self.stack.client("lambda"), outputs(self.stack)["ReconcileFunctionName"]
        # Each change of its configuration makes Lambda start a function again.
        timeout = functions.get_function_configuration(FunctionName=name)["Timeout"]
        functions.update_function_configuration(FunctionName=name, Timeout=timeout)

    def incident(self, endpoint: str, monitor: Monitor) -> Incident | None:
        """Return the newest incident of a monitor of an endpoint."""
        return self.ledger.load(target(endpoint), monitor)[0].incident

    def is_over(self, endpoint: str, monitor: Monitor) -> bool:
        """Return whether the remedy of the newest incident is over."""
        incident = self.incident(endpoint, monitor)
        return incident is not None and incident.remedy is not None and incident.remedy.stage.is_over

    def action(self, digest: str) -> Action | None:
        """Return a plan and its outcome."""
        held = DynamoActions(self.table).load(digest)
        return None if held is None else held.action

    @property
    def ledger(self) -> DynamoLedger:
        """Return the application's ledger."""
        return DynamoLedger(self.table)

    @property
    def table(self) -> Table:
        """Return the application's table."""
        return Table(self.stack.client("dynamodb"), outputs(self.stack)["TableName"])

    def dead_letters(self) -> dict[str, int]:
        """Return the number of messages in each dead-letter queue."""
        return look(self.stack).dead

    def settle(self) -> list[Message]:
        """Wait until nothing moves any more, and return the messages sent meanwhile. Raises StillBusy."""
        self.rest()
        return self.inbox.read()

    def rest(self) -> None:
        """Wait until nothing moves any more. Raises StillBusy."""
        drain(self.stack, seconds=_PATIENCE, after_a_complaint=_AFTER_A_COMPLAINT)

    def until(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait for a condition, as long as anything moves and a while longer. Raises StoryBroken, StillBusy."""
        moved = time.monotonic()
        while not is_so():
            if look(self.stack).at_rest:
                if time.monotonic() - moved > _A_WHILE:
                    raise StoryBroken(f"it was waited for, and never came: {what}")
            else:
                moved = time.monotonic()
            time.sleep(0.2)

    def _run(self, endpoint: str, kind: str, verdict: str, at: datetime, report: object, **more: Any) -> None:
        name = schedule_name(endpoint, kind)
        files = {"report": report} if report is not None else {}
        if report is not None and kind == "DataQuality":
            files["statistics"] = statistics(4_200)
        summary = self.stack.server.control.finish_run(name, at, verdict, **files, **more)  # type: ignore[arg-type]
        self.jobs[name] = str(summary.get("ProcessingJobArn", "")).rsplit("/", 1)[-1]


def tell_of_objects(stack: LocalStack, *, yes: bool = True) -> None:
    """Set whether the bucket of the reports announces new objects."""
    wanted: dict[str, Any] = {"EventBridgeConfiguration": {}} if yes else {}
    stack.client("s3").put_bucket_notification_configuration(Bucket=cast.BUCKET, NotificationConfiguration=wanted)


def target(endpoint: str) -> Target:
    """Return an endpoint of the story, as the ledger names it."""
    return Target(account=ACCOUNT, region=REGION, kind=TargetKind.ENDPOINT, name=endpoint)
