"""What is new of an incident that was told before, and what Kedge itself finds."""

import shlex

import msgspec
import pytest
from hypothesis import given

from kedge.domain.effect import ChannelName, Effect
from kedge.domain.incident import IncidentState
from kedge.domain.target import TargetKind
from kedge.messages import write
from kedge.messages.commands import answers, commands
from kedge.messages.headline import head
from kedge.messages.links import links
from kedge.messages.wording.problem import headline
from tests.unit.messages.anything import effects
from tests.unit.messages.changes import TURNS
from tests.unit.messages.incidents import INCIDENT, KINDS, RUNBOOK
from tests.unit.messages.kinds import ALL
from tests.unit.messages.problems import ENDPOINT


def mail(effect: Effect) -> str:
    return write(msgspec.structs.replace(effect, channel=ChannelName.MAIL), RUNBOOK).body


def changed(kind: str, **changes: object) -> Effect:
    return msgspec.structs.replace(ALL[kind], incident=msgspec.structs.replace(ALL[kind].incident, **changes))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("reopened", "fires again: 7 of 24 features drifted"),
        ("flapping", "flapping: alarm churn-prod-latency-p99 fired (812, limit 500)"),
        ("settled", "no longer flapping: alarm churn-prod-latency-p99 fired (812, limit 500)"),
        ("reminder", "still firing after 1 d: 7 of 24 features drifted"),
        ("overdue", "data quality monitor is overdue, nothing was measured"),
        ("upstream", "age, tenure drift on 12 targets: check upstream"),
        ("upstream-another-feature", "age, visits, tenure drift on 9 to 14 targets: check upstream"),
        ("resolved-upstream", "drift of age, tenure resolved after 5 h"),
        ("policy-fault", "the policy cannot be read, growth@2026-11-18 stays in force"),
        ("resolved-policy-fault", "the policy can be read again after 5 h"),
        ("resolved-by-a-person", "resolved by responder after 5 h"),
    ],
)
def test_each_turn_has_its_own_headline(kind: str, words: str) -> None:
    assert headline(TURNS[kind]) == words


def test_a_fleet_is_never_called_by_a_name_that_nobody_gave_it() -> None:
    assert head(TURNS["upstream"]).name == "fleet"
    assert "features:" not in mail(TURNS["upstream"])


def test_what_a_person_ended_is_not_told_as_measured() -> None:
    body = mail(TURNS["resolved-by-a-person"])
    assert "within its limits" not in body
    assert "Resolution        resolved by responder: the source was fixed at 12:40" in body


def test_each_fault_of_a_policy_stands_on_a_line_of_its_own() -> None:
    lines = mail(TURNS["policy-fault"]).splitlines()
    assert [line.split()[1] for line in lines if line.startswith("Fault ")] == [
        "policy.yaml:12:3:",
        "policy.yaml:31:17:",
        "policy.yaml:40:9:",
        "and",
    ]


def test_faults_that_come_on_lines_of_their_own_stay_there_and_a_semicolon_within_one_parts_nothing() -> None:
    said = "a.yaml:1:2: one; or another\nb.yaml:3:4: two"
    problem = msgspec.structs.replace(TURNS["policy-fault"].incident.problem, said=said)
    lines = mail(changed("policy-fault", problem=problem)).splitlines()
    assert [line for line in lines if line.startswith("Fault ")] == [
        "Fault             a.yaml:1:2: one; or another",
        "Fault             b.yaml:3:4: two",
    ]


def test_nobody_is_offered_to_silence_that_the_policy_is_broken() -> None:
    assert not [line for line in commands(TURNS["policy-fault"]) if "silence" in line]


def test_owner_and_variant_are_told_and_other_tags_are_not() -> None:
    for channel in ChannelName:
        body = write(msgspec.structs.replace(TURNS["owner-and-runbook"], channel=channel), RUNBOOK).body
        assert "growth-team" in body
        assert "blue" in body
        assert "4711" not in body


def test_the_endpoint_s_own_runbook_comes_before_the_stack_s_as_it_is_written() -> None:
    assert links(TURNS["owner-and-runbook"], RUNBOOK)[0].url == "https://wiki.example.com/growth/churn-prod"
    assert links(changed("owner-and-runbook", runbook="javascript:alert(1)"), RUNBOOK)[0].url.startswith(RUNBOOK)


def test_who_has_it_in_hand_is_told() -> None:
    assert "Acknowledged by   responder" in mail(TURNS["cause-changed-while-acknowledged"])
    assert "The acknowledgement by responder no longer holds" in " ".join(
        mail(TURNS["worse-after-acknowledged"]).split()
    )
    mitigating = changed("cause-changed-while-acknowledged", state=IncidentState.MITIGATING)
    assert "Mitigation by     responder" in mail(mitigating)


def test_a_reminder_after_a_lost_acknowledgement_does_not_say_that_there_never_was_one() -> None:
    assert "The incident is not acknowledged." in " ".join(mail(TURNS["reminder"]).split())
    assert "The incident is not acknowledged since its severity rose." in " ".join(
        mail(changed("reminder", by="responder")).split()
    )


def test_a_run_that_never_came_is_not_told_as_seen_or_as_without_data() -> None:
    body = mail(TURNS["overdue"])
    assert "seen in" not in body
    assert "there was no data" not in body
    assert "No run ended since 2026-11-20 05:12 UTC" in body


def test_the_commands_are_those_that_help_next() -> None:
    assert commands(KINDS["drift"]) == (
        f"kedge incident ack {INCIDENT}",
        """kedge silence add 'endpoint="churn-prod"' --for 4h --comment "...\"""",
        f"kedge policy explain --incident {INCIDENT}",
    )
    assert commands(KINDS["severity-raised"]) == (
        f"kedge incident ack {INCIDENT}",
        f"kedge incident show {INCIDENT}",
        f"kedge policy explain --incident {INCIDENT}",
    )
    assert commands(KINDS["resolved"]) == (
        f'kedge incident note {INCIDENT} "..."',
        f"kedge incident show {INCIDENT}",
    )
    assert commands(TURNS["upstream"])[1].startswith("kedge silence add 'monitor=\"Fleet\"'")
    assert 'target="checkout-errors"' in commands(KINDS["alarm-minimal"])[1]


@given(effects)
def test_no_name_gets_out_of_its_command(effect: Effect) -> None:
    for line in (*commands(effect), *answers(effect)):
        words = shlex.split(line)
        assert words[:2] in (["kedge", "incident"], ["kedge", "silence"], ["kedge", "policy"], ["kedge", "approval"])
        wanted = {"list": 3, "ack": 4, "add": 8, "explain": 5, "show": 4, "note": 5, "approve": 6, "reject": 6}
        # A fault of monitoring is silenced by its target and its monitor.
        more = len([word for word in words if word == 'monitor="Watch"'])
        assert len(words) == wanted[words[2]] + more


def test_a_name_that_would_end_a_matcher_gets_none() -> None:
    target = msgspec.structs.replace(ENDPOINT, kind=TargetKind.ALARM, name='x",severity="critical')
    assert not [line for line in commands(changed("drift", target=target)) if "silence" in line]
