"""Finds the case that a source opened: an alarm or a schedule may monitor something else by the time it recovers.

A source ends what it opened. The case is stored beside the cases, by the source's own name, account and Region.
"""

from typing import Final

import msgspec

from kedge.domain.decision import CaseState, SourceState
from kedge.domain.ground_truth import place_before
from kedge.domain.ids import part_of
from kedge.domain.provenance import Voucher
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished, ScheduleChanged, TimerFired
from kedge.domain.source_case import SourceCase
from kedge.domain.target import Target, TargetKind
from kedge.ports.storage import Ledger
from kedge.services.alarm_confirmation import AlarmConfirmation

type Speaking = RunFinished | AlarmChanged

_SAID: Final = 100
_SAYS_NOTHING: Final = frozenset({Verdict.INCONCLUSIVE, Verdict.INSUFFICIENT_DATA})
# A detector may make several checks under one name; a schedule, and a step of a pipeline, makes one.
_OF_ONE_CHECK: Final = frozenset({Voucher.SAGEMAKER, Voucher.EVENTBRIDGE})


def source_target_of(signal: AnySignal) -> Target | None:
    """Return the source as a target; None if it cannot have opened another case than the signal's own.

    SageMaker ignores the case of a schedule's letters.
    """
    match signal:
        case AlarmChanged():
            return signal.source_target
        case RunFinished(target=target) if signal.provenance.voucher in _OF_ONE_CHECK:
            return target if target.kind is TargetKind.PIPELINE else _schedule(target, signal.source)
        case ScheduleChanged(target=target) if signal.provenance.voucher in _OF_ONE_CHECK:
            return _schedule(target, signal.source)
        case _:
            return None


def spoken_by(
    signal: AnySignal, monitor: object, state: CaseState, known: tuple[SourceCase, ...] | None
) -> SourceCase | None:
    """Return the entry of a source beside its case; None if it is stored already, or there is none.

    Args:
        signal: the signal of the decision.
        monitor: that of the case.
        state: the case's state after the decision.
        known: the stored entries of the source, None if they were not read.
    """
    if known is None or not isinstance(signal, (RunFinished, AlarmChanged)):
        return None
    if signal.moved_to or not isinstance(monitor, Monitor):
        return None
    confirmed = signal.provenance.is_vouched
    if not confirmed and _part(signal) and not _has_room(known):
        return None
    source_target = source_target_of(signal)
    if source_target is None or state.last_of(signal.source, confirmed=confirmed) is None:
        return None
    endpoint_context = SourceCase(
        source_target=source_target,
        source=signal.source,
        target=signal.target,
        monitor=monitor,
        confirmed=confirmed,
        contributor=_part(signal),
    )
    return None if endpoint_context in known else endpoint_context


def _has_room(known: tuple[SourceCase, ...]) -> bool:
    """Return whether one more unconfirmed contributor may be stored: strangers can name any number."""
    return sum(not each.confirmed for each in known) < _SAID


class SourceLookup:
    """The lookup of the last cases of sources."""

    def __init__(self, ledger: Ledger, confirming: AlarmConfirmation | None) -> None:
        """Connect to the ledger. `confirming` asks CloudWatch about an unconfirmed healthy alarm; None asks nothing."""
        self._ledger = ledger
        self._confirming = confirming

    def known(self, signal: AnySignal, state: CaseState) -> tuple[SourceCase, ...] | None:
        """Return the stored entries of a signal's source; None if its own case knows it.

        `state` is that of the signal's own case. It costs a query for each alarm, and for a schedule that is new to the
        case.
        """
        if type(signal) is RunFinished and not signal.vague:
            last = state.last_of(signal.source, confirmed=signal.provenance.is_vouched)
            if last is not None:
                return None
        if type(signal) is TimerFired:
            return None
        source_target = source_target_of(signal)
        if source_target is None or (isinstance(signal, (RunFinished, AlarmChanged)) and signal.moved_to):
            return None
        return self._ledger.spoken(source_target)

    def placed(self, signal: AnySignal, known: tuple[SourceCase, ...] | None) -> AnySignal:
        """Return the signal in its source's known case, if it does not state its subject itself, or is old.

        A healthy alarm that holds a confirmed incident open in another case gets CloudWatch's confirmation if possible.

        Raises:
            Transient: CloudWatch cannot be asked now.
        """
        if not known:
            return signal
        signal = self._confirmed(signal, known)
        if not isinstance(signal, (RunFinished, AlarmChanged, ScheduleChanged)):
            return signal
        own = [each for each in known if _is_of(signal, each)]
        confirmed = signal.provenance.is_vouched
        if signal.vague:
            # The confirmed entry is better. An unconfirmed signal may be reported there, and changes nothing.
            best = next(iter(sorted(own, key=lambda each: not each.confirmed)), None)
            return signal if best is None else _at(signal, best)
        if type(signal) is ScheduleChanged:
            return signal
        for each in own:
            if each.confirmed is confirmed and _differs(signal, each) and _is_old(signal, self._last(each)):
                return _at(signal, each)
        return signal

    def ended(self, signal: AnySignal, known: tuple[SourceCase, ...] | None, state: CaseState) -> tuple[Speaking, ...]:
        """Return a signal's consequences for other cases: its source monitors something else now, or is well there.

        `state` is that of the signal's own case.
        """
        if (merged := self._merged(signal, state)) is not None:
            return (*self._elsewhere(signal, known), merged)
        return self._elsewhere(signal, known)

    def _elsewhere(self, signal: AnySignal, known: tuple[SourceCase, ...] | None) -> tuple[Speaking, ...]:
        if not known:
            return ()
        if not isinstance(signal, (RunFinished, AlarmChanged)) or signal.verdict in _SAYS_NOTHING or signal.vague:
            return ()
        confirmed = signal.provenance.is_vouched
        heard = (each for each in known if (confirmed or not each.confirmed) and _differs(signal, each))
        found = ((each, self._last(each)) for each in heard)
        # A signal that is older than the last one there has no effect there.
        live = ((each, last) for each, last in found if last is not None and not _is_old(signal, last))
        told = (_moved(signal, each) if _is_of(signal, each) else _well(signal, each, last) for each, last in live)
        return tuple(each for each in told if each is not None)

    def _merged(self, signal: AnySignal, state: CaseState) -> RunFinished | None:
        """Return an analysis's signal for the merge before it: merges without a known schedule broke, and work again.

        A merge that breaks has no analysis. So there is no lookup if the last analysis was of the window before.
        """
        if type(signal) is not RunFinished or signal.moved_to or signal.provenance.voucher is not Voucher.SAGEMAKER:
            return None
        before = state.last_of(signal.source, confirmed=True)
        if before is not None and signal.window is not None and before.at >= signal.window.start:
            return None
        if not (place := place_before(signal)):
            return None
        there = msgspec.structs.replace(signal.target, kind=TargetKind.SCHEDULE, name=place)
        last = self._ledger.load(there, Monitor.MODEL_QUALITY)[0].last_of(place, confirmed=False)
        if last is None or not last.bad or signal.finished < last.finished:
            return None
        return msgspec.structs.replace(
            signal,
            id=f"{signal.id}/merged/{place}",
            target=there,
            monitor=Monitor.MODEL_QUALITY,
            source=place,
            verdict=Verdict.CLEAN,
            moved_to=str(signal.target),
        )

    def _confirmed(self, signal: AnySignal, known: tuple[SourceCase, ...]) -> AnySignal:
        if self._confirming is None or type(signal) is not AlarmChanged or signal.provenance.is_vouched:
            return signal
        there = next((each for each in known if each.confirmed and _is_of(signal, each)), None)
        if signal.verdict is not Verdict.OK or there is None or signal.vague or not _differs(signal, there):
            return signal
        state, _ = self._ledger.load(there.target, there.monitor)
        asked = self._confirming.well(signal, state)
        return asked if asked.provenance.is_vouched else signal

    def _last(self, spoken: SourceCase) -> SourceState | None:
        state, _ = self._ledger.load(spoken.target, spoken.monitor)
        return state.last_of(spoken.source, confirmed=spoken.confirmed)


def _schedule(target: Target, name: str) -> Target:
    return Target(account=target.account, region=target.region, kind=TargetKind.SCHEDULE, name=name.lower())


def _part(signal: Speaking | ScheduleChanged) -> str:
    return signal.contributor if type(signal) is AlarmChanged else ""


def _monitor(signal: Speaking | ScheduleChanged) -> Monitor:
    return Monitor.ALARM if type(signal) is AlarmChanged else signal.monitor


def _is_of(signal: Speaking | ScheduleChanged, spoken: SourceCase) -> bool:
    """Return whether it is the same source: for a pipeline the step, for an alarm the contributor."""
    if type(signal) is AlarmChanged:
        return spoken.contributor == signal.contributor
    return spoken.source.lower() == signal.source.lower()


def _differs(signal: Speaking, spoken: SourceCase) -> bool:
    return (signal.target, _monitor(signal)) != (spoken.target, spoken.monitor)


def _is_old(signal: Speaking, last: SourceState | None) -> bool:
    finished = signal.finished if type(signal) is RunFinished else signal.at
    return last is not None and not last.clamped and (signal.at, finished) < (last.at, last.finished)


def _at(signal: Speaking | ScheduleChanged, spoken: SourceCase) -> Speaking | ScheduleChanged:
    return msgspec.structs.replace(signal, **_there(signal, spoken), vague=False)


def _moved(signal: Speaking, spoken: SourceCase) -> Speaking:
    """Return the signal as the last one of its source in a case that it left."""
    name = f"{signal.id}/moved/{spoken.target}"
    return msgspec.structs.replace(signal, **_there(signal, spoken), id=name, moved_to=str(signal.target))


def _there(signal: Speaking | ScheduleChanged, spoken: SourceCase) -> dict[str, object]:
    """Return the fields of a signal in its source's known case."""
    if type(signal) is AlarmChanged:
        return {"target": spoken.target}
    return {"target": spoken.target, "monitor": spoken.monitor, "source": spoken.source}


def _well(signal: Speaking, spoken: SourceCase, last: SourceState) -> Speaking | None:
    """Return the whole alarm's signal for a contributor in another case: it is well if the whole is; else None."""
    whole = type(signal) is AlarmChanged and not signal.contributor and signal.verdict is Verdict.OK
    if not whole or not spoken.contributor or not last.bad or type(signal) is not AlarmChanged:
        return None
    name = part_of(signal.alarm, spoken.contributor)
    return msgspec.structs.replace(
        signal, target=spoken.target, contributor=spoken.contributor, id=f"{signal.id}/{name}"
    )
