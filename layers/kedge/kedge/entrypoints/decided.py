"""What log and metrics are told of a decision, whichever door it came through."""

from kedge.domain.decision import Decision
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished
from kedge.observability import OF_REASON, Count, count, logger


def tell_taken(signal: AnySignal, decision: Decision | None) -> None:
    """Count a signal that was taken, and write one line about what was decided on it."""
    count(Count.SIGNALS_TAKEN)
    if decision is None:
        # A silence is kept, and bears on what is decided from then on.
        logger.info("kept", signal=named(signal))
        return
    tell_decided(signal, decision)


def tell_decided(signal: AnySignal, decision: Decision) -> None:
    """Count a decision by its reason, and write one line about it: ids and reasons, nothing of what a report holds."""
    if decision.reason in OF_REASON:
        count(OF_REASON[decision.reason])
    logger.info(
        "decided",
        reason=str(decision.reason),
        because=decision.because,
        policy=decision.policy,
        signal=named(signal),
        verdict=str(signal.verdict) if isinstance(signal, RunFinished | AlarmChanged) else None,
        incident=decision.incident.id if decision.incident else None,
        voucher=str(signal.provenance.voucher),
        effects=len(decision.effects),
    )


def named(signal: AnySignal) -> dict[str, str]:
    """A signal by its kind, id and target."""
    return {"kind": type(signal).__name__, "id": signal.id, "target": str(signal.target)}
