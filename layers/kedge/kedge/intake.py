"""Takes a raw event in: reads what it points at, decides, and commits before anybody is told."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.domain.decision import Decision, State
from kedge.domain.effect import ChannelName
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import (
    AlarmChanged,
    AnySignal,
    Change,
    DeploymentChanged,
    EndpointChanged,
    Ignored,
    ModelPackageChanged,
    PipelineFinished,
    RunFinished,
    ScheduleChanged,
)
from kedge.errors import Conflict
from kedge.ledger.outbox import outbox
from kedge.policy.decide import decide
from kedge.policy.document import Policy
from kedge.ports import Ledger
from kedge.sources.reader import Reader

_TOLD_BY_REPORT: Final = (
    Monitor.DATA_QUALITY,
    Monitor.MODEL_QUALITY,
    Monitor.MODEL_BIAS,
    Monitor.MODEL_EXPLAINABILITY,
)
# As many as there may be intakes at once (MaximumConcurrency): whoever loses, loses to one that is then done. More is left to
# the queue, which tries again later; a direct caller has none, and would get an error for being one of eight at once.
_ATTEMPTS: Final = 10


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one event: ignored for a reason, or a signal and the decision on it."""

    signal: AnySignal | None = None
    ignored: Ignored | None = None
    decision: Decision | None = None


class Intake:
    """The first half of the ring: signal in, decision kept, effects in the outbox."""

    def __init__(
        self,
        reader: Reader,
        ledger: Ledger,
        policy: Policy,
        channels: tuple[ChannelName, ...],
        environment: str,
        clock: Callable[[], datetime],
    ) -> None:
        """Everything that intake needs of the world. `channels` are those that are configured."""
        self._reader = reader
        self._ledger = ledger
        self._policy = policy
        self._channels = channels
        self._environment = environment
        self._clock = clock

    def take_in(self, raw: object, received: datetime) -> tuple[Outcome, ...]:
        """Handle one raw event (it may hold several records) that arrived at `received` (UTC).

        Raises MalformedSignal where it cannot be read, Transient where it may be readable later, Permanent where AWS
        refuses. Taking the same event in again changes nothing.
        """
        return tuple(
            Outcome(ignored=read) if isinstance(read, Ignored) else self._settle(read)
            for read in self._reader.read(raw, received)
        )

    def _settle(self, signal: AnySignal) -> Outcome:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return Outcome(signal=signal, decision=self._decide_and_commit(signal))
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _decide_and_commit(self, signal: AnySignal) -> Decision:
        monitor, state, version = self._case(signal, case_of(signal))
        now = self._clock()
        decision = decide(self._policy, state, signal, now)
        if decision.changed:
            effects = outbox(decision, self._channels, self._policy.label, self._environment, now)
            self._ledger.commit(decision, signal.id, signal.target, monitor, version, effects, now)
        return decision

    def _case(self, signal: AnySignal, monitor: Monitor | Change) -> tuple[Monitor | Change, State, int]:
        """The case that a signal belongs to, and what is known of it.

        A detector that SageMaker does not know is named by what its report holds, and a clean report holds nothing: its good
        news belongs to the case that its bad news opened.
        """
        if isinstance(signal, RunFinished) and monitor is Monitor.CUSTOM and signal.verdict is Verdict.CLEAN:
            for other in _TOLD_BY_REPORT:
                state, version = self._ledger.load(signal.target, other)
                last = state.sources.get(signal.source)
                if last is not None and last.bad:
                    return other, state, version
        return monitor, *self._ledger.load(signal.target, monitor)


def case_of(signal: AnySignal) -> Monitor | Change:
    """What a signal is about, which together with its target makes the case that it belongs to."""
    match signal:
        case RunFinished() | ScheduleChanged():
            return signal.monitor
        case AlarmChanged():
            return Monitor.ALARM
        case EndpointChanged():
            return Change.ENDPOINT
        case DeploymentChanged():
            return Change.DEPLOYMENT
        case PipelineFinished():
            return Change.PIPELINE
        case ModelPackageChanged():
            return Change.MODEL_PACKAGE
