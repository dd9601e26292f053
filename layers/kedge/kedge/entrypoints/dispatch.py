"""The door of dispatch: messages of the effects queue."""

from typing import Final

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from kedge.domain.errors import Busy, KedgeError, MalformedSignal
from kedge.entrypoints.records import kept_aside, offered_again_soon, tries_of
from kedge.observability import Count, count, logger
from kedge.ports.readers import DeadLetters, Redelivery
from kedge.services.dispatch import Dispatch, Performed

_COUNTS: Final = {
    Performed.SENT: Count.DELIVERED,
    Performed.KNOWN: Count.DELIVERIES_REPEATED,
    Performed.RUN: Count.ERRANDS_DONE,
    Performed.UNHEARD: Count.NOBODY_LISTENS,
    Performed.BEAT: Count.HEARTBEATS,
}


class DispatchDoor:
    """Hands effects and errands to dispatch and tells log and metrics what came of them."""

    def __init__(self, dispatch: Dispatch, dead_letters: DeadLetters, receives: int, redelivery: Redelivery) -> None:
        """`receives` is how often the queue offers a message before it becomes a dead letter; `redelivery` lets it come again soon."""
        self._dispatch = dispatch
        self._dead_letters = dead_letters
        self._receives = receives
        self._redelivery = redelivery

    def record(self, record: SQSRecord) -> None:
        """Perform one effect or errand. Raises Busy, Transient and Permanent, and the message then stays in the queue.

        What is neither goes to the dead letters at once, as it came.
        """
        with offered_again_soon(record, self._redelivery):
            self._perform(record, last=tries_of(record) >= self._receives)

    def _perform(self, record: SQSRecord, *, last: bool) -> None:
        try:
            performed = self._dispatch.perform(record.body, last=last)
        except Busy:
            raise
        except MalformedSignal as fault:
            count(Count.UNDELIVERED)
            kept_aside(record, fault, self._dead_letters)
            return
        except KedgeError:
            count(Count.DELIVERY_FAILED)
            if last:
                count(Count.UNDELIVERED)
            raise
        count(_COUNTS[performed])
        if performed is Performed.UNHEARD:
            count(Count.UNDELIVERED)
        logger.info("performed", result=str(performed), message_id=record.message_id)
