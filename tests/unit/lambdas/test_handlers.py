"""What Lambda hands to the functions, and what it gets back."""

import importlib
import json

import pytest

from kedge.domain.errors import MalformedSignal, SettingsError, Transient
from kedge.domain.provenance import EntryPoint
from kedge.domain.signal import Ignored
from kedge.lambdas.intake import came_from_queue
from kedge.ledger.writes import write_of_heartbeat
from kedge.services.intake import IntakeOutcome
from tests.support.ledgers import clean, violated
from tests.support.ring import RECEIVES, body_of, record


def messages(*bodies, receives=1):
    """An event of an SQS queue."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "x",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(receives), "SentTimestamp": "1795173000000"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:signals",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def left(answer):
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def metrics(capsys):
    """The counts that a function wrote, by name."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {
        metric["Name"]: line[metric["Name"]]
        for line in lines
        if "_aws" in line
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


def test_intake_leaves_what_it_cannot_handle_in_the_queue_and_takes_the_rest(handlers, context, capsys):
    event = messages(
        violated(), MalformedSignal("$.detail", "is missing"), Transient("throttled"), Ignored.BASELINE_JOB
    )
    assert left(handlers.intake(event, context)) == ["message-2"]
    assert metrics(capsys) == {
        "SignalsTaken": [1],
        "IncidentsOpened": [1],
        "SignalsMalformed": [1],
        "SignalsFailed": [1],
        "SignalsIgnored": [1],
        "RecordsLeft": [1],
    }


def test_a_batch_of_which_nothing_can_be_handled_is_no_failure_of_the_function(handlers, context):
    assert left(handlers.intake(messages(Transient("throttled")), context)) == ["message-0"]


@pytest.fixture
def arrivals(ring, monkeypatch):
    """The times of arrival that intake was told."""
    times, take_in = [], ring.intake.take_in
    monkeypatch.setattr(
        ring.intake, "take_in", lambda raw, received, *by: times.append(received) or take_in(raw, received, *by)
    )
    return times


def test_the_time_at_which_a_message_was_sent_is_the_time_of_arrival(handlers, context, arrivals):
    handlers.intake(messages(violated()), context)
    assert arrivals[0].isoformat() == "2026-11-20T11:10:00+00:00"


@pytest.mark.parametrize("field", ["messageId", "body", "attributes"])
def test_a_record_that_no_queue_could_have_made_is_read_as_a_direct_call(field):
    event = messages(violated())
    del event["Records"][0][field]
    assert not came_from_queue(event)
    assert came_from_queue(messages(violated()))
    assert not any(map(came_from_queue, (None, [], {}, {"Records": []}, {"Records": [None]}, {"Records": "aws:sqs"})))


@pytest.mark.parametrize("claimed", ["4070908800000", "never", "9" * 400, None, [], -1])
def test_a_record_that_somebody_made_up_does_not_arrive_in_the_future(handlers, context, ring, arrivals, claimed):
    event = messages(violated())
    event["Records"][0]["attributes"]["SentTimestamp"] = claimed
    assert left(handlers.intake(event, context)) == []
    assert arrivals == [ring.now]


def test_a_message_without_a_time_arrived_now(handlers, context, ring, arrivals):
    event = messages(violated())
    event["Records"][0]["attributes"] = {}
    handlers.intake(event, context)
    assert arrivals == [ring.now]


def test_whoever_invokes_intake_directly_gets_an_answer(handlers, context):
    answer = json.loads(json.dumps(handlers.intake(violated(), context)))
    (outcome,) = answer["outcomes"]
    assert outcome["signal"]["target"] == "111122223333/us-east-1/endpoint/churn-prod"
    assert (outcome["verdict"], outcome["reason"], outcome["ignored"]) == ("violated", "first_seen", None)
    assert (outcome["incident"]["state"], outcome["incident"]["cause"]) == ("firing", "input_drift")
    assert outcome["effects"] == [{"receiver": "ml-oncall", "why": "first_seen"}]


def test_a_direct_invocation_is_told_why_its_event_was_ignored(handlers, context):
    (outcome,) = handlers.intake(Ignored.BASELINE_JOB, context)["outcomes"]
    assert (outcome["ignored"], outcome["signal"], outcome["reason"], outcome["effects"]) == (
        "baseline_job",
        None,
        None,
        [],
    )


def test_a_direct_invocation_without_an_incident_says_so(handlers, context):
    (outcome,) = handlers.intake(clean("10:00"), context)["outcomes"]
    assert (outcome["reason"], outcome["incident"]) == ("clean", None)


def test_a_direct_invocation_with_an_event_that_cannot_be_read_fails(handlers, context, capsys):
    with pytest.raises(MalformedSignal):
        handlers.intake(MalformedSignal("$", "is no event"), context)
    assert metrics(capsys) == {"SignalsMalformed": [1]}


def test_what_no_door_takes_is_counted_and_the_log_says_where_it_claims_to_come_from(
    handlers, context, ring, capsys, caplog
):
    ring.intake.take_in = lambda *_: (IntakeOutcome(ignored=Ignored.UNKNOWN_SOURCE),)
    stranger = {"source": "kedge", "detail-type": "Config Marked", "detail": {"by": "ana", "good": True}}
    handlers.intake(messages("\ufeff" + json.dumps(stranger)), context)
    assert metrics(capsys) == {"SignalsIgnored": [1], "SignalsUnknownSource": [1]}
    (line,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert (line.reason, line.door) == ("unknown_source", "events")
    assert line.claims == {"source": "kedge", "detail-type": "Config Marked"}


@pytest.fixture
def asked(ring, monkeypatch):
    """By which entry point each event came, and whether the queue knows its message."""
    found, take_in = [], ring.intake.take_in

    def ask(raw, received, entry_point, proven, detector):
        found.append((entry_point, proven()))
        return take_in(raw, received, entry_point, proven, detector)

    monkeypatch.setattr(ring.intake, "take_in", ask)
    return found


def test_a_record_whose_receipt_the_queue_knows_came_by_the_queue(handlers, context, receipts, asked):
    receipts.known = {"x"}
    handlers.intake(messages(violated()), context)
    assert asked == [(EntryPoint.EVENTS, True)]
    assert receipts.asked == [("arn:aws:sqs:us-east-1:111122223333:signals", "x")]


@pytest.mark.parametrize("without", ["receiptHandle", "eventSourceARN"])
def test_a_record_that_a_direct_caller_has_written_is_not_known_to_the_queue(handlers, context, asked, without):
    forged = messages(violated())
    del forged["Records"][0][without]
    assert left(handlers.intake(forged, context)) == []
    assert asked == [(EntryPoint.EVENTS, False)]


def test_a_direct_call_is_one_whatever_it_holds(handlers, context, asked):
    handlers.intake(violated(), context)
    assert asked == [(EntryPoint.DIRECT, True)]


def test_a_record_whose_receipt_cannot_be_checked_just_now_stays_in_the_queue(handlers, context, receipts, asked):
    receipts.failing = Transient("throttled")
    assert left(handlers.intake(messages(violated()), context)) == ["message-0"]


def decision(ring, **more):
    """What a person says of the newest incident."""
    (incident,) = ring.ledger.incidents.values()
    detail = {"id": "d-1", "incident": incident.id, "target": str(incident.target), "monitor": str(incident.monitor)}
    said = {"act": "acknowledge", "by": "ada", "at": ring.now.isoformat()} | more
    return {"source": "kedge", "detail-type": "Decision Made", "detail": detail | said}


def test_a_person_hears_what_came_of_what_they_said_and_whether_they_are_proven(handlers, context, ring, capsys):
    ring.take_in(violated())
    answer = json.loads(json.dumps(handlers.people(decision(ring), context)))
    assert (answer["outcome"], answer["proven"], answer["says"]) == ("taken", False, "")
    (outcome,) = answer["outcomes"]
    assert (outcome["reason"], outcome["incident"]["state"]) == ("acknowledged", "acknowledged")
    proven = handlers.people(decision(ring, id="d-2", act="resolve") | {"proof": {}}, context)
    assert (proven["outcome"], proven["proven"]) == ("taken", True)
    counted = metrics(capsys)
    assert (counted["SignalsTaken"], counted["IncidentsResolved"]) == ([1], [1])


def test_a_person_who_proves_nothing_hears_how_what_they_said_would_count(handlers, context, ring, capsys):
    ring.take_in(violated())
    answer = handlers.people(decision(ring, act="resolve"), context)
    assert answer["outcome"] == "refused"
    assert "does not count without proof of who asks" in answer["says"]
    assert metrics(capsys) == {"ActsRefused": [1]}


def test_a_person_hears_of_a_slip_with_its_place(handlers, context, ring, capsys):
    ring.take_in(violated())
    answer = handlers.people(decision(ring, act="acknowlege"), context)
    assert (answer["outcome"], answer["field"]) == ("malformed", "$.detail.act")
    assert "did you mean acknowledge?" in answer["says"]
    assert metrics(capsys) == {"SignalsMalformed": [1]}


def test_relay_carries_a_batch_and_names_what_is_to_come_again(handlers, context, ring, capsys):
    ring.queue.refused = {f"{1:021}"}
    answer = handlers.relay({"Records": [record(0, "a"), record(1, "b"), record(2, "c")]}, context)
    assert left(answer) == [f"{1:021}"]
    assert ring.queue.bodies == ["a", "c"]
    assert metrics(capsys) == {"EffectsCarried": [2], "EffectsLeft": [1]}


@pytest.fixture
def effect(ring):
    ring.take_in(violated())
    return body_of(ring.ledger.outbox[0])


def test_what_cannot_be_read_is_laid_aside_at_once_as_it_came_with_the_place_of_its_fault(
    handlers, context, ring, caplog
):
    poison = MalformedSignal("$.detail", "is missing")
    assert left(handlers.intake(messages(poison), context)) == []
    assert ring.dead_letters.kept == [(poison, poison)]
    (line,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert (line.dead_letter, line.path, line.why) == ("dead-1", "$.detail", "is missing")


def test_what_cannot_be_laid_aside_stays_in_the_queue(handlers, context, ring):
    ring.dead_letters.failing = Transient("throttled")
    poison = MalformedSignal("$.detail", "is missing")
    assert left(handlers.intake(messages(poison), context)) == ["message-0"]
    assert left(handlers.dispatch(messages("poison"), context)) == ["message-0"]


def test_dispatch_sends_once_and_lays_the_poison_aside(handlers, context, ring, effect, capsys):
    assert left(handlers.dispatch(messages("poison", effect, effect), context)) == []
    assert len(ring.mail.sent) == 1
    assert [body for body, _ in ring.dead_letters.kept] == ["poison"]
    assert metrics(capsys) == {
        "Delivered": [1],
        "DeliveriesRepeated": [1],
        "Undelivered": [1],
    }


def test_a_delivery_that_will_not_be_tried_again_is_counted_as_undelivered(handlers, context, ring, effect, capsys):
    ring.mail.failing = Transient("throttled")
    handlers.dispatch(messages(effect, receives=RECEIVES - 1), context)
    assert metrics(capsys) == {"DeliveryFailed": [1], "RecordsLeft": [1]}
    handlers.dispatch(messages(effect, receives=RECEIVES), context)
    assert metrics(capsys) == {"DeliveryFailed": [1], "Undelivered": [1], "RecordsLeft": [1]}


def test_a_message_that_another_worker_is_at_stays_in_the_queue_and_is_no_failure(
    handlers, context, ring, effect, capsys
):
    ring.deliveries.claim(ring.ledger.outbox[0], ring.now, 60)
    assert left(handlers.dispatch(messages(effect), context)) == ["message-0"]
    assert metrics(capsys) == {"RecordsLeft": [1]}


@pytest.mark.parametrize("receives", [1, 4])
def test_what_could_not_be_handled_comes_again_soon_and_what_was_handled_does_not(
    handlers, context, ring, effect, redelivery, receives
):
    handlers.intake(messages(violated(), Transient("throttled"), "poison", receives=receives), context)
    assert redelivery.hastened == [("x", receives), ("x", receives)]
    redelivery.hastened.clear()
    ring.mail.failing = Transient("throttled")
    handlers.dispatch(messages(effect, receives=receives), context)
    assert redelivery.hastened == [("x", receives)]
    ring.mail.failing = None
    handlers.dispatch(messages(effect, receives=receives), context)
    assert redelivery.hastened == [("x", receives)]


@pytest.mark.parametrize("count", ["0", "-1", "many", "", None, 7])
def test_a_record_that_tells_no_number_of_tries_is_tried_for_the_first_time(handlers, context, redelivery, count):
    event = messages(Transient("throttled"))
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = count
    assert left(handlers.intake(event, context)) == ["message-0"]
    assert redelivery.hastened == [("x", 1)]


def test_a_record_without_a_receipt_is_left_as_it_is(handlers, context, redelivery):
    event = messages(Transient("throttled"))
    del event["Records"][0]["receiptHandle"]
    assert left(handlers.intake(event, context)) == ["message-0"]
    assert redelivery.hastened == []


def test_a_heartbeat_goes_on_to_dispatch_and_is_counted_there(handlers, context, heartbeats, capsys):
    handlers.intake(messages(Ignored.HEARTBEAT), context)
    (heartbeat,) = heartbeats.passed
    assert heartbeat.at.isoformat() == "2026-11-20T11:10:00+00:00"
    assert "Heartbeats" not in metrics(capsys)
    body = write_of_heartbeat(heartbeat).item.body
    assert left(handlers.dispatch(messages(body), context)) == []
    assert metrics(capsys) == {"Heartbeats": [1]}


def test_what_nobody_heard_is_counted(handlers, context, ring, effect, capsys):
    ring.audience.listening = False
    assert left(handlers.dispatch(messages(effect), context)) == []
    assert metrics(capsys) == {"NobodyListens": [1], "Undelivered": [1]}


def test_what_a_receiver_without_a_subscriber_was_sent_is_counted_twice(handlers, context, ring, effect, capsys):
    ring.audience.unheard = {("ml-oncall", "mail")}
    assert left(handlers.dispatch(messages(effect), context)) == []
    assert metrics(capsys) == {"NobodyListens": [1], "Delivered": [1]}


def test_what_was_left_is_in_the_log_with_its_message_and_without_its_body(handlers, context, caplog):
    handlers.intake(messages(Transient("throttled")), context)
    (line,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert (line.message_id, line.error, line.why) == ("message-0", "Transient", "throttled")
    assert not line.exc_info


def test_a_fault_that_nobody_foresaw_is_in_the_log_with_its_traceback(handlers, context, caplog):
    class Bug:
        pass

    assert left(handlers.intake(messages(Bug()), context)) == ["message-0"]
    (line,) = [line for line in caplog.records if line.levelname == "WARNING"]
    assert line.exc_info[0] is AttributeError


@pytest.mark.parametrize("name", ["intake", "people", "reconcile", "relay", "dispatch"])
def test_a_function_without_its_settings_says_what_is_missing(name, context, monkeypatch):
    module = importlib.import_module(f"kedge.lambdas.{name}")
    for variable in ("KEDGE_TABLE", "KEDGE_EFFECTS_QUEUE_URL"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(SettingsError, match="is not set"):
        getattr(module, name)(*([context.invoked_function_arn] if name in ("intake", "people", "reconcile") else []))
