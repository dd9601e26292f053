"""Messages about several incidents: how many, how bad, the worst first, and nothing that was not seen."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given

from kedge.domain.cause import Cause
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.notification import IncidentSummary, Unlisted
from kedge.domain.reason import Reason
from kedge.messages import write
from kedge.messages.digest import about_several
from kedge.messages.headline import head
from tests.unit.messages.anything import effects
from tests.unit.messages.groups import SEVERAL, brief, endpoint, together
from tests.unit.messages.incidents import KINDS, RUNBOOK
from tests.unit.messages.problems import ENDPOINT


def told(effect: Effect, channel: ChannelName = ChannelName.MAIL) -> str:
    return write(msgspec.structs.replace(effect, channel=channel), RUNBOOK).body


def document(effect: Effect) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(told(effect, ChannelName.PROGRAMS))
    return read


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("group-of-one-endpoint", "[CRITICAL] 4 incidents on churn-prod: 2 critical, 2 warning (GROUPED)"),
        ("group-of-one-cause", "[CRITICAL] 4 incidents on 4 endpoints: 1 critical, 3 warning (GROUPED)"),
        ("digest", "[CRITICAL] 16 incidents on 11 targets: 5 critical, 8 warning, 1 info, 2 resolved (GROUPED)"),
        ("batch-jobs-of-two-regions", "[WARNING] 2 incidents on 2 batch jobs: 2 warning (GROUPED)"),
        ("group-resolved", "[RESOLVED] 2 incidents on 2 endpoints: 2 resolved (GROUPED)"),
        ("digest-of-what-is-over", "[RESOLVED] 3 incidents: 3 resolved before notification (GROUPED)"),
        ("digest-of-one", "[CRITICAL] churn-prod: 7 of 24 features drifted (FIRING)"),
    ],
)
def test_the_subject_says_how_many_and_how_bad(kind: str, subject: str) -> None:
    assert write(SEVERAL[kind], RUNBOOK).subject == subject


def test_where_incidents_are_that_are_only_counted_nobody_claims_to_know() -> None:
    assert head(SEVERAL["digest-of-ten-thousand"]).name == "10,000 incidents"


def test_a_mail_lists_each_incident_and_counts_the_rest_by_severity() -> None:
    lines = told(SEVERAL["digest-of-ten-thousand"]).splitlines()
    assert sum(line.startswith("CRITICAL  ") for line in lines) == 50
    assert "+9,762 more: 1,150 critical, 8,214 warning, 86 info, 312 resolved" in lines
    assert "+188 resolved before notification" in lines


def test_chat_lists_fewer_and_counts_those_too() -> None:
    shown = json.loads(told(SEVERAL["digest-of-ten-thousand"], ChannelName.CHAT))["content"]["description"]
    assert shown.count("• CRITICAL `") == 15
    assert "+9,797 more: 1,185 critical" in shown


@given(effects)
def test_every_incident_is_listed_or_counted_whatever_the_channel_has_room_for(effect: Effect) -> None:
    found = document(effect)
    more = found["more"]
    counted = sum(more["by_severity"].values()) + more["resolved"] + more["over"]
    expected = len(effect.briefs) + effect.tally.incidents if about_several(effect) else 1
    assert len(found["incidents"]) + counted == expected


@given(effects)
def test_nothing_is_called_resolved_while_something_is_open(effect: Effect) -> None:
    listed = [brief.severity for brief in effect.briefs if brief.state is not IncidentState.RESOLVED]
    open_ones = [*listed, *(severity for severity, count in effect.tally.by_severity.items() if count)]
    if about_several(effect):
        worst = max(open_ones, key=lambda severity: severity.rank, default=None)
        assert head(effect).mark == ("RESOLVED" if worst is None else worst.upper())


def test_programs_find_what_became_of_each_incident() -> None:
    listed = document(SEVERAL["digest"])["incidents"]
    assert len(listed) == 16
    assert [each["state"] for each in listed[-2:]] == ["resolved", "resolved"]
    assert (listed[2]["why"], listed[2]["target"]["name"]) == ("reopened", "fraud-prod")


def test_programs_may_go_through_the_list_also_where_a_message_is_about_one() -> None:
    (only,) = document(KINDS["drift"])["incidents"]
    assert (only["incident"], only["why"], only["findings"]) == (KINDS["drift"].incident.id, "first_seen", 7)


def test_a_digest_of_one_is_told_with_everything_that_is_known_of_it() -> None:
    alone = msgspec.structs.replace(KINDS["resolved"], why=Reason.DIGEST)
    only = IncidentSummary.of(alone.incident, Reason.RESOLVED, alone.receiver)
    assert told(msgspec.structs.replace(alone, briefs=(only,))) == told(KINDS["resolved"])


def test_what_is_over_is_nobody_s_next_step() -> None:
    body = told(SEVERAL["group-resolved"])
    assert "No urgent action" in body
    assert "Begin with" not in body
    assert "kedge incident ack" not in body


def test_what_all_have_in_common_is_said_once() -> None:
    assert "Causes            all input drift" in told(SEVERAL["group-of-one-cause"])
    assert "Most incidents    fraud-prod (3), pricing (2)" in told(SEVERAL["digest"])


def test_what_nobody_shares_is_not_said_at_all() -> None:
    body = told(SEVERAL["group-of-one-endpoint"])
    assert "Causes" not in body
    assert "Most incidents" not in body


def test_the_worst_is_shown_only_where_all_that_is_known_of_it_is_there() -> None:
    first, *others = SEVERAL["digest"].briefs
    unknown = msgspec.structs.replace(first, incident="another")
    body = told(msgspec.structs.replace(SEVERAL["digest"], briefs=(unknown, *others)))
    assert "Worst  " not in body
    assert "Runbook" not in body


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "input drift, 7 findings"),
        ({"why": Reason.FLAPPING}, "input drift, flapping"),
        ({"why": Reason.MONITOR_FAULT}, "input drift, monitor failed"),
        ({"cause": Cause.MONITOR_FAULT, "findings": None}, "data quality not measured"),
        ({"cause": Cause.INCONCLUSIVE, "findings": None}, "data quality, report unread"),
        ({"state": IncidentState.MITIGATING}, "input drift, mitigating"),
        ({"state": IncidentState.RESOLVED}, "input drift, was warning"),
    ],
)
def test_a_line_says_what_is_wrong_and_what_is_new(changes: dict[str, Any], words: str) -> None:
    other = msgspec.structs.replace(brief(6, endpoint("churn-canary"), Cause.INPUT_DRIFT), **changes)
    (line,) = (line for line in told(together(KINDS["drift"].incident, other)).splitlines() if "canary" in line)
    assert " ".join(line.split()[2:-1]).startswith(words)


def test_the_day_stands_where_it_is_another_and_the_year_where_it_is() -> None:
    days = [
        brief(1, ENDPOINT, Cause.INPUT_DRIFT, since=KINDS["drift"].at.replace(day=day, year=year))
        for day, year in ((20, 2026), (19, 2026), (20, 2025))
    ]
    lines = told(together(KINDS["drift"].incident, *days)).splitlines()
    assert [line.split()[-1] for line in lines if line.startswith("WARNING  ")] == ["08:24Z", "11-19", "2025-11-20"]


def test_a_thread_of_an_incident_does_not_hide_the_news_of_others() -> None:
    chat = json.loads(told(SEVERAL["digest"], ChannelName.CHAT))
    assert chat["metadata"]["threadId"] == SEVERAL["digest"].id
    assert set(chat["metadata"]["additionalContext"]) == {"environment", "receiver"}


def test_a_tally_alone_is_told_too() -> None:
    effect = msgspec.structs.replace(KINDS["drift"], tally=Unlisted(by_severity={Severity.INFO: 1}, over=2))
    body = told(effect)
    assert "3 incidents: 1 info, 2 resolved before notification" in body
    assert "1 incident more: 1 info" not in body
