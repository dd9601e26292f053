"""The door of intake: for the queue, and for whoever invokes the function directly."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from kedge.entrypoints.decided import named, tell_decided
from kedge.entrypoints.records import kept_aside
from kedge.errors import KedgeError, MalformedSignal
from kedge.intake import Intake, Outcome, arrival
from kedge.observability import Count, count, logger
from kedge.ports import DeadLetters

type Json = dict[str, Any]


class IntakeDoor:
    """Hands events to intake and tells log and metrics what came of them."""

    def __init__(self, intake: Intake, dead_letters: DeadLetters, clock: Callable[[], datetime]) -> None:
        """`clock` gives the time of arrival (UTC) of what does not bring one."""
        self._intake = intake
        self._dead_letters = dead_letters
        self._clock = clock

    def record(self, record: SQSRecord) -> None:
        """Take in one message of the signals queue. Raises Transient and Permanent, and the message then stays in the queue.

        What cannot be read will not be readable later: it goes to the dead letters at once, as it came.
        """
        attributes = record.raw_event.get("attributes")
        sent = attributes.get("SentTimestamp") if isinstance(attributes, dict) else None
        try:
            self._take_in(record.body, arrival(sent, self._clock()))
        except MalformedSignal as fault:
            kept_aside(record, fault, self._dead_letters)

    def event(self, event: object) -> Json:
        """Take in an event as it is, and say what came of it. Raises what intake raises."""
        return {"outcomes": [summary(outcome) for outcome in self._take_in(event, self._clock())]}

    def _take_in(self, raw: object, received: datetime) -> tuple[Outcome, ...]:
        try:
            outcomes = self._intake.take_in(raw, received)
        except MalformedSignal:
            count(Count.SIGNALS_MALFORMED)
            raise
        except KedgeError:
            count(Count.SIGNALS_FAILED)
            raise
        for outcome in outcomes:
            _tell(outcome)
        return outcomes


def came_from_queue(event: object) -> bool:
    """Whether Lambda read this event from a queue, and so takes a list of what is to stay there.

    Records that no queue could have made are read as a direct call, which answers with what is wrong with them.
    """
    match event:
        case {"Records": [_, *_] as records}:
            return all(map(_is_message, records))
        case _:
            return False


def _is_message(record: object) -> bool:
    match record:
        case {"eventSource": "aws:sqs", "messageId": str(), "body": _, "attributes": {}}:
            return True
        case _:
            return False


def summary(outcome: Outcome) -> Json:
    """What came of an event, as JSON."""
    decision = outcome.decision
    incident = decision.incident if decision else None
    return {
        "signal": named(outcome.signal) if outcome.signal else None,
        "ignored": outcome.ignored and str(outcome.ignored),
        "verdict": str(decision.verdict) if decision and decision.verdict else None,
        "reason": str(decision.reason) if decision else None,
        "because": decision.because if decision else None,
        "policy": decision.policy if decision else None,
        "incident": incident
        and {
            "id": incident.id,
            "state": str(incident.state),
            "severity": str(incident.severity),
            "cause": str(incident.cause),
        },
        "effects": [{"receiver": effect.receiver, "why": str(effect.why)} for effect in decision.effects]
        if decision
        else [],
    }


def _tell(outcome: Outcome) -> None:
    if outcome.signal is None:
        count(Count.SIGNALS_IGNORED)
        logger.info("ignored", reason=str(outcome.ignored))
        return
    signal, decision = outcome.signal, outcome.decision
    count(Count.SIGNALS_TAKEN)
    if decision is None:
        # A silence is kept, and bears on what is decided from then on.
        logger.info("kept", signal=named(signal))
        return
    tell_decided(signal, decision)
