"""The door of reconcile: a schedule, once a minute."""

from collections.abc import Callable
from datetime import timedelta

from kedge.domain.errors import Conflict, KedgeError
from kedge.entrypoints.decided import tell_decided
from kedge.observability import Count, count, logger
from kedge.ports.storage import Telling
from kedge.services.intake import Outcome
from kedge.services.reconcile import Left, Reconcile
from kedge.services.self_check import Looked

type Summary = dict[str, int | bool]


class ReconcileDoor:
    """Starts a round and tells log and metrics what came of it."""

    def __init__(self, reconcile: Reconcile) -> None:
        """`reconcile` is the use case."""
        self._reconcile = reconcile

    def minute(self, milliseconds_left: Callable[[], int]) -> Summary:
        """Do what is due. Raises Transient and Permanent where nobody can tell what is."""
        done = self._reconcile.round(lambda: timedelta(milliseconds=milliseconds_left()))
        count(Count.TIMERS_FIRED, len(done.outcomes))  # also none: the proof that somebody looked
        if done.looked is not None:
            _looked(done.looked)
        for outcome in done.outcomes:
            _decided(outcome)
        for telling in done.tellings:
            _told(telling)
        for left in done.left:
            _left(left)
        if done.unfinished:
            logger.warning("the time was up before all was done")
        return {
            "timers": len(done.outcomes),
            "messages": sum(len(telling.effects) for telling in done.tellings),
            "left": len(done.left),
            "unfinished": done.unfinished,
        }


def _looked(looked: Looked) -> None:
    if looked.unheard:
        count(Count.NOBODY_LISTENS)
        logger.error("the people topic has no confirmed subscription: no mail is delivered")
    if looked.dead_letters:
        logger.warning("dead letters wait", many=looked.dead_letters)


def _decided(outcome: Outcome) -> None:
    signal, decision = outcome.signal, outcome.decision
    # A broken policy says the same again every minute.
    if signal is None or decision is None or not decision.changed:
        return
    tell_decided(signal, decision)


def _told(telling: Telling) -> None:
    if not telling.effects:
        return
    count(Count.GATHERED_TOLD)
    logger.info(
        "told what waited",
        receiver=telling.receiver,
        notices=len(telling.told),
        effects=[effect.id for effect in telling.effects],
    )


def _left(left: Left) -> None:
    # Whoever was first did it, or will be told in the next minute.
    if not isinstance(left.error, Conflict):
        count(Count.RECONCILE_LEFT)
    logger.warning(
        "left for the next minute",
        what=left.what,
        error=type(left.error).__name__,
        why=str(left.error),
        exc_info=None if isinstance(left.error, KedgeError) else left.error,
    )
