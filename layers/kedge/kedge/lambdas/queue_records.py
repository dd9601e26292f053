"""Batches of a queue, in which one record that cannot be handled does not hold up the others."""

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
    """Let a record whose handling fails inside come again, the sooner the fewer tries there were. Raises what was raised.

    A direct caller can write a record, too: what it leaves out is not believed to be there.
    """
    try:
        yield
    except Exception:
        receipt = record.raw_event.get("receiptHandle")
        if isinstance(receipt, str) and receipt:
            redelivery.hasten(receipt, tries_of(record))
        raise


def tries_of(record: SQSRecord) -> int:
    """Return how often the queue has offered a record, this time included."""
    attributes = record.raw_event.get("attributes")
    told = attributes.get("ApproximateReceiveCount") if isinstance(attributes, dict) else None
    return int(told) if isinstance(told, str) and told.isascii() and told.isdigit() and told.strip("0") else 1


class QueueRecords(BatchProcessor):
    """Powertools' processor, which leaves failed records in the queue, and a line in the log for each of them."""

    def __init__(self) -> None:
        """A batch of which nothing could be handled is no fault of the function: it answers, and the records stay."""
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    @override
    def failure_handler(self, record: Any, exception: ExceptionInfo) -> FailureResponse:
        """Log what went wrong with which message, with a traceback where nobody had foreseen it."""
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
    """Keep a record that cannot be read, and say in the log under which id. Raises what the port raises."""
    kept = dead_letters.keep(record.body, fault)
    metrics.add_metadata(key="dead_letter", value=kept)
    logger.warning("kept aside", message_id=record.message_id, dead_letter=kept, path=fault.path, why=fault.why)
