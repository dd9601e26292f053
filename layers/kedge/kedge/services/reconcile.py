"""Handles everything without a signal: due moments, pending messages, and the check of the policy."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from kedge.domain.context import ContextRequest
from kedge.domain.effect import ChannelName
from kedge.domain.notification import QueuedNotification, SendRate
from kedge.domain.signal import AnySignal, TimerFired
from kedge.ledger.items import stamp
from kedge.ledger.outbox import effects_of
from kedge.policy.compiled import Policy
from kedge.ports.storage import Agenda, Due, NotificationCommit, VersionedContext
from kedge.routing.digest import digest_steps
from kedge.routing.grouping import pace_of
from kedge.routing.silences import held_back
from kedge.services.intake import IntakeOutcome
from kedge.services.measurement.schedule import MeasurementSchedule, ScheduledMeasurements
from kedge.services.self_check import SelfCheck, SelfCheckResult
from kedge.services.stranded import CarriedEffects, StrandedEffects

if TYPE_CHECKING:
    from kedge.services.policy_store.published import DocumentWatch
    # which loads a reader of YAML; a replay needs none

RESERVE: Final = timedelta(seconds=10)
"""The minimum time left for a new step: one step may wait that long for AWS, and then try again."""

MOST_CASES: Final = 2_000
"""The maximum number of cases in one round: more than fit into a minute."""

MOST_NOTICES: Final = 10_000
"""The maximum number of one receiver's notices in one round: the memory of a small function."""

type TimeLeft = Callable[[], timedelta]


class FailedWork(Struct, frozen=True, kw_only=True):
    """Work that failed in this round, and the reason. It is as due in the next round."""

    what: str
    error: Exception


class ReconcileResult(Struct, kw_only=True):
    """The result of one round: decisions, notifications, and failed work. `unfinished` says that its time was over.

    `looked` is the result of the hourly self-check, and `windows` are those that were sent to Kedge's own monitor.
    `carried` are the effects that had stayed behind.
    """

    outcomes: list[IntakeOutcome] = []
    tellings: list[NotificationCommit] = []
    left: list[FailedWork] = []
    unfinished: bool = False
    looked: SelfCheckResult | None = None
    windows: ScheduledMeasurements | None = None
    carried: CarriedEffects | None = None

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Record a failure inside, and continue."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  a fault in one case, foreseen or not, must not keep all others quiet
            self.left.append(FailedWork(what=what, error=error))


class Reconcile:
    """Runs a round a minute. After a crash anywhere in it, the rest is as due as before."""

    def __init__(
        self,
        settle: Callable[[AnySignal], IntakeOutcome],
        agenda: Agenda,
        policy: Callable[[], Policy],
        channels: tuple[ChannelName, ...],
        clock: Callable[[], datetime],
        watches: "Sequence[DocumentWatch[Any, Any]]" = (),
        upkeep: SelfCheck | None = None,
        measurements: MeasurementSchedule | None = None,
        stranded: StrandedEffects | None = None,
    ) -> None:
        """Connect the ports. `settle` decides on a signal and stores the decision (`Intake.settle`).

        `policy` returns the active one, `channels` are the configured ones. `watches` find new policies and new
        monitors. Without `upkeep`, there is no self-check, and without `stranded` no effect is carried again.
        """
        self._settle = settle
        self._agenda = agenda
        self._policy = policy
        self._channels = channels
        self._clock = clock
        self._watches = watches
        self._upkeep = upkeep
        self._measurements = measurements
        self._stranded = stranded

    def round(self, time_left: TimeLeft) -> ReconcileResult:
        """Carry out what is due, as far as the time allows.

        A failure is left for the next round, and does not delay the rest.

        Raises:
            Transient: it is unknown what is due; try again later.
            Permanent: it is unknown what is due.
        """
        done = ReconcileResult()
        for watch in self._watches:
            with done.trying(f"look at the {watch.what}"):
                self._look(watch, done)
        with done.trying("look after Kedge itself"):
            done.looked = None if self._upkeep is None else self._upkeep.look()
        if self._measurements is not None:
            with done.trying("send the windows that are due"):
                done.windows = self._measurements.send_due()
        if self._stranded is not None:
            with done.trying("carry the effects that stayed behind"):
                done.carried = self._stranded.carry()
        self._fire(done, time_left)
        for receiver in self._agenda.receivers(self._clock()):
            with done.trying(f"send the waiting notices of {receiver}"):
                self._tell(receiver, done, time_left)
        return done

    def _look(self, watch: "DocumentWatch[Any, Any]", done: ReconcileResult) -> None:
        if (signal := watch.look()) is not None:
            done.outcomes.append(self._settle(signal))
            watch.told(signal)

    def _fire(self, done: ReconcileResult, time_left: TimeLeft) -> None:
        """Evaluate the due cases in at most half of the time: for any number of cases, pending messages are sent."""
        least = max(time_left() / 2, RESERVE)
        for due in self._agenda.due(self._clock(), MOST_CASES):
            if time_left() < least:
                done.unfinished = True
                return
            try:
                done.outcomes.append(self._settle(timer_of(due)))
            except Exception as error:  # noqa: BLE001  as in `trying`, which would cost as much as a part of the decision
                done.left.append(FailedWork(what=f"look at {due.target} {due.monitor}", error=error))

    def _tell(self, receiver: str, done: ReconcileResult, time_left: TimeLeft) -> None:
        now = self._clock()
        notices = self._agenda.notices(receiver, now, MOST_NOTICES)
        confirmed = {notice.incident.id for notice in notices if not notice.said}
        by_pace: dict[str, list[QueuedNotification]] = {}
        for notice in notices:
            # News that was unconfirmed and is confirmed since is one message.
            said = notice.said and notice.incident.id not in confirmed
            by_pace.setdefault(pace_of(receiver, said=said), []).append(notice)
        # Confirmed news comes first: of two names, the receiver's own is the shorter one.
        for paced in sorted(by_pace, key=len):
            self._tell_at_pace(receiver, paced, tuple(by_pace[paced]), done, time_left)

    def _tell_at_pace(
        self,
        receiver: str,
        paced: str,
        notices: tuple[QueuedNotification, ...],
        done: ReconcileResult,
        time_left: TimeLeft,
    ) -> None:
        policy, now = self._policy(), self._clock()
        groups = tuple(dict.fromkeys(notice.group for notice in notices))
        against = self._agenda.load_context(ContextRequest(receivers=(paced,), groups=groups))
        held = {notice.id for notice in held_back(policy, notices, against.context.silences, now)}
        notices = tuple(notice for notice in notices if notice.id not in held)
        for step in digest_steps(policy, receiver, notices, against.context.paces.get(paced, SendRate()), now):
            if time_left() < RESERVE:
                done.unfinished = True
                return
            effects = () if step.message is None else effects_of(step.message, self._channels, policy.channels, now)
            telling = NotificationCommit(
                receiver=receiver,
                paced=paced,
                told=step.told,
                folded=step.folded,
                effects=effects,
                pace=step.pace,
                group=step.group,
                against=against,
                now=now,
            )
            self._agenda.tell(telling)
            done.tellings.append(telling)
            against = _after(telling)


def timer_of(due: Due) -> TimerFired:
    """Return the signal that a case is due. Two signals for one moment are the same."""
    name = f"timer/{due.target}/{due.monitor}/{stamp(due.at)}"
    return TimerFired(id=name, at=due.at, target=due.target, monitor=due.monitor)


def _after(telling: NotificationCommit) -> VersionedContext:
    """Return the versions for the next step: the old ones, increased for each item that this step has written."""
    against = telling.against
    paces, groups = dict(against.paces), dict(against.groups)
    if telling.pace is not None:
        paces[telling.paced] = paces.get(telling.paced, 0) + 1
    if telling.group is not None:
        name = telling.told[0].group
        groups[name] = groups.get(name, 0) + 1
    return msgspec.structs.replace(against, paces=paces, groups=groups)
