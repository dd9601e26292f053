"""What belongs together in the table, and under which keys."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kedge.decide.pipeline import decide
from kedge.domain.decision import Inhibits, Reason
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, Permanent
from kedge.domain.notification import GroupState, IncidentSummary, SendRate
from kedge.domain.provenance import OWN, EntryPoint, Provenance
from kedge.domain.signal import ChangeKind
from kedge.domain.target import TargetKind
from kedge.ledger.codec import story_of
from kedge.ledger.delivery import Delivery, DeliveryStatus
from kedge.ledger.items import Delete, ItemKind, Key, Listed, Listing, effect_of
from kedge.ledger.keys import case_key, notice_key
from kedge.ledger.timeline import delivered
from kedge.ledger.writes import MOST, writes_of, writes_of_delivery, writes_of_telling
from kedge.policy.compiled import default_policy
from kedge.ports.storage import NotificationCommit
from kedge.routing.digest import LISTED, TOGETHER, digest_steps
from tests.fakes.ledger import MemoryLedger
from tests.support.ledgers import MONITOR, NOW, clean, decided, violated
from tests.support.notifications import NOTHING_AROUND, notice
from tests.support.stories import CHURN, Story

CASE = case_key(CHURN, MONITOR)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def commit():
    return decided(MemoryLedger(), violated())


def kinds(changes):
    return [None if isinstance(change, Delete) else change.item.kind for change in changes]


def with_decision(commit, **changed):
    return replace(commit, decision=replace(commit.decision, **changed))


def test_an_opened_incident_leaves_state_incident_entry_effect_and_what_its_receiver_was_told(commit):
    incident, (effect,) = commit.decision.incident.id, commit.effects
    kept = writes_of(commit)
    assert [(write.item.kind, write.key.pk) for write in kept][:4] == [
        (ItemKind.CASE, CASE.pk),
        (ItemKind.INCIDENT, f"INCIDENT#{incident}"),
        (ItemKind.ENTRY, f"INCIDENT#{incident}"),
        (ItemKind.EFFECT, f"EFFECT#{effect.id}"),
    ]
    assert kept[2].key.sk.startswith("ENTRY#000001#2026-11-20T20:00:00.000000Z#decided#")
    assert set(kinds(kept)[4:]) <= {ItemKind.ENDPOINT, ItemKind.PACE, ItemKind.GROUP}


def test_case_and_effect_may_be_in_the_way_and_incident_and_entry_never(commit):
    kept = writes_of(replace(commit, version=7))
    assert [write.over for write in kept][:4] == [7, None, None, 0]
    assert kept[0].item.version == 8


def test_a_clean_run_leaves_the_state_alone():
    first = decided(MemoryLedger(), clean("10:00"))
    assert kinds(writes_of(first)) == [ItemKind.CASE, ItemKind.ENDPOINT]
    second = with_decision(first, state=replace(first.decision.state, recent=("one", "two")))
    assert kinds(writes_of(replace(second, version=1))) == [ItemKind.CASE]


def test_an_endpoint_is_known_from_its_first_commit_on_and_said_again_before_it_is_forgotten(commit):
    later = with_decision(commit, state=replace(commit.decision.state, recent=("one", "two")))
    said = [version for version in range(100) if ItemKind.ENDPOINT in kinds(writes_of(replace(later, version=version)))]
    assert said == [0, 32, 64, 96]
    (known,) = [each for each in writes_of(commit) if each.item.kind is ItemKind.ENDPOINT]
    assert (known.key, known.over) == (Key("ENDPOINTS#111122223333/us-east-1", "ENDPOINT#churn-prod"), None)
    assert known.item.expires_at == int((NOW + timedelta(days=90)).timestamp())


@pytest.mark.parametrize("proves_nothing", [Provenance(entry_point=EntryPoint.TOPIC), OWN])
@pytest.mark.parametrize("version", [0, 32])
def test_an_endpoint_is_known_only_by_what_an_authority_confirms(commit, proves_nothing, version):
    said = replace(commit, provenance=proves_nothing, version=version)
    assert ItemKind.ENDPOINT not in kinds(writes_of(said))
    assert ItemKind.ENDPOINT in kinds(writes_of(replace(commit, version=version)))


def test_an_endpoint_of_which_a_stranger_told_first_is_known_by_the_first_proof_of_it(commit):
    assert ItemKind.ENDPOINT in kinds(writes_of(replace(commit, version=7)))


@pytest.mark.parametrize("kind", [kind for kind in TargetKind if kind is not TargetKind.ENDPOINT])
def test_what_is_no_endpoint_is_not_counted_as_one(commit, kind):
    assert ItemKind.ENDPOINT not in kinds(writes_of(replace(commit, target=replace(CHURN, kind=kind))))


def test_effects_are_forgotten_after_thirty_days_and_what_they_told_of_never(commit):
    kept = writes_of(commit)
    assert [write.item.expires_at for write in kept][:4] == [
        None, None, None, int((NOW + timedelta(days=30)).timestamp())
    ]  # fmt: skip


def test_a_case_that_wants_to_be_looked_at_is_listed_by_that_time(commit):
    due = with_decision(commit, state=replace(commit.decision.state, due=LATER))
    assert writes_of(due)[0].item.listed == Listed(Listing.DUE, LATER)
    nothing_due = with_decision(commit, state=replace(commit.decision.state, due=None))
    assert writes_of(nothing_due)[0].item.listed is None


def test_what_changes_about_a_target_is_never_due(commit):
    due = with_decision(commit, state=replace(commit.decision.state, due=LATER))
    assert writes_of(replace(due, monitor=ChangeKind.ENDPOINT))[0].item.listed is None


def test_an_incident_is_listed_by_its_beginning_as_open_until_it_is_resolved(commit):
    ledger = MemoryLedger()
    ledger.commit(commit)
    resolved = decided(ledger, clean("12:00"), LATER)
    began = commit.decision.incident.since
    assert writes_of(commit)[1].item.listed == Listed(Listing.OPEN, began)
    assert writes_of(resolved)[1].item.listed == Listed(Listing.RESOLVED, began)


def test_an_effect_is_listed_by_when_it_was_made_so_that_one_that_stays_behind_is_found(commit):
    (kept,) = [write.item for write in writes_of(commit) if write.item.kind is ItemKind.EFFECT]
    assert (kept.listed, kept.expires_at is not None) == (Listed(Listing.EFFECT, NOW), True)


def test_a_notice_is_listed_by_when_it_may_be_told_and_kept_until_it_is(commit):
    (kept,) = [
        each for each in writes_of(replace(commit, notices=(notice(due=LATER),))) if each.item.kind is ItemKind.NOTICE
    ]
    assert (kept.over, kept.item.listed, kept.item.expires_at) == (0, Listed(Listing.NOTICE, LATER), None)
    assert kept.key.pk == "NOTICES#ml-oncall"


def test_paces_and_groups_are_written_over_the_versions_that_were_read(commit):
    against = replace(commit.against, paces={"ml-oncall": 3}, groups={})
    changed = with_decision(commit, paces={"ml-oncall": SendRate((NOW,))}, groups={"g": GroupState(last=NOW)})
    kept = writes_of(replace(changed, against=against))[-2:]
    assert [(each.key, each.over, each.item.version) for each in kept] == [
        (Key("RECEIVER#ml-oncall", "PACE"), 3, 4),
        (Key("GROUP#g", "GROUP"), 0, 1),
    ]


def test_a_group_is_remembered_for_a_week_longer_than_it_waits(commit):
    waits = NOW + timedelta(days=30)
    changed = with_decision(commit, paces={}, groups={"g": GroupState(last=NOW, waiting_until=waits)})
    assert writes_of(changed)[-1].item.expires_at == int((waits + timedelta(days=7)).timestamp())


def test_inhibitions_begin_and_end_with_the_decision(commit):
    begun, over = Inhibits("new", "i-1"), Inhibits("old", "i-1")
    begin, end = writes_of(with_decision(commit, inhibits=(begun,), frees=(over,)))[-2:]
    assert (begin.key, begin.over) == (Key("INHIBITION#new", "i-1"), None)
    assert end == Delete(key=Key("INHIBITION#old", "i-1"))


def test_what_begins_and_ends_at_once_is_written_once(commit):
    same = Inhibits("same", "i-1")
    kept = writes_of(with_decision(commit, inhibits=(same, same), frees=(same,)))
    assert [each.key for each in kept].count(Key("INHIBITION#same", "i-1")) == 1
    assert None not in kinds(kept)


def test_a_decision_that_no_transaction_can_hold_is_to_be_made_anew(commit):
    effects = tuple(replace(commit.effects[0], id=f"{number}") for number in range(MOST))
    with pytest.raises(Conflict, match="changes at most 100 at once"):
        writes_of(replace(commit, effects=effects))


def test_a_step_that_no_transaction_can_hold_is_refused():
    with pytest.raises(Permanent, match="changes at most 100 at once"):
        writes_of_telling(telling(tuple(notice(incident=f"i-{number}") for number in range(MOST + 1))))


def test_the_body_of_an_effect_is_the_effect():
    commit = decided(MemoryLedger(), violated("11:00", "größe"))
    assert effect_of(writes_of(commit)[3].item.body) == commit.effects[0]


def test_a_body_holds_no_character_that_sqs_refuses():
    commit = decided(MemoryLedger(), violated("11:00", "a\ufffe\uffff\x00\x1f"))
    body = writes_of(commit)[3].item.body
    assert not {"\ufffe", "\uffff", "\x00", "\x1f"} & set(body)
    assert effect_of(body) == commit.effects[0]


def test_a_body_that_is_no_effect_is_refused():
    with pytest.raises(msgspec.DecodeError):
        effect_of('{"id": "x"}')


def test_nothing_that_a_decision_leaves_comes_near_the_limit_of_an_item():
    # DynamoDB takes 400 KB.
    commit = decided(MemoryLedger(), violated("11:00", *(f"{'f' * 100}{number}" for number in range(20_000))))
    assert max(len(write.item.body.encode()) for write in writes_of(commit)) < 100_000


def test_a_case_with_many_sources_stays_small():
    story = Story()
    story.tell(*(violated(f"{number // 60:02}:{number % 60:02}") for number in range(600)))
    decision = decide(default_policy(), story.state, violated("11:00"), NOW)
    assert len(msgspec.json.encode(decision.state)) < 100_000


def test_an_empty_partition_tells_no_story():
    assert story_of(()) is None


def telling(told, **more):
    return NotificationCommit(
        receiver="ml-oncall", paced="ml-oncall", told=told, against=NOTHING_AROUND, now=NOW, **more
    )


def test_what_is_told_is_taken_away_if_it_is_still_there():
    waits = notice()
    assert writes_of_telling(telling((waits,))) == (Delete(key=notice_key(waits), must_exist=True),)


def test_a_notice_that_the_others_add_nothing_to_stays_and_must_still_be_there():
    same, more = notice(), notice(revision=2)
    stays, gone = writes_of_telling(telling((same, more), folded=same))
    assert (stays.key, stays.over, stays.item.version) == (notice_key(same), 1, 1)
    assert gone == Delete(key=notice_key(more), must_exist=True)


@given(st.integers(1, 400), st.integers(1, 8), st.booleans())
def test_every_step_of_telling_fits_into_one_transaction_and_changes_no_item_twice(many, groups, digest):
    waiting = tuple(
        notice(incident=f"i-{number:04}", group=f"g{number % groups}", digest=digest) for number in range(many)
    )
    effects = tuple(
        replace(decided(MemoryLedger(), violated()).effects[0], id=f"e/{channel}") for channel in ChannelName
    )
    for step in digest_steps(default_policy(), "ml-oncall", waiting, SendRate(), NOW):
        changes = writes_of_telling(
            telling(
                step.told,
                folded=step.folded,
                effects=effects if step.message else (),
                pace=step.pace,
                group=step.group,
            )
        )
        keys = [change.key for change in changes]
        assert len(keys) == len(set(keys)) <= MOST
        assert len(step.told) <= TOGETHER


def test_a_delivery_of_many_is_recorded_after_all_lines_for_which_its_transaction_has_no_room(commit):
    (effect,) = commit.effects
    briefs = tuple(replace(notice().briefs[0], incident=f"i-{number}") for number in range(250))
    many = replace(effect, briefs=briefs)
    done = Delivery(effect=effect.id, standing=DeliveryStatus.DELIVERED, since=NOW)
    transactions = list(writes_of_delivery(done, many, 1, delivered(many, "m-1", NOW)))
    assert [len(each) for each in transactions] == [100, 51, 100]
    assert transactions[-1][0].item.kind is ItemKind.DELIVERY
    assert len({write.key for each in transactions for write in each}) == 251


def test_what_a_message_lists_is_recorded_with_its_delivery_at_once(commit):
    (effect,) = commit.effects
    briefs = tuple(
        replace(IncidentSummary.of(effect.incident, Reason.FIRST_SEEN, "ml-oncall"), incident=f"i-{number}")
        for number in range(LISTED)
    )
    done = Delivery(effect=effect.id, standing=DeliveryStatus.DELIVERED, since=NOW)
    many = replace(effect, briefs=briefs)
    assert len(list(writes_of_delivery(done, many, 1, delivered(many, "m-1", NOW)))) == 1
