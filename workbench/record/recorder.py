"""Records run after run and alarm after alarm. After an interruption, it does not request recorded parts again."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any, Final

from kedge.adapters.calls import ask
from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.domain.errors import InputError, Permanent
from kedge.domain.signal import Ignored
from kedge.sources.arns import ArnParts, arn, last_part
from kedge.sources.reader import Home, Reader
from kedge.sources.run_verdict import TERMINAL
from workbench.record import events, kept
from workbench.record.account import Account
from workbench.record.clients import RecordingAws
from workbench.record.span import Span
from workbench.record.targets import Targets
from workbench.replay.wiring import reader_of

type Say = Callable[[str], None]

WITHOUT_DATA: Final = "runs without data, which make no event"
RUNNING: Final = "runs that still run"
FORGOTTEN: Final = "runs whose job SageMaker has forgotten"
UNREADABLE: Final = "signals that Kedge could read only in part; the recording has this part"


class Recorder:
    """A recorder that adds an account's runs and alarms to a book.

    Kedge's own reader reads each event as soon as it is recorded, over clients that record their calls. So the
    recording has exactly the answers and objects that a replay will ask for.
    """

    def __init__(self, account: Account, aws: RecordingAws, targets: Targets, span: Span, say: Say) -> None:
        """Keep the parts. `say` receives a sentence for each schedule and alarm."""
        self._account = account
        self._aws = aws
        self._book = aws.book
        self._targets = targets
        self._span = span
        self._say = say
        self._sagemaker = aws.client("sagemaker")
        # The client remembers its answers.
        self._tags = SageMakerTags(self._sagemaker, count(step=1_000.0).__next__, lambda *_: None)

    def record(self) -> None:
        """Record everything. Raises what boto3 raises if the account cannot be read, and Transient."""
        schedules = [each for each in self._account.schedules() if self._targets.has_schedule(each)]
        for number, schedule in enumerate(schedules, start=1):
            self._say(f"schedule {number} of {len(schedules)}: {schedule['MonitoringScheduleName']}")
            self._once(schedule["MonitoringScheduleArn"], partial(self._runs, schedule))
        alarms = [each for each in self._account.alarms() if self._targets.has_alarm(each)]
        for number, alarm in enumerate(alarms, start=1):
            self._say(f"alarm {number} of {len(alarms)}: {alarm['AlarmName']}")
            self._once(alarm["AlarmArn"], partial(self._updates, alarm))

    def _once(self, work: str, do: Callable[[], None]) -> None:
        if not self._book.is_done(work):
            do()
            self._book.done(work)

    def _runs(self, schedule: Mapping[str, Any]) -> None:
        owner = arn(schedule["MonitoringScheduleArn"])
        if owner is None:
            return
        reader = self._reader(owner)
        # This request goes beyond what the reader may need: a later version of Kedge may replay the recording.
        ask(self._sagemaker.describe_monitoring_schedule, MonitoringScheduleName=schedule["MonitoringScheduleName"])
        for run in self._account.runs(schedule["MonitoringScheduleName"], self._span):
            name = last_part(run.get("ProcessingJobArn"))
            if name is None:
                self._book.leave_out(f"{schedule['MonitoringScheduleArn']}/{run['ScheduledTime']}", WITHOUT_DATA)
            elif not self._book.has_signal(run["ProcessingJobArn"]):
                with self._book.together():
                    self._run(run["ProcessingJobArn"], name, owner, reader)

    def _run(self, its_arn: str, name: str, owner: ArnParts, reader: Reader) -> None:
        job = ask(self._sagemaker.describe_processing_job, ProcessingJobName=name)
        if job is None:
            self._book.leave_out(its_arn, FORGOTTEN)
        elif job["ProcessingJobStatus"] not in TERMINAL:
            self._book.leave_out(its_arn, RUNNING)
        else:
            ended = job.get("ProcessingEndTime") or job["LastModifiedTime"]
            self._signal(its_arn, ended.astimezone(UTC), events.of_job(job, owner), reader)

    def _updates(self, alarm: Mapping[str, Any]) -> None:
        owner = arn(alarm["AlarmArn"])
        if owner is None:
            return
        reader, before = self._reader(owner), None
        with self._book.together():
            for item in self._account.updates(alarm["AlarmName"], self._span):
                event = events.of_alarm(alarm, item, owner, before)
                before = item["Timestamp"].astimezone(UTC)
                if event is not None:
                    self._signal(event["id"], before, event, reader)

    def _signal(self, name: str, at: datetime, told: Mapping[str, Any], reader: Reader) -> None:
        event = kept.event(told)
        try:
            read = reader.read(event, at)
        except (InputError, Permanent):
            # A replay will find the same fault, and show it.
            self._book.leave_out(name, UNREADABLE)
            read = ()
        for signal in read:
            if not isinstance(signal, Ignored):
                self._tags.of(signal.target)  # another policy may ask for them, even if this run's verdict did not
        self._book.signal(name, at, event)

    def _reader(self, owner: ArnParts) -> Reader:
        return reader_of(self._aws, Home(owner.account, owner.region))
