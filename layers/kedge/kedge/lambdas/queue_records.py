"""Batches of a queue, whose records fail independently of each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, override

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, FailureResponse
from aws_lambda_powertools.utilities.batch.exceptions import ExceptionInfo
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from kedge.domain.errors import InputError, KedgeError
from kedge.lambdas.observability import Count, count, logger, metrics
from kedge.ports.readers import DeadLetters, Redelivery


@contextmanager
def offered_again_soon(record: SQSRecord, redelivery: Redelivery) -> Iterator[None]:
    """Make a record return soon if its handling fails inside; the delay grows with the tries.

    Raises the same error again. A direct caller can write a record, too, so fields may be missing.
    """
    try:
        yield
    except Exception:
        receipt = record.raw_event.get("receiptHandle")
        if isinstance(receipt, str) and receipt:
            redelivery.hasten(receipt, tries_of(record))
        raise


def tries_of(record: SQSRecord) -> int:
    """Return how often the queue has offered a record, including this time."""
    attributes = record.raw_event.get("attributes")
    told = attributes.get("ApproximateReceiveCount") if isinstance(attributes, dict) else None
    return int(told) if isinstance(told, str) and told.isascii() and told.isdigit() and told.strip("0") else 1


class QueueRecords(BatchProcessor):
    """Powertools' processor, which leaves failed records in the queue and logs one line for each of them."""

    def __init__(self) -> None:
        """Create a processor that returns normally if the whole batch fails; the records stay in the queue."""
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    @override
    def failure_handler(self, record: Any, exception: ExceptionInfo) -> FailureResponse:
        """Log the error and the message's id, with a traceback if the error was not foreseen."""
        kind, error, _ = exception
        count(Count.RECORDS_LEFT)
        logger.warning(
            "left in the queue",
            message_id=record.message_id,
            received=record.attributes.get("ApproximateReceiveCount"),
            error=kind.__name__ if kind else None,
            why=str(error),
            exc_info=not isinstance(error, KedgeError),
        )
        return super().failure_handler(record, exception)


def kept_aside(record: SQSRecord, fault: InputError, dead_letters: DeadLetters) -> None:
    """Keep an unreadable record in the dead letters, and log its id there. Raises what the port raises."""
    kept = dead_letters.keep(record.body, fault)
    metrics.add_metadata(key="dead_letter", value=kept)
    logger.warning("kept aside", message_id=record.message_id, dead_letter=kept, path=fault.path, why=fault.why)
