"""What the timeline of an incident tells."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import RemedyStatus
from kedge.domain.decision import RemedyHeld, RemedySelected, Suppressed
from kedge.domain.incident import IncidentState, SuppressionReason
from kedge.domain.notification import Unlisted
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.ledger.items import Item, ItemKind, Key, decode, encode
from kedge.ledger.timeline import Entry, EntryKind, delivered, undelivered
from tests.fakes.ledger import MemoryLedger
from tests.support.actions import action
from tests.support.ledgers import NOW, decided, violated
from tests.support.notifications import notice


def commit():
    return decided(MemoryLedger(), violated())


def test_a_line_tells_which_policy_decided_and_by_which_way_through_it():
    kept = commit()
    entry = Entry.decided(kept, kept.decision.incident)
    assert (entry.policy, entry.routes) == (kept.decision.policy, kept.decision.routes)
    assert entry.policy


def test_a_line_tells_who_was_not_told_and_why():
    suppressed = Suppressed(
        receiver="ml-oncall",
        why=Reason.FIRST_SEEN,
        quiet=SuppressionReason.SILENCED,
        by="s-1",
        until=NOW + timedelta(hours=2),
    )
    kept = commit()
    kept = replace(kept, decision=replace(kept.decision, suppressed=(suppressed,)))
    entry = Entry.decided(kept, kept.decision.incident)
    item = Item(key=Key("", ""), kind=ItemKind.ENTRY, version=1, body=encode(entry))
    assert decode(item, Entry).suppressed == (suppressed,)


def test_a_line_tells_what_is_to_be_told_now_and_what_later():
    kept = replace(commit(), notices=(notice(),))
    entry = Entry.decided(kept, kept.decision.incident)
    assert (entry.effects, entry.notices) == ((kept.effects[0].id,), ("i-1/1/ml-oncall",))


def test_a_line_about_a_persons_decision_has_their_name_and_what_they_said():
    kept = replace(commit(), by="Ada", comment="known, vendor is on it")
    entry = Entry.decided(kept, kept.decision.incident)
    assert (entry.by, entry.comment) == ("Ada", "known, vendor is on it")


PLAN = action().plan
CHOSEN = RemedySelected(
    remedy=RemedyName.ROLL_BACK,
    mode=Mode.APPROVAL,
    why="deployment_regression",
    rule="roll back",
    says="Roll churn-prod back",
    plan=PLAN,
)
ACTING = RemedyStatus(
    remedy=RemedyName.ROLL_BACK, mode=Mode.APPROVAL, stage=Stage.ASKED, at=NOW, says="asked", digest=PLAN.digest
)


def line(*, acting=None, **decides):
    kept = commit()
    incident = replace(kept.decision.incident, remedy=acting)
    kept = replace(kept, decision=replace(kept.decision, incident=incident, **decides))
    return Entry.decided(kept, incident)


def test_a_line_about_a_decision_for_a_remedy_tells_which_and_names_its_plan():
    entry = line(remedies=(CHOSEN,))
    assert (entry.remedy, entry.action) == ("roll_back (approval): Roll churn-prod back", PLAN.digest)


def test_a_line_about_a_remedy_that_is_held_back_tells_why_and_until_when():
    refused = RemedyHeld(
        remedy=RemedyName.RETRAIN,
        why=HoldReason.COOLDOWN,
        says="it was done an hour ago",
        until=NOW + timedelta(hours=3),
    )
    entry = line(remedies=(refused, replace(CHOSEN, plan=None)))
    assert entry.remedy == (
        "retrain refused (cooldown, until 2026-11-20 23:00 UTC): it was done an hour ago; "
        "roll_back (approval): Roll churn-prod back"
    )
    assert entry.action is None


@pytest.mark.parametrize(
    ("acting", "reason", "tells"),
    [
        (ACTING, Reason.APPROVAL_WANTED, "roll_back asked"),
        (replace(ACTING, stage=Stage.ACTING), Reason.REMEDY_NEWS, "roll_back acting"),
        (
            replace(ACTING, stage=Stage.REFUSED, why=HoldReason.ENDPOINT_CHANGED),
            Reason.REMEDY_REFUSED,
            "roll_back refused (endpoint_changed)",
        ),
    ],
)
def test_a_line_about_a_step_of_a_remedy_tells_how_far_it_has_come(acting, reason, tells):
    entry = line(acting=acting, reason=reason)
    assert (entry.remedy, entry.action) == (tells, PLAN.digest)


def test_a_line_about_something_else_says_nothing_of_the_remedy():
    for entry in (line(acting=ACTING, reason=Reason.STILL_FIRING), line(reason=Reason.REMEDY_NEWS)):
        assert (entry.remedy, entry.action) == ("", None)


def test_every_reason_that_is_about_a_remedy_is_known_as_one():
    about = [reason for reason in Reason if reason.startswith(("remedy_", "approval_"))]
    assert all(line(acting=ACTING, reason=reason).action == PLAN.digest for reason in about)
    assert sum(line(acting=ACTING, reason=reason).action is not None for reason in Reason) == len(about)


def test_a_line_that_was_written_before_there_were_remedies_is_read():
    old = (
        '{"what":"decided","at":"2026-11-20T11:10:00Z","recorded":"2026-11-20T20:00:00Z","reason":"first_seen",'
        '"because":"it was seen","state":"firing","severity":"warning","revision":1}'
    )
    entry = decode(Item(key=Key("", ""), kind=ItemKind.ENTRY, version=1, body=old), Entry)
    assert (entry.remedy, entry.action, entry.because) == ("", None, "it was seen")
    assert "remedy" not in encode(entry)


def gathered(*incidents, tally=None):
    (effect,) = commit().effects
    briefs = tuple(brief for name in incidents for brief in notice(incident=name).briefs)
    return replace(effect, briefs=briefs, tally=tally or Unlisted())


def test_a_message_about_several_is_on_the_timeline_of_each_that_it_lists():
    lines = delivered(gathered("i-1", "i-2", "i-3"), "m-1", NOW)
    assert {name: (entry.what, entry.message_id) for name, entry in lines.items()} == dict.fromkeys(
        ("i-1", "i-2", "i-3"), (EntryKind.DELIVERED, "m-1")
    )
    assert lines["i-2"].because == "notified ml-oncall through mail, together with 2 more"


def test_what_a_message_only_counts_is_company_too():
    lines = delivered(gathered("i-1", tally=Unlisted(over=4)), "m-1", NOW)
    assert lines["i-1"].because == "notified ml-oncall through mail, together with 4 more"


def test_a_message_about_one_has_no_company():
    (effect,) = commit().effects
    ((name, entry),) = delivered(effect, "m-1", NOW).items()
    assert (name, entry.because) == (effect.incident.id, "notified ml-oncall through mail")


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
