"""Quiet that lasted too long, hid too much, or came back."""

import pytest

from kedge.domain.errors import MalformedSignal
from kedge.domain.incident import SuppressionReason
from kedge.domain.provenance import EntryPoint
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from tests.support import samples
from tests.support.stories import alarm, drift, policy_of, run
from tests.unit.sources.world import World
from tests.wanted.teams import Team

BAD = run("19:00", Verdict.VIOLATED, drift("age"))
NIGHTS = [{"name": "nights", "time_intervals": [{"times": [{"start_time": "20:00", "end_time": "20:30"}]}]}]


def test_09_a_night_that_comes_every_day_is_quiet_by_itself_and_what_still_fires_is_told_in_the_morning():
    muted = {"receiver": "ml-oncall", "mute_time_intervals": ["nights"]}
    team = Team(policy_of(route=muted, mute_time_intervals=NIGHTS)).hears(BAD)
    team.ring.minutes(29)
    assert team.told == []
    team.ring.minutes(2)
    assert team.told == [Reason.FIRST_SEEN]


def test_09_an_upgrade_that_is_planned_in_the_policy_ends_by_itself():
    planned = {
        "matchers": ["endpoint=churn-prod"],
        "starts_at": "2026-11-20T20:00:00Z",
        "ends_at": "2026-11-20T20:10:00Z",
        "author": "oncall",
        "comment": "upgrade",
    }
    team = Team(policy_of(silences=[planned])).hears(BAD)
    team.ring.minutes(12)
    assert team.told == [Reason.FIRST_SEEN]


def test_09_a_silence_that_has_ended_or_was_expired_hides_nothing_though_it_is_remembered():
    team = Team()
    ended = team.asks_for_quiet("endpoint=churn-prod", minutes=5)
    expired = team.asks_for_quiet('target=~".*"', minutes=60)
    team.ends_quiet(expired)
    team.ring.minutes(6)
    assert set(team.ring.ledger.silences) == {ended.id, expired.id}
    assert team.hears(BAD).told == [Reason.FIRST_SEEN]


def test_09_what_was_quiet_is_told_within_minutes_of_a_silence_that_is_expired_early():
    team = Team()
    silence = team.asks_for_quiet("endpoint=churn-prod", minutes=24 * 60)
    team.hears(BAD)
    team.ring.minutes(10)
    assert team.told == []
    team.ends_quiet(silence)
    team.ring.minutes(6)
    assert team.told == [Reason.FIRST_SEEN]


def test_09_a_silence_of_one_thing_hides_no_other():
    team = Team()
    team.asks_for_quiet("monitor=Alarm", minutes=60)
    assert team.hears(BAD).told == [Reason.FIRST_SEEN]


def test_09_a_silence_of_what_an_incident_was_does_not_make_its_past_the_last_that_people_hear():
    # It ends as a warning and comes back as critical, and the silence of warnings begins before either is told.
    team = Team().hears(run("17:00", Verdict.VIOLATED, drift("age")), run("18:00", Verdict.CLEAN))
    team.hears(run("19:00", Verdict.VIOLATED, drift("age", "income", "city", "plan", "tenure")))
    team.asks_for_quiet("severity=warning", minutes=5)
    team.ring.minutes(10)
    assert team.incident.is_open
    assert [told.state for told in team.ring.told] == ["firing", "firing"]


def test_09_nobody_silences_anything_for_longer_than_thirty_days():
    event = samples.event("people.silence")
    event["detail"]["silence"] |= {"starts_at": "2026-11-20T10:00:00Z", "ends_at": "2026-12-20T10:00:01Z"}
    with pytest.raises(MalformedSignal, match="30 days"):
        World().by(EntryPoint.PEOPLE).one(event)


NEVER = {"persistence": [{"runs": 3, "of": 4, "matchers": ["verdict=no_data"]}], "overdue": None}


def test_13_a_monitor_without_data_has_a_pending_period_and_a_violation_beside_it_has_none():
    team = Team(policy_of(evidence=NEVER))
    team.hears(*(run(f"{hour}:00", Verdict.NO_DATA) for hour in (15, 16)))
    assert team.told == []
    team.hears(run("17:00", Verdict.NO_DATA))
    assert team.told == [Reason.FIRST_SEEN]
    assert Team(policy_of(evidence=NEVER)).hears(BAD).told == [Reason.FIRST_SEEN]


def test_13_an_alarm_without_data_opens_nothing():
    assert Team().hears(alarm("19:00", Verdict.INSUFFICIENT_DATA)).incidents == []


INHIBITS = {"source_matchers": ["monitor=Alarm"], "target_matchers": ["monitor!=Alarm"], "equal": ["team"]}


def test_09_an_inhibition_on_a_label_that_neither_has_hides_nothing():
    team = Team(policy_of(inhibit_rules=[INHIBITS])).hears(alarm("19:00", Verdict.ALARM), BAD)
    assert team.told == [Reason.FIRST_SEEN, Reason.FIRST_SEEN]


def test_09_an_inhibition_ends_with_its_source_and_what_it_hid_is_told():
    team = Team(policy_of(inhibit_rules=[INHIBITS | {"equal": ["endpoint"]}]))
    team.hears(alarm("19:00", Verdict.ALARM), BAD)
    assert team.incident.waiting["ml-oncall"].quiet is SuppressionReason.INHIBITED
    team.hears(alarm("19:30", Verdict.OK))
    team.ring.minutes(8)
    assert team.told.count(Reason.FIRST_SEEN) == 2
    assert team.incident.waiting == {}


def test_09_nothing_inhibits_itself():
    both = {"source_matchers": ["severity=warning"], "target_matchers": ["monitor=DataQuality"], "equal": ["endpoint"]}
    assert Team(policy_of(inhibit_rules=[both])).hears(BAD).told == [Reason.FIRST_SEEN]
