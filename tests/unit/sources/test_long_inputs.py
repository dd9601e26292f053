"""No input is slower than it is long: what fits into a message is read, or refused, in milliseconds of the processor."""

import json
from typing import Any

import pytest

from kedge.domain.alarm import ThresholdComparison
from kedge.domain.errors import MalformedSignal
from kedge.sources.alarm_fields import from_sentence
from tests.support import samples
from tests.support.cpu import best
from tests.unit.sources.world import World

# Many times what the slowest of them takes. The finding that this file is about took 24 s.
MOST = 0.25
LARGEST = 256_000


def alarm(reason: str) -> dict[str, Any]:
    event = samples.event("eventbridge.alarm.alarm")
    event["detail"]["state"] |= {"reason": reason}
    del event["detail"]["state"]["reasonData"]
    return event


def call(**more: object) -> dict[str, Any]:
    return {"monitoringScheduleName": "drift", "violationReport": [], **more}


def timed(at: object) -> dict[str, Any]:
    return samples.event("eventbridge.endpoint.in_service") | {"time": at}


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(alarm("1" * 1_023), id="as many digits as SetAlarmState takes"),
        pytest.param(alarm("1" * LARGEST), id="a reason of digits"),
        pytest.param(alarm("1." * (LARGEST // 2)), id="a reason of digits and dots"),
        pytest.param(alarm("1e1" * (LARGEST // 3)), id="a reason of exponents"),
        pytest.param(alarm("the threshold (1" * (LARGEST // 16)), id="a reason of thresholds"),
        pytest.param(timed("1" + " " * 100_000 + ":"), id="spaces in a time"),
        pytest.param(timed(": " * 100_000), id="colons in a time"),
        pytest.param(timed("9" * LARGEST), id="a time of digits"),
        pytest.param(call(timestamp=" " * LARGEST + "x"), id="a time behind spaces"),
        pytest.param(call(endpointName="a" * LARGEST), id="a name of letters"),
        pytest.param(call(endpointName="-" * LARGEST), id="a name of hyphens"),
        pytest.param(call(violationReport="{" * LARGEST), id="a report of braces"),
        pytest.param(call(violationReport="s3://" + "/" * LARGEST), id="a URI of slashes"),
        pytest.param(call(region="aa" + "-a" * (LARGEST // 2)), id="a Region of hyphens"),
        pytest.param({"AlarmName": "x", "NewStateValue": "ALARM", "AlarmArn": ":" * LARGEST}, id="an ARN of colons"),
    ],
)
def test_what_fits_into_a_message_is_handled_in_milliseconds(event: dict[str, Any]):
    def read() -> None:
        try:
            World().reads(json.dumps({"body": json.dumps(event)}))
        except MalformedSignal as fault:
            assert len(str(fault)) < 1_000  # noqa: PT017 - either end is right, and this one must be short

    assert best(read) < MOST


def test_numbers_behind_the_searched_part_of_a_reason_are_not_looked_for():
    crossed = "[0.5 (20/11/26 10:00:00)] was greater than the threshold (0.4)"
    assert from_sentence(crossed) == ThresholdComparison(0.5, 0.4)
    assert from_sentence(" " * 1_900 + crossed) == ThresholdComparison(0.5, 0.4)
    assert from_sentence(" " * 2_000 + crossed) == ThresholdComparison()


@pytest.mark.parametrize(
    ("written", "observed"),
    [("0.5", 0.5), ("-1.5E-3", -0.0015), (".5", 0.5), ("7.", 7.0), ("+2", 2.0), ("9" * 400, None), ("1e999", None)],
)
def test_a_datapoint_is_read_whole_or_not_at_all(written: str, observed: float | None):
    assert from_sentence(f"Threshold Crossed: 1 datapoint [{written} (20/11/26 10:00:00)] was").observed == observed
