"""What went wrong beside the way, and stopped nothing: told to log and metrics."""

from kedge.domain.decision import Decision
from kedge.domain.errors import KedgeError
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished
from kedge.domain.target import Target
from kedge.lambdas.observability import OF_REASON, Count, count, logger


def policy_unread(error: KedgeError) -> None:
    """A policy could not be asked for, or not be decided by; another one goes on."""
    count(Count.POLICY_UNREAD)
    logger.warning("the policy could not be read", error=type(error).__name__, why=str(error))


def tags_unread(target: Target, error: KedgeError) -> None:
    """The tags of a target could not be read; it is told of without them."""
    count(Count.TAGS_UNREAD)
    logger.warning("tags could not be read", target=str(target), error=type(error).__name__, why=str(error))


def receipt_unread(error: KedgeError) -> None:
    """SQS refused to say whether it knows a message; its event is taken as one that was handed in directly."""
    count(Count.RECEIPTS_UNREAD)
    logger.warning("a receipt could not be checked", error=type(error).__name__, why=str(error))


def redelivery_refused(error: KedgeError) -> None:
    """SQS did not let a message come again sooner; it comes when the queue offers it by itself."""
    logger.warning("a message could not be hastened", error=type(error).__name__, why=str(error))


def audience_unread(error: KedgeError) -> None:
    """SNS did not say whether anybody is subscribed; messages count as heard."""
    logger.warning("the subscribers could not be read", error=type(error).__name__, why=str(error))


def fleet_unheard(target: Target, error: KedgeError) -> None:
    """The case of the fleet could not be written; the decision on the run is made without what it would have added."""
    count(Count.FLEET_UNHEARD)
    logger.error("the fleet could not be written", target=str(target), error=type(error).__name__, why=str(error))


def endpoint_unread(target: Target, error: KedgeError) -> None:
    """An endpoint could not be looked at; its incident is told all the same, and no remedy is planned for it yet."""
    count(Count.FACTS_UNREAD)
    logger.warning(
        "the endpoint could not be looked at", target=str(target), error=type(error).__name__, why=str(error)
    )


def log_taken(signal: AnySignal, decision: Decision | None) -> None:
    """Count a signal that was taken, and write one line about what was decided on it."""
    count(Count.SIGNALS_TAKEN)
    if decision is None:
        # A silence is kept, and bears on what is decided from then on.
        logger.info("kept", signal=named(signal))
        return
    log_decided(signal, decision)


def log_decided(signal: AnySignal, decision: Decision) -> None:
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
