"""Whatever an incident holds, it can be told, and no channel refuses it."""

import json
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given

from kedge.domain.effect import ChannelName, Effect
from kedge.domain.finding import Check, Finding
from kedge.domain.notification import IncidentSummary, Unlisted
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.domain.stage import Stage
from kedge.messages import write
from kedge.messages.attributes import NAMES
from kedge.messages.mail import WIDTH
from kedge.messages.message_type import message_type_of
from kedge.ports.channels import Message
from tests.unit.messages.anything import effects, runbooks
from tests.unit.messages.incidents import KINDS, RUNBOOK
from tests.unit.messages.remedies import acting
from workbench.schemas import schemas

HERE = Path(__file__).parent
SNS_LIMIT = 262_144
AMAZON_Q = jsonschema.Draft202012Validator(json.loads((HERE / "amazon_q.schema.json").read_text(encoding="utf-8")))
NOTIFICATION = jsonschema.Draft202012Validator(schemas()["notification.v1.json"])
ADDRESSES = ("https://", "http://", "s3://", "arn:", "kedge ")
SUBJECT = re.compile(
    r"\[(CRITICAL|WARNING|INFO|RESOLVED)\] \S.* \([A-Za-z ]+\)"
    r"|\[DRILL\] \S.* \((CRITICAL|WARNING|INFO)\)"
    r"|\[APPROVAL\] \S.* \((until [\d :-]+UTC|CRITICAL|WARNING|INFO)\)"
)


def size_of(message: Message) -> int:
    # A list goes as JSON (kedge.adapters.messaging.topics); either way the type's name counts, too.
    values = (each if isinstance(each, str) else json.dumps(each) for each in message.attributes.values())
    parts = (message.body, message.subject or "", *message.attributes, *values, "String.Array" * 10)
    return sum(len(part.encode()) for part in parts)


def told(effect: Effect, channel: ChannelName, runbook_url: str = RUNBOOK) -> Message:
    return write(msgspec.structs.replace(effect, channel=channel), runbook_url)


@given(effects, runbooks)
def test_any_incident_fits_into_a_message_of_its_channel(effect: Effect, runbook_url: str) -> None:
    assert size_of(write(effect, runbook_url)) < SNS_LIMIT


@given(effects, runbooks)
def test_any_mail_has_a_subject_that_sns_takes_and_lines_that_a_telephone_shows(
    effect: Effect, runbook_url: str
) -> None:
    mail = told(effect, ChannelName.MAIL, runbook_url)
    assert mail.subject is not None
    assert len(mail.subject) <= 99
    assert mail.subject.isascii()
    assert mail.subject.isprintable()
    assert SUBJECT.fullmatch(mail.subject)
    for line in mail.body.splitlines():
        assert len(line) <= WIDTH or line.lstrip().startswith(ADDRESSES)
        assert line == line.rstrip()
        assert line.isprintable()


@given(effects, runbooks)
def test_no_message_shows_a_template_s_inside(effect: Effect, runbook_url: str) -> None:
    mail, chat = told(effect, ChannelName.MAIL, runbook_url), told(effect, ChannelName.CHAT, runbook_url)
    description = json.loads(chat.body)["content"]["description"]
    assert not set("{}") & set(mail.body + description)


@given(effects, runbooks)
def test_any_chat_message_has_the_only_shape_that_is_delivered(effect: Effect, runbook_url: str) -> None:
    notification = json.loads(told(effect, ChannelName.CHAT, runbook_url).body)
    AMAZON_Q.validate(notification)
    shown = [notification["content"]["title"], notification["content"]["description"]]
    assert not any(mark in text for text in shown for mark in "<>")
    assert not any(re.search(r"&(?!amp;|lt;|gt;)", text) for text in shown)


@given(effects, runbooks)
def test_any_document_for_programs_keeps_to_its_schema(effect: Effect, runbook_url: str) -> None:
    NOTIFICATION.validate(json.loads(told(effect, ChannelName.PROGRAMS, runbook_url).body))


@given(effects)
def test_any_attribute_is_one_that_sns_takes(effect: Effect) -> None:
    attributes = write(effect, "").attributes
    assert set(attributes) <= set(NAMES)
    for values in attributes.values():
        several = (values,) if isinstance(values, str) else values
        assert isinstance(values, str) or len(values) > 1
        assert sum(map(len, several)) <= 5_000
        for value in several:
            assert value.strip()
            assert len(value) <= 256
            assert all(char <= "\uffff" and char.isprintable() for char in value)


@pytest.mark.parametrize("listed", [0, 50])
@pytest.mark.parametrize("channel", ChannelName)
def test_enormous_sentences_and_names_stay_below_the_limit(channel: ChannelName, listed: int) -> None:
    huge = Finding(check=Check.DRIFT, feature="😀" * 10_000, said='\\"' * 5_000, metric="m" * 10_000)
    unknown = Finding(check="c" * 10_000, feature="f" * 10_000, said="s" * 10_000)
    incident = KINDS["drift"].incident
    problem = msgspec.structs.replace(
        incident.problem,
        worst=(huge, huge, huge, unknown, unknown),
        checks={f"{n}{'😀' * 10_000}": 1 for n in range(200)},
        said="😀" * 100_000,
        why_unread="😀" * 100_000,
        source="😀" * 100_000,
        report="s3://bucket/" + "é" * 100_000,
    )
    target = msgspec.structs.replace(incident.target, name="😀é" * 50_000, region="r" * 10_000, account="😀" * 10_000)
    brief = IncidentSummary.of(incident, Reason.FIRST_SEEN, "")
    briefs = tuple(
        msgspec.structs.replace(
            brief, incident="😀" * 1_000, target=msgspec.structs.replace(target, name=f"{n}{'é' * 1_000}")
        )
        for n in range(50)
    )
    remedy = acting(
        Stage.ASKED,
        "😀" * 100_000,
        sentence="é" * 100_000,
        brief="😀" * 100_000,
        rule="r" * 100_000,
        digest="d" * 100_000,
        preconditions=("😀" * 10_000,) * 100,
        notes=("😀" * 10_000,) * 100,
    )
    effect = msgspec.structs.replace(
        KINDS["drift"],
        incident=msgspec.structs.replace(
            incident, problem=problem, target=target, id="i" * 100_000, remedy=remedy, evidence=("😀" * 10_000,) * 100
        ),
        because="😀" * 100_000,
        policy="😀" * 100_000,
        receiver="😀" * 100_000,
        environment="é" * 100_000,
        id="e" * 100_000,
        briefs=briefs[:listed],
        tally=Unlisted(over=10**12) if listed else Unlisted(),
    )
    assert size_of(told(effect, channel, RUNBOOK + "é" * 3_000)) < SNS_LIMIT


@pytest.mark.parametrize("kind", [kind for kind, effect in KINDS.items() if message_type_of(effect).measured_nothing])
@pytest.mark.parametrize("channel", [ChannelName.MAIL, ChannelName.CHAT])
def test_nobody_reads_of_drift_when_the_monitor_broke(kind: str, channel: ChannelName) -> None:
    message = told(KINDS[kind], channel)
    shown = message.body if channel is ChannelName.MAIL else json.dumps(json.loads(message.body)["content"])
    assert "drift" not in f"{message.subject} {shown}".lower()


@given(effects)
def test_a_monitor_that_broke_is_never_told_as_a_violation(effect: Effect) -> None:
    problem = msgspec.structs.replace(effect.incident.problem, verdict=Verdict.FAILED)
    broke = msgspec.structs.replace(effect, incident=msgspec.structs.replace(effect.incident, problem=problem))
    text = json.loads(told(broke, ChannelName.PROGRAMS).body)["headline"]
    assert "beyond" not in text
    assert "drifted" not in text
