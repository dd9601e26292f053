"""What people could not do elsewhere: say that they look after it, and read later who was told what."""

from kedge.domain.incident import IncidentState
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.domain.signal import OperatorAction
from kedge.ledger.timeline import EntryKind
from tests.support.stories import CHURN, drift, run
from tests.wanted.teams import Team

BAD = run("19:00", Verdict.VIOLATED, drift("age"))


def test_01_whoever_acknowledges_is_named_and_nobody_is_reminded_any_more():
    team = Team().hears(BAD)
    team.decides(OperatorAction.ACKNOWLEDGE, by="oncall", comment="on it")
    assert (team.incident.state, team.incident.by) == (IncidentState.ACKNOWLEDGED, "oncall")
    team.ring.wait(3 * 24 * 3_600)
    team.ring.minutes(2)
    assert team.told == [Reason.FIRST_SEEN]


def test_01_without_an_acknowledgement_people_are_reminded_a_day_later():
    team = Team().hears(BAD)
    team.ring.wait(24 * 3_600)
    team.ring.minutes(2)
    assert team.told == [Reason.FIRST_SEEN, Reason.REMINDER]


def test_02_the_timeline_tells_what_was_decided_by_which_policy_whom_it_told_and_what_was_delivered():
    team = Team().hears(BAD)
    team.decides(OperatorAction.NOTE, by="backup", comment="it is the new campaign")
    team.hears(run("20:00", Verdict.CLEAN))
    team.ring.minutes(2)
    entries = team.ring.ledger.story(team.incident.id).entries
    assert [(entry.what, entry.reason) for entry in entries] == [
        (EntryKind.DECIDED, Reason.FIRST_SEEN),
        (EntryKind.DELIVERED, Reason.FIRST_SEEN),
        (EntryKind.DECIDED, Reason.NOTED),
        (EntryKind.DECIDED, Reason.RESOLVED),
        (EntryKind.DELIVERED, Reason.RESOLVED),
    ]
    assert {entry.policy for entry in entries if entry.what is EntryKind.DECIDED} == {team.ring.policy.label}
    assert (entries[2].by, entries[2].comment) == ("backup", "it is the new campaign")
    assert entries[1].message_id == "message-1"


def test_02_the_timeline_also_tells_who_was_not_told_and_why():
    team = Team()
    team.asks_for_quiet("endpoint=churn-prod", minutes=60)
    team.hears(BAD)
    (entry,) = team.ring.ledger.story(team.incident.id).entries
    assert [(each.receiver, each.quiet, each.by) for each in entry.suppressed] == [("ml-oncall", "silenced", "quiet-1")]
    assert team.incident.target == CHURN
