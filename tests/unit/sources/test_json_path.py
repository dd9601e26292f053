"""Whatever is delivered, as text or decoded by Lambda before, is fit to be kept, or malformed."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kedge.domain.errors import MalformedSignal
from kedge.domain.signal import AlarmChanged
from kedge.sources.json_path import JsonValue
from tests.unit.sources.world import World

HALF = "\ud800"
ALARM = {"AlarmName": f"churn-{HALF}", "NewStateValue": "ALARM", f"odd{HALF}": [HALF]}


@pytest.mark.parametrize(
    "delivered",
    [
        pytest.param(ALARM, id="an object that Lambda decoded"),
        pytest.param(json.dumps(ALARM), id="text with an escape"),
        pytest.param(json.dumps(ALARM, ensure_ascii=False), id="text with the half itself"),
        pytest.param({"body": json.dumps(ALARM)}, id="a record with an escape"),
        pytest.param({"body": json.dumps(ALARM, ensure_ascii=False)}, id="a record with the half itself"),
        pytest.param({"Records": [{"Sns": {"Message": json.dumps(ALARM)}}]}, id="a notification"),
        pytest.param({"Type": "Notification", "Message": ALARM, "TopicArn": HALF}, id="a message that is an object"),
    ],
)
def test_half_a_surrogate_pair_is_replaced_at_the_door(delivered: Any):
    read = World().one(delivered)
    assert isinstance(read, AlarmChanged)
    assert read.alarm == "churn-?"
    assert read.id.encode().decode() == read.id


def test_a_whole_pair_stays_as_it_is_however_it_is_written():
    whole = "\U0001f600"
    for delivered in ({"name": whole}, json.dumps({"name": whole}), json.dumps({"name": whole}, ensure_ascii=False)):
        assert JsonValue(delivered).parsed().text("name") == whole


def test_what_can_be_kept_is_not_copied():
    event = {"a": [1, 2.5, None, True, "ü", {"b": datetime(2026, 11, 20, tzinfo=UTC)}]}
    assert JsonValue(event).parsed().value is event


def nested(depth: int) -> object:
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "delivered",
    [
        pytest.param({"detail-type": nested(100_000)}, id="an object that nests too deep"),
        pytest.param('{"a":' * 100_000, id="text that nests too deep"),
        pytest.param({"AlarmName": "a", "NewStateValue": 10**5_000}, id="a number of 5,000 digits"),
        pytest.param(f'{{"AlarmName": {"9" * 256_000}}}', id="256 kB of digits"),
        pytest.param({"AlarmName": {1, 2}, "NewStateValue": HALF}, id="what JSON does not have"),
        pytest.param(b"\xff", id="bytes that are no text"),
    ],
)
def test_what_cannot_be_written_is_malformed_with_its_place(delivered: Any):
    with pytest.raises(MalformedSignal, match=r"^\$: is "):
        World().reads(delivered)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e308, 10**400, "9" * 4_000, "NaN"])
@pytest.mark.parametrize("field", ["time", "account", "version"])
def test_an_odd_number_in_a_field_that_is_not_needed_costs_nothing_but_the_field(field: str, number: object):
    detail = {
        "alarmName": "churn",
        "state": {"value": "ALARM", "timestamp": number, "reasonData": {"threshold": number}},
    }
    read = World().one(
        {"detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "detail": detail, field: number}
    )
    assert read.alarm == "churn"
    assert read.limit is None or read.limit == 1e308
