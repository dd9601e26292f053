"""The entry point of intake, for the queue and for direct callers of the function."""

import json
import os
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.dynamodb.deliveries import DynamoHeartbeats
from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.messaging.queues import DeadLetterQueue, SqsReceipts, SqsRedelivery, queue_arn
from kedge.adapters.sts import StsIdentity, sts_url
from kedge.domain.effect import Heartbeat
from kedge.domain.errors import KedgeError, MalformedSignal
from kedge.domain.provenance import EntryPoint
from kedge.domain.signal import AnySignal, Ignored
from kedge.lambdas.clock import now
from kedge.lambdas.composition import facts_reader, home_of, reader_of
from kedge.lambdas.detectors import Detectors
from kedge.lambdas.log_records import (
    endpoint_unread,
    fleet_unheard,
    log_taken,
    named,
    policy_unread,
    receipt_unread,
    redelivery_refused,
)
from kedge.lambdas.observability import Count, count, logger, metrics
from kedge.lambdas.queue_records import QueueRecords, kept_aside, offered_again_soon
from kedge.lambdas.settings import IntakeSettings
from kedge.ports.readers import DeadLetters, Receipts, Redelivery
from kedge.ports.storage import Heartbeats
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.intake import Intake, IntakeOutcome, arrival
from kedge.services.policy_store.active import PolicyInForce

type Json = dict[str, Any]

_CLAIMS: Final = ("source", "detail-type", "Type", "TopicArn")
_LONGEST_CLAIM: Final = 200


class IntakeFunction:
    """The handler that passes events to intake, and reports the results to log and metrics."""

    def __init__(
        self,
        intake: Intake,
        dead_letters: DeadLetters,
        receipts: Receipts,
        clock: Callable[[], datetime],
        detectors: Detectors,
        redelivery: Redelivery,
        heartbeats: Heartbeats,
    ) -> None:
        """Keep the parts.

        `clock` gives the time of arrival (UTC) for events without one. `detectors` identifies direct callers.
        `redelivery` makes a failed message return soon; `heartbeats` passes heartbeats on to dispatch.
        """
        self._intake = intake
        self._dead_letters = dead_letters
        self._receipts = receipts
        self._clock = clock
        self._detectors = detectors
        self._redelivery = redelivery
        self._heartbeats = heartbeats

    def record(self, record: SQSRecord) -> None:
        """Take in one message of the signals queue.

        Raises Transient or Permanent, and the message then stays in the queue. A direct caller of the function can
        write such a record, too, so Kedge asks SQS about it if the queue's word counts. Input that cannot be read now
        will never be readable, so it goes to the dead letters at once, unchanged.
        """
        with offered_again_soon(record, self._redelivery):
            self._take_message_in(record)

    def _take_message_in(self, record: SQSRecord) -> None:
        told = record.raw_event
        attributes = told.get("attributes")
        sent = attributes.get("SentTimestamp") if isinstance(attributes, dict) else None
        try:
            self._take_in(
                record.body,
                arrival(sent, self._clock()),
                EntryPoint.EVENTS,
                lambda: self._receipts.knows(told.get("eventSourceARN"), told.get("receiptHandle")),
            )
        except MalformedSignal as fault:
            kept_aside(record, fault, self._dead_letters)

    def event(self, event: object) -> Json:
        """Take in an event and return its result, with the result of its proof if it has one.

        Raises what intake raises.
        """
        caller = self._detectors.caller_of(event)
        outcomes = self._take_in(event, self._clock(), EntryPoint.DIRECT, lambda: True, caller.detector)
        return {"outcomes": [summary(outcome) for outcome in outcomes], **caller.answer}

    def _take_in(
        self, raw: object, received: datetime, entry_point: EntryPoint, proven: Callable[[], bool], detector: str = ""
    ) -> tuple[IntakeOutcome, ...]:
        try:
            outcomes = self._intake.take_in(raw, received, entry_point, proven, detector)
        except MalformedSignal:
            count(Count.SIGNALS_MALFORMED)
            raise
        except KedgeError:
            count(Count.SIGNALS_FAILED)
            raise
        for outcome in outcomes:
            if outcome.ignored is Ignored.HEARTBEAT:
                # One name a minute: more of them, which every identity with events:PutEvents can send, go no further.
                minute = received.replace(second=0, microsecond=0)
                self._heartbeats.pass_on(Heartbeat(id=minute.isoformat(), at=minute))
            _tell(outcome, raw, entry_point)
        return outcomes


def came_from_queue(event: object) -> bool:
    """Return whether Lambda read this event from a queue, and so expects a list of what stays there.

    Records that no queue could have written are read as a direct call, and the response names their faults.
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


def summary(outcome: IntakeOutcome) -> Json:
    """Return the result of an event as JSON."""
    decision = outcome.decision
    incident = decision.incident if decision else None
    return {
        "signal": named(outcome.signal) if outcome.signal else None,
        "provenance": _provenance(outcome.signal) if outcome.signal else None,
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
        "suppressed": [
            {"receiver": each.receiver, "why": str(each.quiet), "by": each.by} for each in decision.suppressed
        ]
        if decision
        else [],
    }


def _provenance(signal: AnySignal) -> Json:
    found = signal.provenance
    return {"door": str(found.entry_point), "voucher": str(found.voucher), "says": found.says}


def _tell(outcome: IntakeOutcome, raw: object, entry_point: EntryPoint) -> None:
    if outcome.signal is None:
        count(Count.SIGNALS_IGNORED)
        if outcome.ignored is Ignored.UNKNOWN_SOURCE:
            count(Count.SIGNALS_UNKNOWN)
            logger.warning("ignored", reason=str(outcome.ignored), door=str(entry_point), claims=_claims(raw))
        else:
            logger.info("ignored", reason=str(outcome.ignored))
        return
    log_taken(outcome.signal, outcome.decision)


def _claims(raw: object) -> dict[str, str]:
    """Return what an unsupported event says about its origin: names only, because its content belongs to the team."""
    said = json.loads(raw.removeprefix("\ufeff")) if isinstance(raw, str) else raw
    if not isinstance(said, dict):
        return {}
    return {key: text[:_LONGEST_CLAIM] for key in _CLAIMS if isinstance(text := said.get(key), str)}


__all__ = ["QueueRecords", "came_from_queue", "intake", "logger", "metrics"]


@cache
def intake(function_arn: str) -> IntakeFunction:
    """Return the handler of signals.

    The function's own ARN gives account and Region to messages that name none.

    Raises:
        SettingsError: the environment is wrong.
    """
    settings, home = IntakeSettings.from_env(os.environ), home_of(function_arn)
    reader = reader_of(home, settings.buckets, settings.alarms_topic)
    table = Table(client("dynamodb"), settings.table)
    in_force = PolicyInForce(DynamoStoredDocument(table), settings.environment, time.monotonic, policy_unread)
    use_case = Intake(
        reader,
        DynamoLedger(table),
        in_force.policy,
        settings.channels,
        settings.environment,
        now,
        facts_reader(home),
        endpoint_unread,
        AlarmConfirmation(CloudWatchAlarms(client("cloudwatch"))),
        fleet_unheard,
    )
    sqs = client("sqs")
    receipts = SqsReceipts(sqs, settings.queue_url, queue_arn(function_arn, settings.queue_url), receipt_unread)
    identity = StsIdentity(sts_url(home.region, os.environ), function_arn, now)
    dead_letters = DeadLetterQueue(sqs, settings.dead_letters_url)
    redelivery = SqsRedelivery(sqs, settings.queue_url, redelivery_refused)
    detectors, heartbeats = Detectors(identity, settings.detectors), DynamoHeartbeats(table)
    return IntakeFunction(use_case, dead_letters, receipts, now, detectors, redelivery, heartbeats)
