"""What the use cases need of the world, each as small as its caller.

Every port may raise `Transient` (throttled, timed out, unavailable: let the queue try again) and `Permanent` (AWS
refused and will refuse again). Absence is an answer, None, never an error.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from kedge.domain.action import Action, Answer, Efficacy, Errand, Register
from kedge.domain.around import Around, Asks
from kedge.domain.decision import Decision, State
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.facts import Endpoint, EndpointConfig, Execution, Health, Model, ModelPackage
from kedge.domain.malformed import InputError
from kedge.domain.notice import Notice
from kedge.domain.pace import Group, Pace
from kedge.domain.plan import Plan, RollBack, ShiftTraffic
from kedge.domain.remedy import RemedyName
from kedge.domain.run import Monitor
from kedge.domain.signal import Change
from kedge.domain.silence import Silence
from kedge.domain.target import Target


class ProcessingJob(Struct, frozen=True, kw_only=True):
    """What DescribeProcessingJob tells, as far as Kedge reads it. Times are aware datetimes."""

    name: str
    arn: str
    status: str
    exit_message: str | None = None
    failure_reason: str | None = None
    schedule_arn: str | None = None
    image: str = ""
    environment: dict[str, str] = {}
    outputs: tuple[str, ...] = ()
    created: datetime | None = None
    ended: datetime | None = None
    modified: datetime | None = None


class Schedule(Struct, frozen=True, kw_only=True):
    """What DescribeMonitoringSchedule tells. `monitoring_type` is SageMaker's own word, None where it gives none.

    `running` says that the newest execution has not ended, `clean` that it ended and found nothing; `scheduled` is for when
    it was meant.
    """

    name: str
    arn: str
    status: str
    endpoint: str | None = None
    monitoring_type: str | None = None
    failure_reason: str | None = None
    running: bool = False
    clean: bool = False
    scheduled: datetime | None = None


class CheckStep(Struct, frozen=True, kw_only=True):
    """A QualityCheck or ClarifyCheck step of a pipeline execution, from ListPipelineExecutionSteps.

    `check_type` is SageMaker's own word (`DATA_QUALITY`, `MODEL_BIAS` …), `report` the URI of its violations, if any.
    """

    name: str
    status: str
    check_type: str = ""
    report: str | None = None
    job_arn: str | None = None
    failure_reason: str | None = None
    ended: datetime | None = None


class Alarm(Struct, frozen=True, kw_only=True):
    """What DescribeAlarms tells of one metric alarm."""

    arn: str
    namespace: str | None = None
    metric: str | None = None
    dimensions: dict[str, str] = {}
    threshold: float | None = None


class Monitors(Protocol):
    """Reads what a SageMaker event only points at."""

    def processing_job(self, name: str) -> ProcessingJob | None:
        """The job of this name, or None where SageMaker knows none."""

    def schedule(self, name: str) -> Schedule | None:
        """The monitoring schedule of this name, or None."""

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:
        """One step of a pipeline execution, or None."""


class Alarms(Protocol):
    """Reads what a bare alarm message leaves out."""

    def alarm(self, name: str) -> Alarm | None:
        """The metric alarm of this name in this account and region, or None."""


class Tags(Protocol):
    """Reads the tags of what is monitored."""

    def of(self, target: Target) -> dict[str, str]:
        """The tags of an endpoint or schedule; none of anything else, and none where they cannot be read: never raises."""


class Piece(Struct, frozen=True):
    """An object's first bytes and its whole size in bytes."""

    data: bytes
    size: int


class Objects(Protocol):
    """Reads objects in S3."""

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """At most the first `most` bytes of an object, or None where there is none (NoSuchKey, NoSuchBucket)."""


class Claim(Struct, frozen=True):
    """The right to perform one effect. `done` tells that it was performed before, and by which message."""

    effect: str
    done: bool


class Surroundings(Struct, frozen=True, kw_only=True):
    """What lies around a case, with the versions (by receiver, by group) to commit changes of it against."""

    around: Around
    paces: dict[str, int] = {}
    groups: dict[str, int] = {}


class Commit(Struct, frozen=True, kw_only=True):
    """All that a decision leaves behind, to be kept together or not at all.

    `version` is that of the case when it was loaded, `against` what lay around it when it was decided; `effects` are to
    be performed, `notices` to be told later. `by` and `comment` are the person's whose decision the signal was.
    """

    decision: Decision
    signal_id: str
    target: Target
    monitor: Monitor | Change
    version: int
    effects: tuple[Effect, ...]
    notices: tuple[Notice, ...]
    against: Surroundings
    now: datetime
    by: str | None = None
    comment: str = ""
    errands: tuple[Errand, ...] = ()


class Ledger(Protocol):
    """Remembers cases, incidents, timelines and what is still to be told."""

    def load(self, target: Target, monitor: Monitor | Change) -> tuple[State, int]:
        """What is known of a case, and the version to commit against (0 for a case never seen)."""

    def surroundings(self, asks: Asks) -> Surroundings:
        """What lies around a case: the silences that were added, and what is asked for. `upstream` is left out."""

    def commit(self, commit: Commit) -> None:
        """Keep state, incident, timeline entry, outbox, notices, paces, groups and inhibitions in one transaction.

        Raises Conflict where somebody else committed after something in it was loaded.
        """

    def keep_silence(self, silence: Silence) -> bool:
        """Keep a silence as it now is, over the one of the same id. False where that was changed later."""

    def cases(self, target: Target, monitors: tuple[Monitor, ...]) -> tuple[State, ...]:
        """What is known of some cases of a target, in the order of `monitors`; of a case never seen, an empty state."""

    def register(self, target: Target) -> Register:
        """What was done lately in a target's account and region, as it is now; empty where nothing ever was."""

    def efficacy(self, target: Target) -> dict[RemedyName, Efficacy]:
        """How well each remedy has worked for a target; those that were never tried are left out."""

    def awaiting(self, names: tuple[str, ...]) -> dict[str, str]:
        """The digests of the actions that wait for what has these names (`kedge.remedies.awaited`), by name."""


class Due(Struct, frozen=True, order=True):
    """A case that wants to be looked at, and since when."""

    at: datetime
    target: Target
    monitor: Monitor


class Telling(Struct, frozen=True, kw_only=True):
    """A step of telling what was gathered, to be kept together or not at all.

    `told` are the notices that it takes away, `folded` the one that takes their place, if any; `pace` and `group` are as
    they are to be, over the versions that `against` gives.
    """

    receiver: str
    told: tuple[Notice, ...]
    folded: Notice | None = None
    effects: tuple[Effect, ...] = ()
    pace: Pace | None = None
    group: Group | None = None
    against: Surroundings
    now: datetime


class Agenda(Protocol):
    """What is to be done at a time, whether a signal comes or not."""

    def due(self, now: datetime, most: int) -> tuple[Due, ...]:
        """The cases that want to be looked at by now, the longest waiting first, at most so many."""

    def receivers(self, now: datetime) -> tuple[str, ...]:
        """Those who may be told by now of something that waits for them, the longest waiting first."""

    def notices(self, receiver: str, now: datetime, most: int) -> tuple[Notice, ...]:
        """What a receiver may be told by now, of the incident that began first first, at most so many."""

    def surroundings(self, asks: Asks) -> Surroundings:
        """As `Ledger.surroundings`."""

    def tell(self, telling: Telling) -> None:
        """Take away the notices that were told and keep what takes their place, in one transaction of 100 writes at most.

        Raises Conflict where somebody else did it, or changed pace or group since.
        """


class Deliveries(Protocol):
    """Remembers what was told, and keeps two workers from telling the same."""

    def claim(self, effect: Effect, now: datetime, lease_seconds: int) -> Claim:
        """Take the right to perform an effect until the lease ends. Raises Busy where another worker holds it."""

    def failed_so_far(self, effect: Effect) -> bool:
        """Whether an effect could not be performed yet, and will be tried again."""

    def delivered(self, effect: Effect, message_id: str, now: datetime) -> None:
        """Record, after success, that an effect was performed, with the channel's own id of the message."""

    def failed(self, effect: Effect, why: str, now: datetime, *, final: bool) -> None:
        """Give the claim back; where `final`, put the failure on the incident's timeline as undelivered."""


class Message(Struct, frozen=True, kw_only=True):
    """What one channel is to send: a body, and for mail a subject. Attributes, text or lists of it, are for filter policies."""

    body: str
    subject: str | None = None
    attributes: dict[str, str | tuple[str, ...]] = {}


class Channel(Protocol):
    """One way to reach people or programs."""

    def send(self, message: Message) -> str:
        """Send, and return the channel's own id of the message."""


type Channels = Mapping[ChannelName, Channel]


class DeadLetters(Protocol):
    """Keeps what cannot be read, so that somebody can look at it."""

    def keep(self, body: str, fault: InputError) -> str:
        """Keep a body as it came, with its fault beside it, and return the id of what was kept."""


class Queue(Protocol):
    """Carries messages onward."""

    def send(self, bodies: Mapping[str, str]) -> set[str]:
        """Send bodies by id; returns the ids of those that were not taken."""


class Published(Struct, frozen=True):
    """A policy as somebody published it: its bytes, and the label of that version where it was given one."""

    data: bytes
    label: str | None = None


class PublishedPolicies(Protocol):
    """Reads the newest policy that was published to this stack."""

    def newest(self) -> Published | None:
        """The newest policy, or None where none was ever published."""


class PolicyShelf(Protocol):
    """Keeps one text, which is what is remembered of policies."""

    def load(self) -> tuple[str | None, int]:
        """The text, None where there is none yet, and the version to keep the next one over (0 for none)."""

    def keep(self, text: str, over: int) -> None:
        """Keep a text over the version that was loaded. Raises Conflict where somebody else kept one since."""


class EndpointFacts(Protocol):
    """Reads endpoints and what they are made of."""

    def endpoint(self, name: str) -> Endpoint | None:
        """The endpoint of this name, or None."""

    def config(self, name: str) -> EndpointConfig | None:
        """The endpoint config of this name, or None."""

    def model(self, name: str) -> Model | None:
        """The model of this name, or None."""

    def scaled(self, endpoint: str, variants: tuple[str, ...]) -> tuple[str, ...]:
        """Those of an endpoint's variants that are under automatic scaling."""

    def tags(self, target: Target) -> dict[str, str]:
        """The tags of an endpoint as they are now: what allows an act is never believed for long. Raises, where they cannot be read."""


class Artifacts(Protocol):
    """Looks whether objects are there."""

    def exists(self, uri: str) -> bool:
        """Whether there is an object (or, for a URI that ends with a slash, any below it). Permanent where that may not be asked."""


class Starters(Protocol):
    """Reads what remedies start, by ARN: SageMaker pipelines, state machines, CodePipeline; of others nothing can be read."""

    def parameters(self, using: str) -> tuple[str, ...] | None:
        """The names of the parameters that a SageMaker pipeline takes; None where it is no such pipeline, or does not exist."""

    def running(self, using: str) -> tuple[str, ...] | None:
        """The executions that have not ended, as ARNs; None where that cannot be told for this kind of thing."""

    def execution(self, arn: str) -> Execution | None:
        """An execution, or None."""


class Packages(Protocol):
    """Reads the model registry."""

    def package(self, arn: str) -> ModelPackage | None:
        """A model package with its metrics, as far as they could be read; None where there is none."""

    def made_by(self, execution: str, like: tuple[str, ...]) -> ModelPackage | None:
        """The package that names this execution as its maker, sought in the groups of the packages in `like`; None where there is none."""


class Metrics(Protocol):
    """Reads how endpoints answer."""

    def health(self, endpoint: str, variants: tuple[str, ...], start: datetime, end: datetime) -> Health:
        """How an endpoint answered in a span of time."""


class Called(Struct, frozen=True, kw_only=True):
    """What AWS said to a call that changes something: `started` is the ARN (or id) of what began, where something did."""

    started: str | None = None


class Updates(Protocol):
    """Changes endpoints.

    Raises Busy where the endpoint is being updated, Throttled where AWS surely did not take the call, Transient where nobody
    knows whether it arrived, Permanent where it refuses.
    """

    def roll_back(self, endpoint: str, doing: RollBack, plan: Plan) -> Called:
        """UpdateEndpoint to the earlier config, with all variants' properties retained."""


class Weights(Protocol):
    """Moves traffic between variants. Raises as `Updates`."""

    def shift(self, endpoint: str, doing: ShiftTraffic) -> Called:
        """UpdateEndpointWeightsAndCapacities."""


class Starting(Protocol):
    """Starts what remedies start. Raises as `Updates`. The digest is the token by which a repetition is recognised, where AWS has one."""

    def start(self, using: str, parameters: dict[str, str], digest: str) -> Called:
        """Start an execution, or call a function, by its ARN."""


class Workflows(Protocol):
    """The executions of the remediation state machine."""

    def begin(self, digest: str, again: str = "") -> None:
        """Start the execution of this name. One that runs, or ran, is a success: the same plan never runs twice.

        `again` names one that only looks what became of a plan that is over, in at most 15 letters and digits.
        """

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        """Hand a waiting step its output. False where that step waits no more."""


class Identity(Protocol):
    """Finds out from AWS who somebody is."""

    def vouched_for(self, proof: Mapping[str, object], digest: str, answer: Answer) -> str:
        """The ARN of who answered so to exactly this plan, lately. Permanent, with why, where AWS does not vouch for it."""


class Held(Struct, frozen=True):
    """An action, and the version to keep the next one over."""

    action: Action
    version: int


class Step(Struct, frozen=True, kw_only=True):
    """What a step of the workflow leaves behind, together or not at all.

    `register` is as it is to be, over `register_version`; None where it is not touched. `awaits` are the names by which signals find the
    action from now on, `forgets` those by which they no longer do.
    """

    action: Action
    version: int
    register: Register | None = None
    register_version: int = 0
    efficacy: Efficacy | None = None
    awaits: tuple[str, ...] = ()
    forgets: tuple[str, ...] = ()


class Actions(Protocol):
    """Remembers plans under way."""

    def load(self, digest: str) -> Held | None:
        """An action as it is now, or None."""

    def register(self, target: Target) -> tuple[Register, int]:
        """What was done lately in a target's account and region, and the version to keep the next one over (0 for none)."""

    def efficacy(self, target: Target, remedy: RemedyName) -> Efficacy:
        """How well a remedy has worked for a target."""

    def keep(self, step: Step) -> None:
        """Keep a step in one transaction. Raises Conflict where action or register changed since."""

    def keep_token(self, digest: str, token: str, wait: str) -> None:
        """Keep the task token of a waiting step (`ask` or `await`) where only the server side reads it, over any earlier one."""

    def token(self, digest: str, wait: str) -> str | None:
        """The task token of a waiting step, or None."""

    def open(self, most: int) -> tuple[Action, ...]:
        """The actions that are not over, the oldest first, at most so many."""
