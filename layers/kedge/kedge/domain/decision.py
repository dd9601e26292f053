"""What Kedge makes of a signal, and why."""

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
    """Tell a receiver, now. `first` is the revision by which it heard of the incident first, None where it had not yet."""

    receiver: str
    why: Reason
    first: int | None = None


class Queued(Struct, frozen=True, kw_only=True, tag="gathered", tag_field="kind"):
    """Tell a receiver later, in one message with others: with its group, or, where `digest`, with all that was too much.

    `due` is the first moment at which it may be told, UTC; `first` as in `Notify`.
    """

    receiver: str
    why: Reason
    group: str
    due: datetime
    digest: bool = False
    first: int | None = None


class RemedySelected(Struct, frozen=True, kw_only=True, tag="remedy", tag_field="kind"):
    """That a remedy is the right one, and how far it may go by itself. `why` is the cause, `rule` the policy's rule.

    `plan` is None where what it needs to know could not be read yet; then nothing is started.
    """

    remedy: RemedyName
    mode: Mode
    why: str
    rule: str
    says: str
    plan: Plan | None = None


class RemedyHeld(Struct, frozen=True, kw_only=True, tag="refused", tag_field="kind"):
    """That a remedy is held back, why in one word and in one sentence, and when that ends by itself, if it does.

    `look` is when it is judged again if its end is not known.
    """

    remedy: RemedyName
    why: HoldReason
    says: str
    until: datetime | None = None
    look: datetime | None = None


class Suppressed(Struct, frozen=True, kw_only=True):
    """Why a receiver is not told, and what would have to change: `by` names the silence, incident, interval or rule.

    `until` is when it is looked at again, None where that needs another signal.
    """

    receiver: str
    why: Reason
    quiet: SuppressionReason
    by: str = ""
    until: datetime | None = None


class Inhibits(Struct, frozen=True):
    """That an open incident keeps others quiet: all whose inhibition has the same key."""

    key: str
    incident: str


class TooFewRecords(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The runs of a source, since the last that could be judged whole, that had too few records for it.

    The first of them ended at `since`; the window of the newest ended at `at`, and its run at `finished`. `told` says that people know.
    """

    since: datetime
    at: datetime
    finished: datetime
    runs: int = 1
    told: bool = False


class SourceState(Struct, frozen=True, kw_only=True):
    """The newest thing known of one source (a schedule or an alarm; or an endpoint, which has no verdict) of a case.

    `at` and `finished` order signals of one source; `bad` says whether it holds the incident open. `history` tells the
    last runs, oldest first, `v` violated, `f` measured nothing, `u` violated by a report that could not be read, `g` good, and `apart` the minutes between their windows' ends, in
    base 36; `span` is the length of the last run's window in minutes. `every` is the seconds between its last runs and
    `regular` how often in a row it was that. `voucher` says who confirmed the newest signal, None for a signal from before this was
    recorded. `thin` are runs on too few records since: they say that the monitor runs, and no more. If no run could be judged yet, `verdict` is
    `inconclusive`, and `at` and `finished` order nothing. `clamped` says that its clock ran ahead: then `at` is the time of arrival, and says nothing about order. `id` is the newest
    signal's; if no authority confirms it, the mark of that.
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
        """The end of the newest window that the source looked at, whether its run could be judged or not."""
        return self.at if self.thin is None else max(self.at, self.thin.at)

    @property
    def heard(self) -> datetime:
        """When the newest run of the source ended."""
        return self.finished if self.thin is None else max(self.finished, self.thin.finished)


REMEMBERED: Final = 32
"""How many of the last signals a case knows by their marks."""


class CaseState(Struct, frozen=True, kw_only=True):
    """All that is known of one case: a target and a monitor, or a target and what changes about it.

    `recent` holds the marks (`kedge.domain.ids`) of the last signals' ids, so that a late repetition is known for what it
    is: the ids themselves would be most of what DynamoDB is paid for. `turns` are the times at which it last fired or
    resolved; `due` is when the case wants to be looked at, whatever happens until then; `sightings` (of a fleet only) are
    the marks of the targets on which a feature was seen to drift, with the time in minutes since 1970. `deployments` (of what
    changes about an endpoint only) are the configs that it ran. `broken` are the times in which its data was broken, by the incidents before
    the newest one.

    Signals that no authority confirms have a history of their own, `unconfirmed`, `recent_unconfirmed` and `turns_unconfirmed`, so that they can neither
    hide nor end what confirmed signals showed.
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
        """The newest thing known of a source, from its confirmed signals or from the others."""
        if confirmed:
            return self.sources.get(source)
        return self.unconfirmed.get(source) or self._from_before(source)

    def seen(self, *marks: str, confirmed: bool = True) -> "CaseState":
        """Return the state in which a signal is known by marks of its id, among confirmed signals or among the others."""
        if confirmed:
            return replace(self, recent=(*self.recent, *marks)[-REMEMBERED:])
        return replace(self, recent_unconfirmed=(*self.recent_unconfirmed, *marks)[-REMEMBERED:])

    def _from_before(self, source: str) -> SourceState | None:
        """A source of which it was not recorded yet who confirms it, and that no job of SageMaker's speaks for."""
        last = self.sources.get(source)
        return last if last is not None and last.voucher is None and last.job is None else None


class Decision(Struct, frozen=True, kw_only=True):
    """The new state, what to do, and why. `changed` is False where nothing need be kept.

    `because` is one sentence for the timeline; `verdict` is the signal's after the policy has weighed it (a run on too
    few records is inconclusive, whatever it says), None for signals that bring none. `quieted` tells whom it does not tell,
    and why; `routes` the ways through the policy that it took; `policy` the name and version that decided. `paces` and
    `groups` are what has to be remembered of receivers and groups; `said` says that no authority confirms what is told. `inhibits` and `frees` are the inhibitions that begin
    and end with it. `remedies` says what would be done, or is not, and why; `errands` what is to be started for it.
    """

    reason: Reason
    state: CaseState
    changed: bool
    because: str
    verdict: Verdict | None = None
    incident: Incident | None = None
    effects: tuple[Notify | Queued, ...] = ()
    quieted: tuple[Suppressed, ...] = ()
    routes: tuple[str, ...] = ()
    policy: str = ""
    paces: dict[str, SendRate] = {}
    groups: dict[str, GroupState] = {}
    said: bool = False
    inhibits: tuple[Inhibits, ...] = ()
    frees: tuple[Inhibits, ...] = ()
    remedies: tuple[RemedySelected | RemedyHeld, ...] = ()
    errands: tuple[WorkflowRequest, ...] = ()
