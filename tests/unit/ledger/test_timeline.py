"""What the timeline of an incident tells."""

from datetime import timedelta

from msgspec.structs import replace

from kedge.domain.decision import Quieted
from kedge.domain.incident import IncidentState, Quiet
from kedge.domain.notice import Tally
from kedge.domain.reason import Reason
from kedge.ledger.items import Item, Key, Kind, decode, encode
from kedge.ledger.timeline import Entry, What, delivered, undelivered
from tests.fakes.ledger import MemoryLedger
from tests.ledger_story import NOW, decided, violated
from tests.notices import notice


def commit():
    return decided(MemoryLedger(), violated())


def test_a_line_tells_which_policy_decided_and_by_which_way_through_it():
    kept = commit()
    entry = Entry.decided(kept, kept.decision.incident)
    assert (entry.policy, entry.routes) == (kept.decision.policy, kept.decision.routes)
    assert entry.policy


def test_a_line_tells_who_was_not_told_and_why():
    quieted = Quieted(
        receiver="ml-oncall", why=Reason.FIRST_SEEN, quiet=Quiet.SILENCED, by="s-1", until=NOW + timedelta(hours=2)
    )
    kept = commit()
    kept = replace(kept, decision=replace(kept.decision, quieted=(quieted,)))
    entry = Entry.decided(kept, kept.decision.incident)
    item = Item(key=Key("", ""), kind=Kind.ENTRY, version=1, body=encode(entry))
    assert decode(item, Entry).quieted == (quieted,)


def test_a_line_tells_what_is_to_be_told_now_and_what_later():
    kept = replace(commit(), notices=(notice(),))
    entry = Entry.decided(kept, kept.decision.incident)
    assert (entry.effects, entry.notices) == ((kept.effects[0].id,), ("i-1/1/ml-oncall",))


def test_a_line_about_a_persons_decision_has_their_name_and_what_they_said():
    kept = replace(commit(), by="Ada", comment="known, vendor is on it")
    entry = Entry.decided(kept, kept.decision.incident)
    assert (entry.by, entry.comment) == ("Ada", "known, vendor is on it")


def gathered(*incidents, tally=None):
    (effect,) = commit().effects
    briefs = tuple(brief for name in incidents for brief in notice(incident=name).briefs)
    return replace(effect, briefs=briefs, tally=tally or Tally())


def test_a_message_about_several_is_on_the_timeline_of_each_that_it_lists():
    lines = delivered(gathered("i-1", "i-2", "i-3"), "m-1", NOW)
    assert {name: (entry.what, entry.message_id) for name, entry in lines.items()} == dict.fromkeys(
        ("i-1", "i-2", "i-3"), (What.DELIVERED, "m-1")
    )
    assert lines["i-2"].because == "told ml-oncall through mail, together with 2 more"


def test_what_a_message_only_counts_is_company_too():
    lines = delivered(gathered("i-1", tally=Tally(over=4)), "m-1", NOW)
    assert lines["i-1"].because == "told ml-oncall through mail, together with 4 more"


def test_a_message_about_one_has_no_company():
    (effect,) = commit().effects
    ((name, entry),) = delivered(effect, "m-1", NOW).items()
    assert (name, entry.because) == (effect.incident.id, "told ml-oncall through mail")


def test_each_line_tells_how_its_own_incident_stood():
    several = gathered("i-1", "i-2")
    first, second = several.briefs
    over = replace(second, state=IncidentState.RESOLVED, revision=7, why=Reason.RESOLVED)
    lines = undelivered(replace(several, briefs=(first, over)), "the topic is gone", NOW)
    assert (lines["i-1"].state, lines["i-1"].revision) == (IncidentState.FIRING, 1)
    assert (lines["i-2"].state, lines["i-2"].revision, lines["i-2"].reason) == (
        IncidentState.RESOLVED, 7, Reason.RESOLVED
    )  # fmt: skip
    assert "the topic is gone" in lines["i-2"].because
