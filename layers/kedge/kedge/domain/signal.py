"""What all signals have in common."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from kedge.domain.facts import Variant
from kedge.domain.ids import part_of
from kedge.domain.provenance import Provenance, shown
from kedge.domain.remedy import HoldReason
from kedge.domain.run import Evidence, Monitor, Verdict, Window
from kedge.domain.silence import Silence
from kedge.domain.stage import Stage
from kedge.domain.target import Target, TargetKind


class Signal(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Something that happened to a target.

    `id` names what happened, never the envelope that told of it: two envelopes of one fact have one id.
    `at` is the time at which it happened (UTC), which need not be the order in which it arrived. `provenance` says who confirms
    it; by default, nobody does.
    """

    id: str
    at: datetime
    target: Target
    provenance: Provenance = Provenance()


class Tagged(Signal, frozen=True, kw_only=True):
    """A signal that may open an incident. `tags` are those of the endpoint (or schedule), as far as they could be read.

    `vague` says that nothing tells what its source looks at, so that the target is only the source itself. `moved_to` is the target
    that the source looks at now, if this is its last word in a case that it left.
    """

    tags: dict[str, str] = {}
    vague: bool = False
    moved_to: str = ""


PERIODS: Final = ("WaitPeriod", "ExtensionPeriod")
"""CloudWatch's words for a suppression that lasts a few minutes: before the suppressor alarm fires, or after it is OK."""


class AlarmChanged(Tagged, frozen=True, kw_only=True, tag="AlarmChanged"):
    """A CloudWatch alarm changed colour.

    `observed` and `limit` are in the metric's own unit, None where the notification gives none. `suppressed_by` is set
    where CloudWatch suppresses the alarm's actions, by a suppressor alarm or a mute rule: `suppressed_why` is its sentence, and
    `suppressed_until` the end, if it is told. `blind` says that CloudWatch compared no datapoint: all were missing.
    `alarm_account` is the account of the alarm, which may watch metrics of another. `contributor` is the id of the one time series that it
    is about, if the alarm watches several, with its `attributes`.
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
    def speaker(self) -> Target:
        """The alarm itself, as a target: what it looks at may change, this does not."""
        target = self.target
        account = self.alarm_account or target.account
        return Target(account=account, region=target.region, kind=TargetKind.ALARM, name=self.alarm)

    @property
    def whole(self) -> str:
        """The name by which a case knows the alarm: two accounts may each have an alarm of one name."""
        account = self.alarm_account or self.target.account
        return self.alarm if account == self.target.account else f"{account}/{self.alarm}"

    @property
    def source(self) -> str:
        """The name by which a case knows what spoke: the alarm, or one contributor of it."""
        return part_of(self.whole, self.contributor)

    @property
    def part(self) -> str:
        """The contributor as people know it, by its attributes; empty for the whole alarm."""
        return ", ".join(f"{name}={value}" for name, value in sorted(self.attributes.items())) or self.contributor

    @property
    def measured_nothing(self) -> bool:
        """Whether the alarm went off because it had no datapoint: it shows a blind monitor, and no model."""
        return self.verdict is Verdict.ALARM and self.blind


__all__ = [
    "Act",
    "ActionMoved",
    "AlarmChanged",
    "AnySignal",
    "ChangeKind",
    "ConfigMarked",
    "DecisionMade",
    "DeploymentChanged",
    "EndpointChanged",
    "EndpointRead",
    "FeaturesDrifted",
    "Ignored",
    "ModelPackageChanged",
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
    """What may change about a target without a monitor of it having spoken: the kinds of signal that are only noted."""

    ENDPOINT = "EndpointChanged"
    DEPLOYMENT = "DeploymentChanged"
    PIPELINE = "PipelineFinished"
    MODEL_PACKAGE = "ModelPackageChanged"


class RunFinished(Tagged, frozen=True, kw_only=True, tag="RunFinished"):
    """A monitoring execution ended.

    `source` is the schedule (or detector) that ran; `said` is the job's own ExitMessage or FailureReason.
    `job` is the processing job's ARN, None where the run was told of by its report alone or never had a job.
    `finished` is when the run ended; `at` is the end of its window, by which runs are put in order. `disputed` is set if
    SageMaker contradicts the report: it says how, as a question that a person can answer. `unchecked` says why a run that went well checked
    nothing; then it is no good news. `copied` says that the report is a copy of another object.
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


class EndpointChanged(Signal, frozen=True, kw_only=True, tag=ChangeKind.ENDPOINT.value):
    """An endpoint entered a status (`InService`, `Failed` …, in the API's spelling)."""

    status: str
    config: str | None = None


class DeploymentChanged(Signal, frozen=True, kw_only=True, tag=ChangeKind.DEPLOYMENT.value):
    """A deployment moved on: `config` is the one that runs, `pending` the one that is coming, if any."""

    status: str
    config: str | None = None
    pending: str | None = None
    stage: str | None = None


class EndpointRead(Signal, frozen=True, kw_only=True, tag="EndpointRead"):
    """Kedge looked at an endpoint: which config it runs, and what is known of that one. `at` is when it looked.

    `made` is when the config was made, `modified` when the endpoint was changed last; `models` and `packages` are the names and ARNs of what
    the config serves. None, or empty, where it could not be read.
    """

    status: str
    config: str
    made: datetime | None = None
    modified: datetime | None = None
    variants: tuple[Variant, ...] = ()
    packages: tuple[str, ...] = ()


class PersonSignal(Signal, frozen=True, kw_only=True):
    """A person caused this signal.

    `by` is the ARN that AWS confirmed if `proven`, else the name that the caller gave, which may be anybody's.
    """

    by: str
    proven: bool = False
    comment: str = ""

    @property
    def speaker(self) -> str:
        """The name as messages show it."""
        return shown(self.by, proven=self.proven)


class ConfigMarked(PersonSignal, frozen=True, kw_only=True, tag="ConfigMarked"):
    """A person said that a config of an endpoint is good (True), is never to be gone back to (False), or neither any more (None)."""

    config: str
    good: bool | None


class ActionMoved(Signal, frozen=True, kw_only=True, tag="ActionMoved"):
    """A remedy came to another stage. `target` and `monitor` are the incident's; `digest` names the plan.

    `says` is what happened, in one sentence; `by` who decided it, where a person did. `until` is when the next thing must have
    happened. `reminder` says that nothing changed and time runs out.
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
    """An execution of a SageMaker pipeline came to its end."""

    execution: str
    status: str


class ModelPackageChanged(Signal, frozen=True, kw_only=True, tag=ChangeKind.MODEL_PACKAGE.value):
    """A model package was made, approved, rejected or moved on."""

    package: str
    approval: str | None = None
    made_by: str | None = None


class ScheduleChanged(Signal, frozen=True, kw_only=True, tag="ScheduleChanged"):
    """A monitoring schedule entered a status (`Scheduled`, `Stopped`, `Failed`, `Pending`)."""

    monitor: Monitor
    source: str
    status: str
    said: str | None = None
    vague: bool = False


class FeaturesDrifted(Signal, frozen=True, kw_only=True, tag="FeaturesDrifted"):
    """A target of the fleet showed which of its features drift now; none of them, when it is well again.

    Made of a run by Kedge itself. `target` is the fleet, `member` the target that ran.
    """

    member: Target
    features: tuple[str, ...] = ()


class TimerFired(Signal, frozen=True, kw_only=True, tag="TimerFired"):
    """A moment came at which a case wanted to be looked at.

    `ended` is set if what the case is about is gone, and says so: the whole target, or only the schedule `source`.
    """

    monitor: Monitor
    ended: str = ""
    source: str = ""


class Act(StrEnum):
    """What a person decides about an incident."""

    ACKNOWLEDGE = "acknowledge"
    MITIGATE = "mitigate"
    RESOLVE = "resolve"
    NOTE = "note"

    @property
    def needs_proof(self) -> bool:
        """Whether the act counts only from a person whose identity is proven: it ends an incident, and so hides it from others."""
        return self is Act.RESOLVE


class DecisionMade(PersonSignal, frozen=True, kw_only=True, tag="DecisionMade"):
    """A person decided about an incident."""

    incident: str
    monitor: Monitor
    act: Act


class SilenceChanged(Signal, frozen=True, kw_only=True, tag="SilenceChanged"):
    """A person asked for quiet, or ended it early: `silence` is as it is to be from now on, with its author and whether that is proven."""

    silence: Silence

    @property
    def proven(self) -> bool:
        """Whether AWS confirmed who asks."""
        return self.silence.proven


class PolicyRead(Signal, frozen=True, kw_only=True, tag="PolicyRead"):
    """The policy was looked at: `fault` says what is wrong with the newest one, None where all is well."""

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
    | PolicyRead
)


class Ignored(StrEnum):
    """Why an event is none of Kedge's business."""

    NOT_A_MONITORING_JOB = "not_a_monitoring_job"
    GROUND_TRUTH_MERGE = "ground_truth_merge"
    BASELINE_JOB = "baseline_job"
    NOT_TERMINAL = "not_terminal"
    UNKNOWN_SOURCE = "unknown_source"
    HEARTBEAT = "heartbeat"  # the stack's own, by which it knows that events reach it
