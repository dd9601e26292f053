"""Where the demo plays: the application as deployed, its endpoints, and somebody who reads the mail and decides."""

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

# Seconds. A busy laptop takes its time to start ten functions at once; but in this story no call fails, so a function that
# did is broken, and would be tried again for minutes.
_PATIENCE: Final = 180.0
_AFTER_A_COMPLAINT: Final = 10.0
# Longer than a step of the workflow waits by itself.
_A_WHILE: Final = 300.0 * wait_scale() + 1.0


class StoryBroken(Exception):
    """The story cannot go on as it is written, because of what the application did or did not do; the message says why."""


@dataclass
class Stage:
    """The set. `hour` is the last full one before the story began; `jobs` remembers the last job of each schedule."""

    stack: LocalStack
    inbox: Inbox
    hour: datetime
    jobs: dict[str, str] = field(default_factory=dict)

    @property
    def sagemaker(self) -> Any:
        """boto3's client, as the team has it."""
        return self.stack.client("sagemaker")

    def run(self, endpoint: str, kind: str, verdict: str, report: object = None, *, ago: int = 0, **more: str) -> None:
        """Let a monitor of an endpoint finish its run of so many hours ago."""
        moment = self.hour - timedelta(hours=ago)
        self.stack.clock.turn_to(moment)
        self._run(endpoint, kind, verdict, moment, report, **more)
        self.stack.clock.turn_to_now()

    def run_now(self, endpoint: str, kind: str, verdict: str, report: object = None) -> None:
        """Let somebody run a monitor on demand, over the last second alone: the hour before is of what served then.

        Only its job says so. The report lies where that of the whole hour would, and S3 tells of no more than that place.
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
        """Let the team deploy `<endpoint>-<number>`: another model, and all else as it was."""
        if ago is not None:
            self.stack.clock.turn_to(self.hour - ago)
        name = f"{endpoint}-{number}"
        stored = None if package else cast.artifact(self.stack, name)
        send(self.sagemaker, next_config(endpoint, number, bucket=cast.BUCKET, artifact=stored, package=package))
        self.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=name)
        self.stack.clock.turn_to_now()
        self.rest()

    def alarm(self, endpoint: str, measured: float) -> None:
        """Let the latency alarm of an endpoint change colour by a datapoint in microseconds, which CloudWatch then names."""
        slow = measured > crossed.LIMIT
        self.stack.client("cloudwatch").set_alarm_state(
            AlarmName=cast.LATENCY[endpoint],
            StateValue="ALARM" if slow else "OK",
            StateReason=crossed.above(measured) if slow else crossed.below(measured),
            StateReasonData=crossed.data(measured),
        )

    def approve(self, endpoint: str, monitor: Monitor, reason: str) -> None:
        """Let somebody say yes to what was asked about an endpoint, by `kedge approval`. Raises StoryBroken."""
        incident = self.incident(endpoint, monitor)
        digest = incident.remedy.digest if incident is not None and incident.remedy is not None else None
        if digest is None:
            raise StoryBroken(f"no approval was requested for {endpoint} {monitor}")
        self.kedge("approval", "approve", digest, "--yes", "--reason", reason)

    def kedge(self, *arguments: str) -> str:
        """A command of `kedge`, as a person gives it, and what it prints. Raises StoryBroken."""
        command = [str(Path(sys.executable).with_name("kedge")), *arguments]
        done = subprocess.run(command, env=self.stack.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StoryBroken(f"kedge {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def incident(self, endpoint: str, monitor: Monitor) -> Incident | None:
        """The newest incident of a monitor of an endpoint."""
        return self.ledger.load(target(endpoint), monitor)[0].incident

    def is_over(self, endpoint: str, monitor: Monitor) -> bool:
        """Whether nothing more happens of the remedy of the newest incident."""
        incident = self.incident(endpoint, monitor)
        return incident is not None and incident.remedy is not None and incident.remedy.stage.is_over

    def action(self, digest: str) -> Action | None:
        """A plan, and what became of it."""
        held = DynamoActions(self._table).load(digest)
        return None if held is None else held.action

    @property
    def ledger(self) -> DynamoLedger:
        """What the application remembers."""
        return DynamoLedger(self._table)

    @property
    def _table(self) -> Table:
        return Table(self.stack.client("dynamodb"), outputs(self.stack)["TableName"])

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

    def until(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait for something that takes its time, as long as anything moves and a while longer. Raises StoryBroken, StillBusy."""
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
    """Whether the bucket of the reports tells of new objects."""
    wanted: dict[str, Any] = {"EventBridgeConfiguration": {}} if yes else {}
    stack.client("s3").put_bucket_notification_configuration(Bucket=cast.BUCKET, NotificationConfiguration=wanted)


def target(endpoint: str) -> Target:
    """An endpoint of the story, as the ledger names it."""
    return Target(account=ACCOUNT, region=REGION, kind=TargetKind.ENDPOINT, name=endpoint)
