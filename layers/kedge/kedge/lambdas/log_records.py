"""Writes the log lines and counts of decisions, and of faults that stop nothing."""

from kedge.domain.decision import Decision
from kedge.domain.errors import KedgeError
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished
from kedge.domain.target import Target
from kedge.lambdas.observability import OF_REASON, Count, count, logger


def policy_unread(error: KedgeError) -> None:
    """Report that a policy could not be read or loaded; another one stays in use."""
    count(Count.POLICY_UNREAD)
    logger.warning("the policy could not be read", error=type(error).__name__, why=str(error))


def tags_unread(target: Target, error: KedgeError) -> None:
    """Report that the tags of a target could not be read; its notifications go out without them."""
    count(Count.TAGS_UNREAD)
    logger.warning("tags could not be read", target=str(target), error=type(error).__name__, why=str(error))


def receipt_unread(error: KedgeError) -> None:
    """Report that SQS did not say whether it knows a message; its event counts as a direct call."""
    count(Count.RECEIPTS_UNREAD)
    logger.warning("a receipt could not be checked", error=type(error).__name__, why=str(error))


def redelivery_refused(error: KedgeError) -> None:
    """Report that SQS did not make a message return sooner; it returns at the queue's own time."""
    logger.warning("a message could not be hastened", error=type(error).__name__, why=str(error))


def audience_unread(error: KedgeError) -> None:
    """Report that SNS did not say whether there is a subscriber; messages count as received."""
    logger.warning("the subscribers could not be read", error=type(error).__name__, why=str(error))


def fleet_unheard(target: Target, error: KedgeError) -> None:
    """Report that the fleet's case could not be written; the run is decided without the fleet's part."""
    count(Count.FLEET_UNHEARD)
    logger.error("the fleet could not be written", target=str(target), error=type(error).__name__, why=str(error))


def endpoint_unread(target: Target, error: KedgeError) -> None:
    """Report that an endpoint could not be read; its incident is notified, and no remedy is planned for it yet."""
    count(Count.FACTS_UNREAD)
    logger.warning(
        "the endpoint could not be looked at", target=str(target), error=type(error).__name__, why=str(error)
    )


def log_taken(signal: AnySignal, decision: Decision | None) -> None:
    """Count a signal that was taken, and write one line about its decision."""
    count(Count.SIGNALS_TAKEN)
    if decision is None:
        # A silence is stored, and affects later decisions.
        logger.info("kept", signal=named(signal))
        return
    log_decided(signal, decision)


def log_decided(signal: AnySignal, decision: Decision) -> None:
    """Count a decision by its reason, and write one line with ids and reasons, without any content of a report."""
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
    """Return a signal's kind, id and target."""
    return {"kind": type(signal).__name__, "id": signal.id, "target": str(signal.target)}
