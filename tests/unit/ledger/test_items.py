"""What a decision leaves in the table, and under which keys."""

from datetime import timedelta

import msgspec
import pytest

from kedge.ledger.items import Key, Kind, case_key, effect_of, story_of, writes_of
from kedge.policy.decide import decide
from kedge.policy.rules import Policy, default_policy
from tests.fakes.ledger import MemoryLedger
from tests.ledger_story import MONITOR, NOW, clean, decided, violated
from tests.story import CHURN, Story

CASE = case_key(CHURN, MONITOR)


def writes(signal, version=0):
    decision, _, effects = decided(MemoryLedger(), signal)
    return writes_of(decision, signal.id, CASE, version, effects, NOW), decision, effects


def test_a_case_is_named_by_target_and_monitor():
    assert Key("CASE#111122223333/us-east-1/endpoint/churn-prod#DataQuality", "STATE") == CASE


def test_an_opened_incident_leaves_state_incident_entry_and_effect():
    kept, decision, (effect,) = writes(violated())
    incident = decision.incident.id
    assert [(write.item.kind, write.item.key.pk) for write in kept] == [
        (Kind.CASE, CASE.pk),
        (Kind.INCIDENT, f"INCIDENT#{incident}"),
        (Kind.ENTRY, f"INCIDENT#{incident}"),
        (Kind.EFFECT, f"EFFECT#{effect.id}"),
    ]
    assert kept[2].item.key.sk.startswith("ENTRY#000001#2026-11-20T20:00:00.000000Z#decided#")


def test_only_the_case_and_the_effect_may_be_in_the_way():
    kept, _, _ = writes(violated(), version=7)
    assert [write.over for write in kept] == [7, None, None, 0]
    assert kept[0].item.version == 8


def test_a_clean_run_leaves_the_state_alone():
    kept, _, _ = writes(clean("10:00"))
    assert [write.item.kind for write in kept] == [Kind.CASE]


def test_only_effects_are_forgotten():
    kept, _, _ = writes(violated())
    assert [write.item.expires_at for write in kept] == [
        None, None, None, int((NOW + timedelta(days=30)).timestamp())
    ]  # fmt: skip


def test_the_body_of_an_effect_is_the_effect():
    kept, _, (effect,) = writes(violated("11:00", "größe"))
    assert effect_of(kept[3].item.body) == effect


def test_a_body_holds_no_character_that_sqs_refuses():
    kept, _, (effect,) = writes(violated("11:00", "a\ufffe\uffff\x00\x1f"))
    assert not {"\ufffe", "\uffff", "\x00", "\x1f"} & set(kept[3].item.body)
    assert effect_of(kept[3].item.body) == effect


def test_a_body_that_is_no_effect_is_refused():
    with pytest.raises(msgspec.DecodeError):
        effect_of('{"id": "x"}')


def test_nothing_that_a_decision_leaves_comes_near_the_limit_of_an_item():
    # DynamoDB takes 400 KB.
    kept, _, _ = writes(violated("11:00", *(f"{'f' * 100}{number}" for number in range(20_000))))
    assert max(len(write.item.body.encode()) for write in kept) < 100_000


def test_a_case_with_many_sources_stays_small():
    story = Story()
    story.tell(*(violated(f"{number // 60:02}:{number % 60:02}") for number in range(600)))
    decision = decide(default_policy(), story.state, violated("11:00"), NOW)
    body = msgspec.json.encode(decision.state)
    assert len(body) < 100_000


def test_an_empty_partition_tells_no_story():
    assert story_of(()) is None
