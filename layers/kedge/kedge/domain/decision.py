"""Kedge's decision on a signal, and its reason."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.action import WorkflowRequest
from kedge.domain.deployment import Deployments
from kedge.domain.incident import BrokenPeriod, Incident, SuppressionReason
from kedge.domain.notification import GroupState, SendRate
from kedge.domain.plan import Plan
from kedge.domain.provenance import Voucher
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Verdict

__all__ = [
    "CaseState",
    "Decision",
    "Inhibits",
    "Notify",
    "Queued",
    "Reason",
    "RemedyHeld",
    "RemedySelected",
    "SourceState",
    "Suppressed",
]


class Notify(Struct, frozen=True, kw_only=True, tag="notify", tag_field="kind"):
    """Notify a receiver now. `first` is the revision of the receiver's first notification of the incident, else None."""

    receiver: str
    why: Reason
    first: int | None = None


class Queued(Struct, frozen=True, kw_only=True, tag="gathered", tag_field="kind"):
    """Notify a receiver later, in one message with its group or, if `digest`, with everything above its limit.

    `due` is the earliest time of the message, UTC; `first` as in `Notify`.
    """

    receiver: str
    why: Reason
    group: str
    due: datetime
    digest: bool = False
    first: int | None = None


class RemedySelected(Struct, frozen=True, kw_only=True, tag="remedy", tag_field="kind"):
    """The selection of a remedy, and how far it may go without a person.

    `why` is the cause, `rule` the policy's rule. `plan` is None if its facts could not be read yet; then nothing is
    started.
    """

    remedy: RemedyName
    mode: Mode
    why: str
    rule: str
    says: str
    plan: Plan | None = None


class RemedyHeld(Struct, frozen=True, kw_only=True, tag="refused", tag_field="kind"):
    """The hold of a remedy: the reason in one word and in one sentence, and its end if it ends by itself.

    `look` is when it is re-evaluated if its end is unknown.
    """

    remedy: RemedyName
    why: HoldReason
    says: str
    until: datetime | None = None
    look: datetime | None = None


class Suppressed(Struct, frozen=True, kw_only=True):
    """The reason why a receiver is not notified: `by` names the silence, incident, interval or rule.

    `until` is the time of the re-evaluation, None if that requires another signal.
    """

    receiver: str
    why: Reason
    quiet: SuppressionReason
    by: str = ""
    until: datetime | None = None


class Inhibits(Struct, frozen=True):
    """An inhibition by an open incident of all others that have the same key."""

    key: str
    incident: str


class TooFewRecords(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The runs of a source with too few records since the last run with a full evaluation.

    The first of them ended at `since`. The window of the newest ended at `at`, and its run at `finished`. `told` says
    that a notification was sent.
    """

    since: datetime
    at: datetime
    finished: datetime
    runs: int = 1
    told: bool = False


class SourceState(Struct, frozen=True, kw_only=True):
    """The newest known state of one source of a case: a schedule, an alarm, or an endpoint, which has no verdict.

    `at` and `finished` order signals of one source; `bad` says whether it holds the incident open. `history` is the
    last runs, oldest first: `v` violated, `f` measured nothing, `u` violated by an unreadable report, `g` good. `apart`
    is the minutes between their windows' ends, in base 36. `span` is the length of the last run's window in minutes.
    `every` is the seconds between its last runs and `regular` how often in a row it had this value.

    `voucher` is the authority that confirmed the newest signal, None for a signal from before this was recorded. `thin`
    are later runs on too few records: they only show that the monitor runs. If no run could be evaluated yet, `verdict`
    is `inconclusive`, and `at` and `finished` do not order signals. `clamped` says that its clock ran ahead: then `at`
    is the time of arrival, and does not order signals either. `id` is the newest signal's; if no authority confirms it,
    the mark of that.
    """

    id: str
    at: datetime
    finished: datetime
    verdict: Verdict | None = None
    bad: bool = False
    job: str | None = None
    history: str = ""
    apart: str = ""
    span: int = 0
    every: int = 0
    regular: int = 0
    voucher: Voucher | None = None
    clamped: bool = False
    thin: TooFewRecords | None = None

    @property
    def reached(self) -> datetime:
        """Return the end of the source's newest window, with or without an evaluation of its run."""
        return self.at if self.thin is None else max(self.at, self.thin.at)

    @property
    def heard(self) -> datetime:
        """Return when the newest run of the source ended."""
        return self.finished if self.thin is None else max(self.finished, self.thin.finished)


REMEMBERED: Final = 32
"""The maximum number of last signals that a case recognizes by their marks."""


class CaseState(Struct, frozen=True, kw_only=True):
    """The state of one case: a target and a monitor, or a target and the kind of its changes.

    `recent` holds the marks (`kedge.domain.ids`) of the last signals' ids, to recognize a late repetition. The ids
    themselves would be most of the cost of DynamoDB. `turns` are the last times at which it fired or resolved. `due` is
    the time of its next re-evaluation without a signal. `sightings` (of a fleet only) are the marks of the targets with
    drift of a feature, with the time in minutes since 1970. `deployments` (of an endpoint's changes only) are the
    configs that it ran. `broken` are the times of its broken data, by the incidents before the newest one.

    Signals that no authority confirms have their own history, `unconfirmed`, `recent_unconfirmed` and
    `turns_unconfirmed`. So they can neither hide nor end what confirmed signals showed.
    """

    incident: Incident | None = None
    sources: dict[str, SourceState] = {}
    unconfirmed: dict[str, SourceState] = {}
    recent: tuple[str, ...] = ()
    recent_unconfirmed: tuple[str, ...] = ()
    turns: tuple[datetime, ...] = ()
    turns_unconfirmed: tuple[datetime, ...] = ()
    due: datetime | None = None
    sightings: dict[str, dict[str, int]] = {}
    deployments: Deployments = Deployments()
    broken: tuple[BrokenPeriod, ...] = ()

    def last_of(self, source: str, *, confirmed: bool) -> SourceState | None:
        """Return the newest state of a source, from its confirmed signals or from the others."""
        if confirmed:
            return self.sources.get(source)
        return self.unconfirmed.get(source) or self._from_before(source)

    def seen(self, *marks: str, confirmed: bool = True) -> "CaseState":
        """Return the state with the marks of a signal's id, among confirmed signals or among the others."""
        if confirmed:
            return replace(self, recent=(*self.recent, *marks)[-REMEMBERED:])
        return replace(self, recent_unconfirmed=(*self.recent_unconfirmed, *marks)[-REMEMBERED:])

    def _from_before(self, source: str) -> SourceState | None:
        """Return a source without a recorded authority and without a job of SageMaker's."""
        last = self.sources.get(source)
        return last if last is not None and last.voucher is None and last.job is None else None


class Decision(Struct, frozen=True, kw_only=True):
    """The new state, the actions, and the reason. `changed` is False if the state need not be stored.

    `because` is one sentence for the timeline. `verdict` is the signal's after the policy's evaluation (a run on too
    few records is always inconclusive), None for signals without one. `suppressed` lists suppressed receivers with
    reasons, `routes` the used routes of the policy, and `policy` the name and version that decided. `paces` and
    `groups` are the new states of receivers and groups. `said` says that no authority confirms the news.

    `inhibits` and `frees` are the inhibitions that begin and end with it. `remedies` are the selected and held remedies
    with reasons, and `workflow_requests` the workflow requests for them.
    """

    reason: Reason
    state: CaseState
    changed: bool
    because: str
    verdict: Verdict | None = None
    incident: Incident | None = None
    effects: tuple[Notify | Queued, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    routes: tuple[str, ...] = ()
    policy: str = ""
    paces: dict[str, SendRate] = {}
    groups: dict[str, GroupState] = {}
    said: bool = False
    inhibits: tuple[Inhibits, ...] = ()
    frees: tuple[Inhibits, ...] = ()
    remedies: tuple[RemedySelected | RemedyHeld, ...] = ()
    workflow_requests: tuple[WorkflowRequest, ...] = ()
