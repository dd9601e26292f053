"""One policy at work on what a recording delivers: its own ledger, its own timers, in virtual time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, override

from msgspec import Struct

from kedge.domain.decision import CaseState, Decision
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.notification import IncidentSummary
from kedge.domain.reason import Reason
from kedge.domain.signal import AnySignal, FeaturesDrifted, TimerFired
from kedge.policy.compiled import Policy
from kedge.ports.storage import NotificationCommit
from kedge.services.intake import Intake, IntakeOutcome, case_of
from kedge.services.reconcile import Reconcile
from workbench.replay.delivering import Deliveries
from workbench.replay.idle import next_change
from workbench.replay.unattended import Unattended

_MINUTE: Final = timedelta(minutes=1)
# More rounds than it takes to tell what there is room for.
_ROUNDS: Final = timedelta(minutes=10)
_NO_NEWS: Final = frozenset({Reason.NOTED, Reason.DUPLICATE})
_FOREVER: Final = timedelta.max


class Told(Struct, frozen=True, kw_only=True):
    """One message about what was gathered: to whom, and of which incidents, the worst first; `effect` has the whole of it.

    `digest` says that it tells what was too much for its receiver; `groups` are those that it tells of.
    """

    receiver: str
    effect: Effect
    briefs: tuple[IncidentSummary, ...]
    groups: frozenset[str]
    digest: bool = False


class Happened(Struct, frozen=True, kw_only=True, gc=False):
    """What came of one moment: a signal that was decided on, or a message. `timer` marks what no event asked for."""

    at: datetime
    outcome: IntakeOutcome | None = None
    told: Told | None = None
    timer: bool = False


class Side:
    """A policy, and all that it has decided so far."""

    def __init__(self, policy: Policy, deliveries: Deliveries) -> None:
        """`deliveries` are the recording's; a side reads nothing else."""
        self.policy = policy
        self.ledger = Unattended(lambda: self._now)
        self._deliveries = deliveries
        self._now = datetime.min.replace(tzinfo=UTC)
        self._round = self._passed = self._now
        self._idle = False
        channels = tuple(ChannelName)
        self._intake = _Intake(
            reader=deliveries.reader,
            ledger=self.ledger,
            policy=lambda: policy,
            channels=channels,
            environment=policy.environment,
            clock=lambda: self._now,
            facts=deliveries.facts,
            confirming=deliveries.confirming,
            ending=deliveries.ending,
        )
        self._fired: list[tuple[IntakeOutcome, CaseState]] = []
        self._reconcile = Reconcile(
            settle=self._fire, agenda=self.ledger, policy=lambda: policy, channels=channels, clock=lambda: self._now
        )

    def take(self, signal: AnySignal, now: datetime) -> Iterator[Happened]:
        """Decide on a signal; before it comes what the fleet made of it, where that is news."""
        self._now, self._idle = now, False
        self._deliveries.now_is(now)
        outcome = self._intake.settle(signal)
        if self._intake.seen:
            yield from self._sightings(now)
        yield Happened(at=now, outcome=outcome)

    def until(self, moment: datetime) -> Iterator[Happened]:
        """Let time run, and everything happen that is due by then, minute by minute."""
        while (at := self._next_round()) is not None and at <= moment:
            yield from self._minute(at)
        self._passed = max(self._passed, moment)

    def to_the_end(self) -> Iterator[Happened]:
        """Let time run on until what waits now has been told, and no further.

        A receiver without room has some again after the span of its limit. What a silence holds back for longer is not waited
        for.
        """
        waiting = self._waiting()
        longest = max(receiver.per for receiver in self.policy.receivers.values())
        latest = max(waiting.values(), default=self._now) + longest + _ROUNDS
        while waiting.keys() & self._waiting().keys() and (at := self._next_round()) is not None and at <= latest:
            yield from self._minute(at)

    def _waiting(self) -> dict[str, datetime]:
        return {notice.id: notice.due for held in self.ledger.waiting.values() for notice in held.values()}

    def _next_round(self) -> datetime | None:
        """The whole minute in which something is done next: after the last, and after all that happened since."""
        due = self.ledger.next_due()
        if due is not None and due <= self._round and self._idle:
            due = next_change(self.policy, self.ledger, self._round)
        if due is None:
            return None
        return max(_whole_minute(max(due, self._passed)), self._round + _MINUTE)

    def _minute(self, at: datetime) -> Iterator[Happened]:
        self._now = self._round = at
        self._deliveries.now_is(at)
        self._fired = []
        done = self._reconcile.round(lambda: _FOREVER)
        self._idle = not done.outcomes and not done.tellings
        for left in done.left:
            raise left.error  # nobody else is at work here: whatever was left is a fault of ours
        for outcome, before in self._fired:
            if outcome.decision is not None and _is_news(before, outcome.decision):
                yield Happened(at=at, outcome=outcome, timer=True)
        yield from self._sightings(at)
        for telling in done.tellings:
            if telling.effects:
                yield Happened(at=at, told=_told(telling), timer=True)

    def _fire(self, signal: AnySignal) -> IntakeOutcome:
        before, _ = self.ledger.load(signal.target, case_of(signal))
        outcome = self._intake.settle(signal)
        self._fired.append((outcome, before))
        return outcome

    def _sightings(self, at: datetime) -> Iterator[Happened]:
        for seen in self._intake.seen:
            if seen.decision is not None and seen.decision.reason not in _NO_NEWS:
                yield Happened(at=at, outcome=seen, timer=True)
        self._intake.seen.clear()


class _Intake(Intake):
    """Intake that remembers what a run told the fleet, which otherwise only the ledger hears."""

    seen: list[IntakeOutcome]

    def __init__(self, **parts: object) -> None:
        super().__init__(**parts)  # type: ignore[arg-type]
        self.seen = []

    @override
    def settle(self, signal: AnySignal) -> IntakeOutcome:
        outcome = super().settle(signal)
        if isinstance(signal, FeaturesDrifted) or (isinstance(signal, TimerFired) and signal.ended):
            self.seen.append(outcome)
        return outcome


def _whole_minute(moment: datetime) -> datetime:
    at = moment.replace(second=0, microsecond=0)
    return at if at == moment else at + _MINUTE


def _told(telling: NotificationCommit) -> Told:
    effect = telling.effects[0]
    briefs = effect.briefs or (IncidentSummary.of(effect.incident, effect.why, effect.receiver),)
    digest = any(notice.digest for notice in telling.told)
    groups = frozenset(notice.group for notice in telling.told)
    return Told(receiver=telling.receiver, effect=effect, briefs=briefs, groups=groups, digest=digest)


def _is_news(before: CaseState, decision: Decision) -> bool:
    """Whether a timer changed something that somebody would want to see: most only look again."""
    if decision.effects or decision.remedies or decision.verdict is not None:
        return True
    now, then = decision.incident, before.incident
    if now is None or decision.reason in _NO_NEWS:
        return False
    if then is None or now.id != then.id:
        return True
    if (now.state, now.severity, now.flapping) != (then.state, then.severity, then.flapping):
        return True
    quiet = {(each.receiver, each.quiet, each.by) for each in decision.quieted}
    return bool(quiet) and quiet != {(name, each.quiet, each.by) for name, each in then.waiting.items()}
