"""The ports that store what is known and what was decided."""

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
from kedge.domain.source_case import SourceCase
from kedge.domain.target import Target


class Claim(Struct, frozen=True):
    """The right to perform one effect. `done` means that it was performed before."""

    effect: str
    done: bool


class VersionedContext(Struct, frozen=True, kw_only=True):
    """The context of a case, with the versions (by receiver, by group) to commit changes against."""

    context: Context
    paces: dict[str, int] = {}
    groups: dict[str, int] = {}

    def beside(self, known: Context) -> Self:
        """Return the known context with the silences, inhibitors, paces and groups that were read here."""
        read = self.context
        context = msgspec.structs.replace(
            known, silences=read.silences, inhibitors=read.inhibitors, paces=read.paces, groups=read.groups
        )
        return msgspec.structs.replace(self, context=context)


class Commit(Struct, frozen=True, kw_only=True):
    """All results of a decision, written together or not at all.

    `version` is that of the case when it was loaded. `against` is what surrounded it when it was decided. `effects` are
    to be performed, `notices` are for later notifications. `spoken` is the new information about the signal's source,
    if any. If the signal was a person's decision, `by` and `comment` belong to that person. `provenance` is the
    signal's. `measured` is the run with its values, None if there is nothing to store.
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
    workflow_requests: tuple[WorkflowRequest, ...] = ()
    spoken: SourceCase | None = None
    measured: MeasuredRun | None = None


class Ledger(Protocol):
    """Storage for cases, incidents, timelines and pending notifications."""

    def load(self, target: Target, monitor: Monitor | ChangeKind) -> tuple[CaseState, int]:
        """Return the state of a case, and the version to commit against (0 for a new case)."""

    def spoken(self, source_target: Target) -> tuple[SourceCase, ...]:
        """Return the cases that a source and each of its parts report on; none for an unknown source."""

    def load_context(self, asks: ContextRequest) -> VersionedContext:
        """Return the silences and everything that `asks` names, without `upstream`."""

    def commit(self, commit: Commit) -> None:
        """Write state, incident, timeline entry, outbox, notices, paces, groups and inhibitions in one transaction.

        Raises:
            Conflict: another worker committed after something in it was loaded.
        """

    def keep_silence(self, silence: Silence) -> bool:
        """Write the current silence over the one with the same id; return False if that one was changed later."""

    def cases(self, target: Target, monitors: tuple[Monitor, ...]) -> tuple[CaseState, ...]:
        """Return the states of some cases of a target, in the order of `monitors`; an empty state for a new case."""

    def measured(self, target: Target, monitor: Monitor, since: datetime) -> tuple[MeasuredRun, ...]:
        """Return the newest runs of a monitor with values that ended since a moment, the oldest first.

        It returns at most 1,500 runs.
        """

    def register(self, target: Target) -> ActionRegister:
        """Return the recent actions in a target's account and Region, read consistently; empty if there were none."""

    def efficacy(self, target: Target) -> dict[RemedyName, Efficacy]:
        """Return how well each remedy has worked for a target, without those never tried."""

    def awaiting(self, names: tuple[str, ...]) -> dict[str, str]:
        """Return the digests of the actions that wait for these names (`kedge.remediation.wake_keys`), by name."""


class Due(Struct, frozen=True, order=True):
    """A case that is due for evaluation, and since when."""

    at: datetime
    target: Target
    monitor: Monitor


class NotificationCommit(Struct, frozen=True, kw_only=True):
    """One step of sending gathered notices, written together or not at all.

    `told` are the notices that it deletes, `folded` the one that replaces them, if any. `pace` and `group` are the new
    ones, against the versions in `against`. `paced` is the name of the pace.
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
    """The agenda: work that is due at a time, with or without a signal."""

    def due(self, now: datetime, most: int) -> tuple[Due, ...]:
        """Return at most `most` cases that are due for evaluation by now, the longest waiting first."""

    def receivers(self, now: datetime) -> tuple[str, ...]:
        """Return the receivers that Kedge may notify by now, the longest waiting first."""

    def notices(self, receiver: str, now: datetime, most: int) -> tuple[QueuedNotification, ...]:
        """Return at most `most` notices that a receiver may get by now, ordered by the start of the incident."""

    def load_context(self, asks: ContextRequest) -> VersionedContext:
        """Return the context of a case, as `Ledger.load_context` does."""

    def tell(self, telling: NotificationCommit) -> None:
        """Delete the notices that were sent and write what replaces them, in one transaction of at most 100 writes.

        Raises:
            Conflict: another worker did it, or changed the pace or the group in the meantime.
        """


class StrandedEffect(Struct, frozen=True, kw_only=True):
    """An effect that no worker has received: its id, its body in the outbox, and when it was made."""

    id: str
    body: str
    made: datetime


class Outbox(Protocol):
    """The effects in the outbox, by the time of their storage."""

    def stranded(self, since: datetime, until: datetime, most: int) -> tuple[tuple[StrandedEffect, ...], datetime]:
        """Return the effects without a delivery among the first `most` of a time span, and the end of what was read."""

    def list_again(self, effect_id: str, at: datetime) -> None:
        """List an effect at another time, so that it is looked at then.

        Raises Conflict if another worker did that.
        """


class Heartbeats(Protocol):
    """The outbox for heartbeats."""

    def pass_on(self, heartbeat: Heartbeat) -> None:
        """Write a heartbeat to the outbox, unless it is already there."""


class Deliveries(Protocol):
    """The record of deliveries, which prevents two workers from sending the same notification."""

    def claim(self, effect: Effect, now: datetime, lease_seconds: int) -> Claim:
        """Take and return the right to perform an effect until the lease ends.

        Raises Busy if another worker holds it.
        """

    def failed_so_far(self, effect: Effect) -> bool:
        """Return whether an effect has failed so far and will be tried again."""

    def delivered(self, effect: Effect, message_id: str, now: datetime, but: str | None = None) -> None:
        """Record, after success, that an effect was performed, with the channel's own id of the message.

        `but` says why its receiver probably did not get it, None without such a reason.
        """

    def failed(self, effect: Effect, why: str, now: datetime, *, final: bool) -> None:
        """Release the claim. If `final`, record the failure on the incident's timeline as undelivered."""


class Published(Struct, frozen=True):
    """A published document: its bytes, and the label of that version if it has one."""

    data: bytes
    label: str | None = None


class PublishedDocuments(Protocol):
    """The source of the documents of one kind that were published to this stack."""

    def newest(self) -> Published | None:
        """Return the newest document, or None if none was ever published."""


class StoredDocument(Protocol):
    """The store of one text, which holds what Kedge remembers of the documents of one kind."""

    def load(self) -> tuple[str | None, int]:
        """Return the text (None if there is none yet) and the version to write the next one against (0 for none)."""

    def keep(self, text: str, over: int) -> None:
        """Write a text against the version that was loaded.

        Raises Conflict if another worker wrote one in the meantime.
        """
