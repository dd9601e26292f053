"""What people send themselves: decisions and silences, and what they hear of a slip."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kedge.domain.errors import MalformedSignal
from kedge.domain.provenance import EntryPoint
from kedge.domain.run import Monitor
from kedge.domain.signal import Ignored, OperatorAction
from kedge.sources.operator_fields import UNKNOWN, Person
from kedge.sources.operator_requests import read_person
from tests.support import samples
from tests.unit.sources.world import HOME, RECEIVED, TARGET, World


def decision(**changes: Any) -> dict[str, Any]:
    """The sample decision, but for some keys; None takes one away."""
    event: dict[str, Any] = samples.event("people.decision")
    return event | {"detail": {key: value for key, value in (event["detail"] | changes).items() if value is not None}}


def silence(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = samples.event("people.silence")
    detail = event["detail"]
    return event | {
        "detail": detail
        | {"silence": {key: value for key, value in (detail["silence"] | changes).items() if value is not None}}
    }


MARK: dict[str, Any] = samples.event("people.config_mark")


def fault_of(event: dict[str, Any]) -> MalformedSignal:
    with pytest.raises(MalformedSignal) as caught:
        World().by(EntryPoint.PEOPLE).one(event)
    return caught.value


def test_a_decision_says_who_decided_what_about_which_incident_and_when():
    made = World().by(EntryPoint.PEOPLE).one("people.decision")
    assert (made.act, made.by, made.monitor, str(made.target)) == (
        OperatorAction.ACKNOWLEDGE,
        "ada@example.com",
        Monitor.DATA_QUALITY,
        TARGET,
    )
    assert made.incident == "0193479e-8a00-7000-8000-5a1c7f0e2b11"
    assert made.at == datetime(2026, 11, 20, 10, 31, 5, tzinfo=UTC)
    assert made.comment.startswith("The upstream join")


def test_two_decisions_are_two_and_one_told_twice_is_one():
    first, again, other = (
        World().by(EntryPoint.PEOPLE).one(event) for event in (decision(), decision(), decision(id="another"))
    )
    assert first.id == again.id != other.id


def test_a_decision_without_a_time_was_made_when_it_arrived():
    assert World().by(EntryPoint.PEOPLE).one(decision(at=None)).at == RECEIVED


@pytest.mark.parametrize(
    ("changes", "path", "mend"),
    [
        ({"act": "acknowlege"}, "$.detail.act", "did you mean acknowledge?"),
        ({"act": "snooze"}, "$.detail.act", "there are acknowledge, mitigate, resolve, note"),
        ({"act": 7}, "$.detail.act", "must hold one of acknowledge, mitigate, resolve, note, not a number"),
        ({"monitor": "Dataquality"}, "$.detail.monitor", "did you mean DataQuality?"),
        ({"target": "churn-prod"}, "$.detail.target", "<account>/<region>/<kind>/<name>"),
        ({"target": "1/us-east-1/endpoit/churn"}, "$.detail.target", "<account>/<region>/<kind>/<name>"),
        ({"at": "this morning"}, "$.detail.at", "ISO 8601"),
        ({"by": None}, "$.detail.by", "the name of the person who decided"),
        ({"incident": None}, "$.detail.incident", "the incident's id"),
        ({"id": None}, "$.detail.id", "an id"),
        ({"act": "note", "comment": None}, "$.detail.comment", "the note"),
        ({"comment": "x" * 5_000}, "$.detail.comment", "has 5000 bytes"),
        ({"by": "x" * 5_000}, "$", "the name of a person"),
    ],
)
def test_a_slip_in_a_decision_is_told_with_its_place_and_its_mend(changes: dict[str, Any], path: str, mend: str):
    fault = fault_of(decision(**changes))
    assert fault.path == path
    assert mend in fault.why


def test_a_silence_belongs_to_the_fleet_of_the_account_in_which_kedge_runs():
    changed = World().by(EntryPoint.PEOPLE).one("people.silence")
    assert str(changed.target) == f"{HOME.account}/{HOME.region}/fleet/silences"
    assert changed.silence.matchers == ('endpoint="churn-prod"', 'monitor="DataQuality"')
    assert changed.silence.holds(datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert not changed.silence.holds(changed.silence.ends_at)
    assert changed.silence.planned is False


def test_a_silence_that_ends_when_it_begins_is_one_that_was_taken_back():
    assert World().by(EntryPoint.PEOPLE).one(silence(ends_at="2026-11-20T10:33:00Z")).silence.holds(RECEIVED) is False


@pytest.mark.parametrize(
    ("changes", "path", "mend"),
    [
        ({"matchers": []}, "$.detail.silence.matchers", "1 to 32 matchers"),
        ({"matchers": None}, "$.detail.silence.matchers", "1 to 32 matchers"),
        ({"matchers": ["endpoint"]}, "$.detail.silence.matchers[0]", "is not a matcher"),
        ({"matchers": ['a="b"', 7]}, "$.detail.silence.matchers[1]", "must be a matcher"),
        ({"matchers": ["endpoint=~(a+)+$"]}, "$.detail.silence.matchers[0]", "the regular expression"),
        ({"ends_at": "2026-11-20T10:00:00Z"}, "$.detail.silence.ends_at", "must not lie before starts_at"),
        ({"ends_at": None}, "$.detail.silence.ends_at", "ISO 8601"),
        ({"author": None}, "$.detail.silence.author", "the name of the person who asks for quiet"),
        ({"comment": " "}, "$.detail.silence.comment", "must say why"),
        ({"id": "x" * 5_000}, "$", "the id of a silence"),
    ],
)
def test_a_slip_in_a_silence_is_told_with_its_place_and_its_mend(changes: dict[str, Any], path: str, mend: str):
    fault = fault_of(silence(**changes))
    assert fault.path == path
    assert mend in fault.why


PERSONAL = [decision(), silence(), MARK]


@pytest.mark.parametrize("event", PERSONAL, ids=lambda event: event["detail-type"])
def test_what_a_person_decides_never_comes_in_with_the_events(event: dict[str, Any]):
    wrapped = {"Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:111122223333:kedge-alarms"}
    queued = {"eventSource": "aws:sqs", "messageId": "1", "body": json.dumps(event)}
    reader = World().reader
    for raw in (event, wrapped | {"Message": json.dumps(event)}, {"Records": [queued]}):
        assert reader.read(raw, RECEIVED) == (Ignored.UNKNOWN_SOURCE,)


@pytest.mark.parametrize("event", PERSONAL, ids=lambda event: event["detail-type"])
def test_a_person_whom_aws_confirmed_is_named_by_it_whatever_the_event_says(event: dict[str, Any]):
    arn = "arn:aws:iam::111122223333:user/ana"
    said = read_person(event, HOME, RECEIVED, Person(arn, proven=True))
    assert said.proven
    assert arn in {getattr(said, "by", None), getattr(getattr(said, "silence", None), "author", None)}
    assert (said.provenance.entry_point, said.provenance.says) == (
        EntryPoint.PEOPLE,
        "a person whose identity AWS confirmed",
    )


@pytest.mark.parametrize("event", PERSONAL, ids=lambda event: event["detail-type"])
def test_a_person_without_proof_is_who_the_event_says_and_not_proven(event: dict[str, Any]):
    said = read_person(event, HOME, RECEIVED, UNKNOWN)
    assert not said.proven
    assert "ada@example.com" in {getattr(said, "by", None), getattr(getattr(said, "silence", None), "author", None)}
    assert said.provenance.entry_point is EntryPoint.PEOPLE


@pytest.mark.parametrize(
    ("event", "path", "why"),
    [
        ("no event", "$", "must be an object"),
        ({}, "$.source", 'must hold "kedge"'),
        (decision() | {"source": "pager"}, "$.source", "must be \"kedge\", not 'pager'"),
        (decision() | {"detail-type": "Action Moved"}, "$.detail-type", "must be one of Decision Made"),
        (samples.event("eventbridge.alarm.alarm"), "$.source", "not 'aws.cloudwatch'"),
        (decision(at="2026-11-21T00:05:00Z"), "$.detail.at", "must not lie in the future"),
        (
            silence(created=None) | {"detail": silence()["detail"] | {"at": "2099-01-01T00:00:00Z"}},
            "$.detail.at",
            "future",
        ),
        (decision(comment="\ud800"), "$", "half a surrogate pair"),
        (decision(by="\udfff"), "$", "half a surrogate pair"),
    ],
)
def test_only_what_people_decide_comes_in_by_their_door(event: Any, path: str, why: str):
    with pytest.raises(MalformedSignal) as fault:
        read_person(event, HOME, RECEIVED, UNKNOWN)
    assert fault.value.path == path
    assert why in fault.value.why
