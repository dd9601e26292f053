"""An update says what is new, and no mail says anything twice."""

import json
import re

import msgspec
import pytest

from kedge.domain.effect import ChannelName, Effect
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import Provenance
from kedge.domain.reason import Reason
from kedge.messages import write
from kedge.messages.digest import about_several
from kedge.messages.update import is_update
from tests.unit.messages.incidents import KINDS, RUNBOOK
from tests.unit.messages.kinds import ALL
from tests.unit.messages.remedies import PLAN, REMEDIES

UPDATES = {kind: effect for kind, effect in ALL.items() if is_update(effect)}
TAIL = ("Action taken", "Trigger", "Policy", "Schedule", "Alarm", "Window", "Measured", "Job")


def mail(effect: Effect) -> str:
    return write(msgspec.structs.replace(effect, channel=ChannelName.MAIL), RUNBOOK).body


def rows(effect: Effect) -> list[str]:
    return [line[:18].rstrip() for line in mail(effect).splitlines() if line[:1].isupper() and line[17:18] == " "]


@pytest.mark.parametrize("kind", ALL)
def test_each_link_and_each_command_of_a_mail_stands_once(kind: str) -> None:
    lines = [line for line in mail(ALL[kind]).splitlines() if line.startswith(("https://", "s3://", "kedge "))]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("kind", UPDATES)
def test_an_update_is_shorter_than_the_same_message_to_a_receiver_who_knows_nothing(kind: str) -> None:
    update, first = UPDATES[kind], msgspec.structs.replace(UPDATES[kind], first=None)
    assert set(mail(update).splitlines()) - set(mail(first).splitlines()) <= {
        f"kedge incident show {update.incident.id}"
    }
    assert len(mail(update).splitlines()) < len(mail(first).splitlines())


@pytest.mark.parametrize("kind", UPDATES)
def test_an_update_keeps_what_its_reader_acts_by(kind: str) -> None:
    shown = rows(UPDATES[kind])
    assert {"Next step", "Incident", "Message"} < set(shown)
    assert not set(TAIL) & set(shown)
    assert "\nRunbook\n" in mail(UPDATES[kind])
    assert f"\nkedge incident show {UPDATES[kind].incident.id}\n" in mail(UPDATES[kind])


def test_the_impact_is_said_again_only_if_the_cause_changed() -> None:
    assert {kind for kind, effect in UPDATES.items() if "Impact" in rows(effect)} == {
        "cause-changed",
        "cause-changed-while-acknowledged",
    }


def test_that_no_authority_confirms_the_evidence_is_said_again() -> None:
    said = msgspec.structs.replace(KINDS["severity-raised"].incident, provenance=Provenance(says="a file in s3://x"))
    shown = mail(msgspec.structs.replace(KINDS["severity-raised"], incident=said))
    assert "Confirmed by no authority. The evidence comes from a file in s3://x." in " ".join(shown.split())


def test_the_report_stands_in_an_update_if_a_newer_run_wrote_it() -> None:
    assert "\nReport\n" in mail(UPDATES["severity-raised"])
    same_run = msgspec.structs.replace(UPDATES["severity-raised"].incident, runs=1)
    assert "\nReport\n" not in mail(msgspec.structs.replace(UPDATES["severity-raised"], incident=same_run))


def test_a_message_about_several_incidents_is_no_update() -> None:
    assert not [kind for kind, effect in UPDATES.items() if about_several(effect)]


def test_a_chat_update_leaves_out_the_same_rows() -> None:
    told = msgspec.structs.replace(UPDATES["severity-raised"], channel=ChannelName.CHAT)
    description = json.loads(write(told, RUNBOOK).body)["content"]["description"]
    assert re.findall(r"^\*(.*?)\*:", description, re.MULTILINE) == ["Update", "Since", "Location"]
    assert "policy" not in description


def test_a_plan_that_was_decided_stands_in_a_few_words_beside_other_news() -> None:
    acted = REMEDIES["remedy-acted"]
    ended = msgspec.structs.replace(acted.incident, state=IncidentState.RESOLVED, resolved=acted.at)
    effect = msgspec.structs.replace(acted, why=Reason.RESOLVED, incident=ended, because="churn-mq has recovered")
    shown = " ".join(mail(effect).split())
    assert "Remedy Started, result expected by 2026-11-20 12:37 UTC (in 4 h): roll back to churn-40." in shown
    assert PLAN.sentence not in shown
