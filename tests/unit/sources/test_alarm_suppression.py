"""Alarms whose actions are suppressed or muted, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support import samples
from tests.unit.sources.alarm_events import event, message, sns
from tests.unit.sources.world import World


def test_a_suppressed_composite_alarm_says_who_keeps_it_quiet():
    found = World().one("eventbridge.alarm.composite")
    assert (found.suppressed_by, found.target.kind.value, found.metric) == ("WaitPeriod", "alarm", None)


def test_a_period_of_a_composite_alarm_ends_by_itself():
    found = World().one("eventbridge.alarm.composite")
    assert found.suppressed_until == found.at + timedelta(seconds=120)


def test_a_suppressor_alarm_tells_no_end():
    raw = event("eventbridge.alarm.composite")
    raw["detail"]["state"] |= {"actionsSuppressedBy": "Alarm", "actionsSuppressedReason": "x"}
    assert (World().one(raw).suppressed_by, World().one(raw).suppressed_until) == ("Alarm", None)


MUTED = {
    "mutedByArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm-mute-rule:nights",
    "muteWindowStart": "2026-11-20T09:00:00Z",
    "muteWindowEnd": "2026-11-20T17:00:00Z",
}


@pytest.mark.parametrize("shape", ["event", "action"])
def test_a_muted_alarm_says_by_which_rule_and_until_when(shape: str):
    if shape == "event":
        raw = event(muteDetail=MUTED)
    else:
        raw = samples.event("lambda.alarm_action")
        raw["alarmData"]["muteDetail"] = MUTED
    found = World().one(raw)
    assert found.suppressed_by == MUTED["mutedByArn"]
    assert found.suppressed_why == "Muted by the alarm mute rule nights"
    assert found.suppressed_until == datetime(2026, 11, 20, 17, tzinfo=UTC)


@pytest.mark.parametrize("detail", [{}, "x", None, {"muteWindowEnd": "2026-11-20T17:00:00Z"}])
def test_what_names_no_mute_rule_mutes_nothing(detail: object):
    found = World().one(event(muteDetail=detail))
    assert (found.suppressed_by, found.suppressed_until) == (None, None)


def test_a_message_of_a_suppressed_alarm_says_so_too():
    told = message(ActionsSuppressedBy="Alarm", ActionsSuppressedReason="Actions suppressed by deploying")
    found = World().one(sns(told))
    assert (found.suppressed_by, found.suppressed_why) == ("Alarm", "Actions suppressed by deploying")
