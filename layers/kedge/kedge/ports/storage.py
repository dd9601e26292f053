"""Remembers what is known and what was decided."""

from datetime import datetime
from typing import Protocol, Self

import msgspec
from msgspec import Struct

from kedge.domain.action import ActionRegister, Efficacy, WorkflowRequest
from kedge.domain.context import Context, ContextRequest
from kedge.domain.decision import CaseState, Decision
from kedge.domain.effect import Effect, Heartbeat
from kedge.domain.notification import GroupState, QueuedNotification, SendRate
from kedge.domain.provenance import OWN, Provenance
from kedge.domain.remedy import RemedyName
from kedge.domain.run import MeasuredRun, Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.silence import Silence
from kedge.domain.source_key import SourceCase
from kedge.domain.target import Target


class Claim(Struct, frozen=True):
    """The right to perform one effect. `done` tells that it was performed before, and by which message."""

    effect: str
    done: bool


class VersionedContext(Struct, frozen=True, kw_only=True):
    """What lies around a case, with the versions (by receiver, by group) to commit changes of it against."""

    around: Context
    paces: dict[str, int] = {}
    groups: dict[str, int] = {}

    def beside(self, known: Context) -> Self:
        """Add the silences, inhibitors, paces and groups that were read here to what is known."""
        read = self.around
        around = msgspec.structs.replace(
            known, silences=read.silences, inhibitors=read.inhibitors, paces=read.paces, groups=read.groups
        )
        return msgspec.structs.replace(self, around=around)


class Commit(Struct, frozen=True, kw_only=True):
    """All that a decision leaves behind, to be kept together or not at all.

    `version` is that of the case when it was loaded, `against` what lay around it when it was decided; `effects` are to
    be performed, `notices` to be told later. `spoken` is what is to be kept of the signal's source, if that is new. `by` and `comment` are the person's whose decision the signal was; `provenance` is the
    signal's. `measured` is the run with its values, None where there is nothing to keep.
    """

    decision: Decision
    signal_id: str
    target: Target
    monitor: Monitor | ChangeKind
    version: int
    effects: tuple[Effect, ...]
    notices: tuple[QueuedNotification, ...]
    against: VersionedContext
    now: datetime
    by: str | None = None
    comment: str = ""
    provenance: Provenance = OWN
    errands: tuple[WorkflowRequest, ...] = ()
    spoken: SourceCase | None = None
    measured: MeasuredRun | None = None


class Ledger(Protocol):
    """Remembers cases, incidents, timelines and what is still to be told."""

    def load(self, target: Target, monitor: Monitor | ChangeKind) -> tuple[CaseState, int]:
        """What is known of a case, and the version to commit against (0 for a case never seen)."""

    def spoken(self, speaker: Target) -> tuple[SourceCase, ...]:
        """Where the word of a source lies, and of each of its parts; nothing of one that was never heard of."""

    def surroundings(self, asks: ContextRequest) -> VersionedContext:
        """What lies around a case: the silences that were added, and what is asked for. `upstream` is left out."""

    def commit(self, commit: Commit) -> None:
        """Keep state, incident, timeline entry, outbox, notices, paces, groups and inhibitions in one transaction.

        Raises Conflict where somebody else committed after something in it was loaded.
        """

    def keep_silence(self, silence: Silence) -> bool:
        """Keep a silence as it now is, over the one of the same id. False where that was changed later."""

    def cases(self, target: Target, monitors: tuple[Monitor, ...]) -> tuple[CaseState, ...]:
        """What is known of some cases of a target, in the order of `monitors`; of a case never seen, an empty state."""

    def measured(self, target: Target, monitor: Monitor, since: datetime) -> tuple[MeasuredRun, ...]:
        """The runs of a target's monitor that are kept with their values and ended since a moment, the oldest first; the newest 1,500 at most."""

    def register(self, target: Target) -> ActionRegister:
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


class NotificationCommit(Struct, frozen=True, kw_only=True):
    """A step of telling what was gathered, to be kept together or not at all.

    `told` are the notices that it takes away, `folded` the one that takes their place, if any; `pace` and `group` are as
    they are to be, over the versions that `against` gives. `paced` is the name under which the pace is kept.
    """

    receiver: str
    paced: str
    told: tuple[QueuedNotification, ...]
    folded: QueuedNotification | None = None
    effects: tuple[Effect, ...] = ()
    pace: SendRate | None = None
    group: GroupState | None = None
    against: VersionedContext
    now: datetime


class Agenda(Protocol):
    """What is to be done at a time, whether a signal comes or not."""

    def due(self, now: datetime, most: int) -> tuple[Due, ...]:
        """The cases that want to be looked at by now, the longest waiting first, at most so many."""

    def receivers(self, now: datetime) -> tuple[str, ...]:
        """Those who may be told by now of something that waits for them, the longest waiting first."""

    def notices(self, receiver: str, now: datetime, most: int) -> tuple[QueuedNotification, ...]:
        """What a receiver may be told by now, of the incident that began first first, at most so many."""

    def surroundings(self, asks: ContextRequest) -> VersionedContext:
        """As `Ledger.surroundings`."""

    def tell(self, telling: NotificationCommit) -> None:
        """Take away the notices that were told and keep what takes their place, in one transaction of 100 writes at most.

        Raises Conflict where somebody else did it, or changed pace or group since.
        """


class Heartbeats(Protocol):
    """Passes signs of life on."""

    def pass_on(self, heartbeat: Heartbeat) -> None:
        """Leave a heartbeat in the outbox; one that is there already is not carried again."""


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
