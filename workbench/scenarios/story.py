"""The events of a played test in order: decisions, notifications, suppressions, and their reasons."""

from datetime import datetime
from typing import TYPE_CHECKING, override

from msgspec import Struct

from kedge.domain.decision import Decision, Queued, RemedySelected, Suppressed
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.incident import Incident, SuppressionReason
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.target import Target
from kedge.ports.storage import Commit, NotificationCommit
from workbench.replay.ledger import MemoryLedger

if TYPE_CHECKING:
    from kedge.domain.action import WorkflowRequest
    from kedge.domain.plan import Plan

TIMER = "timer/"
"""The prefix of the ids of timers."""

LOOK = "read/"
"""The prefix of the ids of reads of endpoints. The story omits an endpoint that did not change."""

STEP = "action/"
"""The prefix of the ids of a plan's steps."""


class Told(Struct, frozen=True, kw_only=True):
    """One message to one receiver, with the effect for each channel that it used."""

    at: datetime
    receiver: str
    why: Reason
    incidents: int
    effects: dict[ChannelName, Effect]


class Entry(Struct, frozen=True, kw_only=True):
    """One event. `decision` is None if a gathered notification was sent.

    `suppressed` omits a suppression that a timer found unchanged, because timers re-evaluate it repeatedly. `by_kedge`
    says that the signal came from Kedge itself: a timer, a read, or the step of a plan.
    """

    at: datetime
    subject: str
    target: Target | None = None
    monitor: Monitor | ChangeKind | None = None
    decision: Decision | None = None
    remark: str = ""
    by_timer: bool = False
    by_kedge: bool = False
    told: tuple[Told, ...] = ()
    gathered: tuple[Queued, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()


class Story(MemoryLedger):
    """The replay's own ledger, which also keeps every commit for explanations."""

    def __init__(self) -> None:
        """Start without events."""
        super().__init__()
        self.entries: list[Entry] = []
        self.plans: dict[str, Plan] = {}
        self.acts: list[str] = []
        self.workflow_requests: list[WorkflowRequest] = []
        self._quiet: dict[tuple[Target, Monitor | ChangeKind], set[tuple[str, SuppressionReason, str]]] = {}

    @override
    def commit(self, commit: Commit) -> None:
        """Commit as the ledger does, and record it."""
        known = self.load(commit.target, commit.monitor)[0].deployments.current
        super().commit(commit)
        decision = commit.decision
        self.workflow_requests += commit.workflow_requests
        plans = (each.plan for each in decision.remedies if isinstance(each, RemedySelected))
        self.plans.update({plan.digest: plan for plan in plans if plan is not None})
        now = decision.state.deployments.current
        if commit.signal_id.startswith(LOOK) and (known is None or (now is not None and known.config == now.config)):
            return
        by_timer = commit.signal_id.startswith(TIMER)
        self.entries.append(
            Entry(
                at=commit.now,
                subject=f"{commit.target.name} {commit.monitor}",
                target=commit.target,
                monitor=commit.monitor,
                decision=decision,
                by_timer=by_timer,
                by_kedge=commit.signal_id.startswith((TIMER, LOOK, STEP)),
                told=_messages(commit.effects, commit.now),
                gathered=tuple(each for each in decision.effects if isinstance(each, Queued)),
                suppressed=self._news(commit, by_timer=by_timer),
            )
        )

    @override
    def tell(self, telling: NotificationCommit) -> None:
        """Commit as the ledger does, and record it if a notification was sent."""
        super().tell(telling)
        if telling.effects:
            self.entries.append(
                Entry(at=telling.now, subject=telling.receiver, told=_messages(telling.effects, telling.now))
            )

    def heard_before(self, at: datetime, target: Target, monitor: Monitor | ChangeKind, decision: Decision) -> None:
        """Record a decision that changed nothing in the ledger."""
        self.entries.append(
            Entry(at=at, subject=f"{target.name} {monitor}", target=target, monitor=monitor, decision=decision)
        )

    def remark(self, at: datetime, subject: str, words: str) -> None:
        """Record an event that is not a decision."""
        self.entries.append(Entry(at=at, subject=subject, remark=words))

    def _news(self, commit: Commit, *, by_timer: bool) -> tuple[Suppressed, ...]:
        case = (commit.target, commit.monitor)
        before = self._quiet.get(case, set()) if by_timer else set()
        known = {(each.receiver, each.quiet, each.by) for each in commit.decision.suppressed}
        if known:
            self._quiet[case] = known
        return tuple(each for each in commit.decision.suppressed if (each.receiver, each.quiet, each.by) not in before)

    def incidents(self) -> tuple[Incident, ...]:
        """Return the newest incident of every case that has one."""
        return tuple(state.incident for state, _ in self.known.values() if state.incident is not None)


def _messages(effects: tuple[Effect, ...], at: datetime) -> tuple[Told, ...]:
    """Return one message for each receiver, even if it used several channels."""
    by_receiver: dict[str, dict[ChannelName, Effect]] = {}
    for effect in effects:
        by_receiver.setdefault(effect.receiver, {})[effect.channel] = effect
    return tuple(_message(receiver, through, at) for receiver, through in by_receiver.items())


def _message(receiver: str, through: dict[ChannelName, Effect], at: datetime) -> Told:
    first = next(iter(through.values()))
    incidents = max(1, len(first.briefs) + first.tally.incidents)
    return Told(at=at, receiver=receiver, why=first.why, incidents=incidents, effects=through)
