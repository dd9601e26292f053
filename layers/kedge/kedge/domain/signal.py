"""The signals: facts that reached Kedge.

Code that each run passes compares `type(signal)`: `isinstance` with another class takes ten times as long, because
msgspec's classes have a metaclass. So the compared classes are final.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, final

from msgspec import Struct, field

from kedge.domain.facts import Variant
from kedge.domain.ids import part_of
from kedge.domain.incident import Severity
from kedge.domain.provenance import Provenance, shown
from kedge.domain.remedy import HoldReason
from kedge.domain.run import Evidence, MissedRuns, Monitor, Verdict, Window
from kedge.domain.silence import Silence
from kedge.domain.stage import Stage
from kedge.domain.target import Target, TargetKind


class Signal(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """An event of a target.

    `id` names the event, never its envelope: two envelopes of one fact have one id. `at` is the time of the event
    (UTC); signals may arrive in another order. `provenance` says who confirms it; by default, no authority does.
    """

    id: str
    at: datetime
    target: Target
    provenance: Provenance = Provenance()


class Tagged(Signal, frozen=True, kw_only=True):
    """A signal that may open an incident. `tags` are those of the endpoint (or schedule), as far as they could be read.

    `vague` says that it is unknown what its source monitors, so that the target is only the source itself. `moved_to`
    is the source's current target, if this is its last signal in a case that it left.
    """

    tags: dict[str, str] = {}
    vague: bool = False
    moved_to: str = ""


PERIODS: Final = ("WaitPeriod", "ExtensionPeriod")
"""CloudWatch's words for a suppression of a few minutes: before the suppressor alarm fires, or after it is OK."""


@final
class AlarmChanged(Tagged, frozen=True, kw_only=True, tag="AlarmChanged"):
    """A CloudWatch alarm changed its state.

    `observed` and `limit` are in the metric's own unit, None if the notification lacks them. `suppressed_by` is set if
    CloudWatch suppresses the alarm's actions, by a suppressor alarm or a mute rule: `suppressed_why` is its sentence,
    and `suppressed_until` its known end. `blind` says that CloudWatch compared no datapoint: all were missing.
    `alarm_account` is the account of the alarm, which may monitor metrics of another. `contributor` is the id of its
    one time series, if the alarm monitors several, with its `attributes`.
    """

    alarm: str
    verdict: Verdict
    reason: str = ""
    description: str = ""
    namespace: str | None = None
    metric: str | None = None
    dimensions: dict[str, str] = field(default_factory=dict)
    observed: float | None = None
    limit: float | None = None
    previous: Verdict | None = None
    suppressed_by: str | None = None
    suppressed_why: str = ""
    suppressed_until: datetime | None = None
    blind: bool = False
    alarm_account: str = ""
    contributor: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def source_target(self) -> Target:
        """Return the alarm itself, as a target: its metrics may change, its identity does not."""
        target = self.target
        account = self.alarm_account or target.account
        return Target(account=account, region=target.region, kind=TargetKind.ALARM, name=self.alarm)

    @property
    def whole(self) -> str:
        """Return the alarm's name in a case: two accounts may each have an alarm of one name."""
        account = self.alarm_account or self.target.account
        return self.alarm if account == self.target.account else f"{account}/{self.alarm}"

    @property
    def source(self) -> str:
        """Return the source's name in a case: the alarm, or one contributor of it."""
        return part_of(self.whole, self.contributor)

    @property
    def part(self) -> str:
        """Return the contributor for people, by its attributes; empty for the whole alarm."""
        return ", ".join(f"{name}={value}" for name, value in sorted(self.attributes.items())) or self.contributor

    @property
    def measured_nothing(self) -> bool:
        """Return whether the alarm fired because it had no datapoint: it shows a blind monitor, not a model's problem."""
        return self.verdict is Verdict.ALARM and self.blind


__all__ = [
    "ActionMoved",
    "AlarmChanged",
    "AnySignal",
    "ChangeKind",
    "ConfigMarked",
    "DecisionMade",
    "DeploymentChanged",
    "DrillRequested",
    "EndpointChanged",
    "EndpointRead",
    "FeaturesDrifted",
    "Ignored",
    "ModelPackageChanged",
    "OperatorAction",
    "PersonSignal",
    "PipelineFinished",
    "PolicyRead",
    "RunFinished",
    "ScheduleChanged",
    "Signal",
    "SilenceChanged",
    "Tagged",
    "TimerFired",
]  # fmt: skip


class ChangeKind(StrEnum):
    """The changes of a target that its monitors do not report: the kinds of signal that are only recorded."""

    ENDPOINT = "EndpointChanged"
    DEPLOYMENT = "DeploymentChanged"
    PIPELINE = "PipelineFinished"
    MODEL_PACKAGE = "ModelPackageChanged"


@final
class RunFinished(Tagged, frozen=True, kw_only=True, tag="RunFinished"):
    """A monitoring execution ended.

    `source` is the schedule (or detector) that ran; `said` is the job's own ExitMessage or FailureReason. `job` is the
    processing job's ARN, None if only the report is known or the run never had a job. `finished` is when the run ended;
    `at` is the end of its window, which orders runs. `disputed` is set if SageMaker contradicts the report: it says
    how, as a question that a person can answer. `unchecked` says why a successful run checked nothing; then it is not
    good news. `copied` says that the report is a copy of another object. `missed` are runs that never began: then there
    was no run, and `at` is the newest one, or the beginning of the schedule.
    """

    monitor: Monitor
    source: str
    verdict: Verdict
    finished: datetime
    evidence: Evidence
    window: Window | None = None
    job: str | None = None
    said: str | None = None
    disputed: str = ""
    unchecked: str = ""
    copied: bool = False
    missed: MissedRuns | None = None


class EndpointChanged(Signal, frozen=True, kw_only=True, tag=ChangeKind.ENDPOINT.value):
    """An endpoint entered a status (`InService`, `Failed` …, in the API's spelling)."""

    status: str
    config: str | None = None


class DeploymentChanged(Signal, frozen=True, kw_only=True, tag=ChangeKind.DEPLOYMENT.value):
    """A deployment made progress: `config` is the running one, `pending` the new one, if there is one."""

    status: str
    config: str | None = None
    pending: str | None = None
    stage: str | None = None


class EndpointRead(Signal, frozen=True, kw_only=True, tag="EndpointRead"):
    """Kedge read an endpoint: its current config and the facts about it. `at` is the time of the read.

    `made` is when the config was made, `modified` when the endpoint was changed last. `variants` and `packages` are
    those of the config. None, or empty, if unreadable.
    """

    status: str
    config: str
    made: datetime | None = None
    modified: datetime | None = None
    variants: tuple[Variant, ...] = ()
    packages: tuple[str, ...] = ()


class PersonSignal(Signal, frozen=True, kw_only=True):
    """A person caused this signal.

    `by` is the ARN that AWS confirmed if `proven`, else the name that the caller gave, which may be false.
    """

    by: str
    proven: bool = False
    comment: str = ""

    @property
    def author_name(self) -> str:
        """Return the name for messages."""
        return shown(self.by, proven=self.proven)


class ConfigMarked(PersonSignal, frozen=True, kw_only=True, tag="ConfigMarked"):
    """A person's mark of an endpoint's config: good (True), never to be rolled back to (False), or removed (None)."""

    config: str
    good: bool | None


class ActionMoved(Signal, frozen=True, kw_only=True, tag="ActionMoved"):
    """A remedy entered another stage. `target` and `monitor` are the incident's; `digest` names the plan.

    `says` is the event in one sentence; `by` is the person who decided it, if there is one. `until` is the deadline of
    the next stage. `reminder` says that nothing changed and the deadline is near.
    """

    incident: str
    monitor: Monitor
    digest: str
    stage: Stage
    says: str
    why: HoldReason | None = None
    by: str | None = None
    comment: str = ""
    until: datetime | None = None
    reminder: bool = False


class PipelineFinished(Signal, frozen=True, kw_only=True, tag=ChangeKind.PIPELINE.value):
    """An execution of a SageMaker pipeline ended."""

    execution: str
    status: str


class ModelPackageChanged(Signal, frozen=True, kw_only=True, tag=ChangeKind.MODEL_PACKAGE.value):
    """A model package was made, approved, rejected or changed otherwise."""

    package: str
    approval: str | None = None
    made_by: str | None = None


@final
class ScheduleChanged(Signal, frozen=True, kw_only=True, tag="ScheduleChanged"):
    """A monitoring schedule entered a status (`Scheduled`, `Stopped`, `Failed`, `Pending`)."""

    monitor: Monitor
    source: str
    status: str
    said: str | None = None
    vague: bool = False


@final
class FeaturesDrifted(Signal, frozen=True, kw_only=True, tag="FeaturesDrifted"):
    """The features of a target that drift now; empty if it has recovered.

    Kedge makes this signal from a run. `target` is the fleet, `member` the target that ran.
    """

    member: Target
    features: tuple[str, ...] = ()


@final
class TimerFired(Signal, frozen=True, kw_only=True, tag="TimerFired"):
    """The time of a case's re-evaluation.

    `ended` is set if the subject of the case is gone, and says so: the whole target, or only the schedule `source`.
    """

    monitor: Monitor
    ended: str = ""
    source: str = ""


class OperatorAction(StrEnum):
    """A person's decision about an incident."""

    ACKNOWLEDGE = "acknowledge"
    MITIGATE = "mitigate"
    RESOLVE = "resolve"
    NOTE = "note"

    @property
    def needs_proof(self) -> bool:
        """Return whether the act requires a proven identity: it ends an incident, and so hides it from others."""
        return self is OperatorAction.RESOLVE


@final
class DecisionMade(PersonSignal, frozen=True, kw_only=True, tag="DecisionMade"):
    """A person decided about an incident."""

    incident: str
    monitor: Monitor
    act: OperatorAction


@final
class DrillRequested(PersonSignal, frozen=True, kw_only=True, tag="DrillRequested"):
    """A person tests routes and receivers. `target` is an endpoint, or the fleet if the drill is about none.

    `severity` and `tags` select the routes, as those of an incident do. `receiver` limits the drill to one receiver.
    """

    severity: Severity
    receiver: str = ""
    tags: dict[str, str] = {}

    @property
    def monitor(self) -> Monitor:
        """Return the monitor of its case."""
        return Monitor.DRILL


@final
class SilenceChanged(Signal, frozen=True, kw_only=True, tag="SilenceChanged"):
    """A person added a silence, or ended it early: `silence` is its new state, with its author and the proof."""

    silence: Silence

    @property
    def proven(self) -> bool:
        """Return whether AWS confirmed the author."""
        return self.silence.proven


class PolicyRead(Signal, frozen=True, kw_only=True, tag="PolicyRead"):
    """The policy was read: `fault` is what is wrong with the newest one, else None."""

    version: str
    fault: str | None = None


type AnySignal = (
    RunFinished
    | AlarmChanged
    | EndpointChanged
    | DeploymentChanged
    | EndpointRead
    | ConfigMarked
    | ActionMoved
    | PipelineFinished
    | ModelPackageChanged
    | ScheduleChanged
    | FeaturesDrifted
    | TimerFired
    | DecisionMade
    | SilenceChanged
    | DrillRequested
    | PolicyRead
)


@final
class Ignored(StrEnum):
    """Why Kedge ignores an event."""

    NOT_A_MONITORING_JOB = "not_a_monitoring_job"
    GROUND_TRUTH_MERGE = "ground_truth_merge"
    BASELINE_JOB = "baseline_job"
    NOT_TERMINAL = "not_terminal"
    OWN_REPORT = "own_report"  # a file that Kedge's own monitor wrote; its message brings the result
    UNKNOWN_SOURCE = "unknown_source"
    HEARTBEAT = "heartbeat"  # the stack's own, which shows that events reach it
