"""Every agenda knows the due work, and prevents two notifications of the same change."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.context import ContextRequest
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict
from kedge.domain.notification import GroupState, SendRate, Unlisted
from kedge.domain.target import Target
from kedge.ledger.outbox import effects_of
from kedge.ports.storage import Due, NotificationCommit
from tests.contracts.test_context import commit_of
from tests.support.ledgers import MONITOR, NOW
from tests.support.notifications import notice
from tests.support.stories import CHURN

ONCALL = "ml-oncall"


def minutes(many):
    return NOW + timedelta(minutes=many)


def case(number: int) -> Target:
    return replace(CHURN, name=f"case-{number}")


def keep_due(ledger, at, target=CHURN):
    """Commit a state of a case that is due at a time."""
    commit = commit_of(ledger, target)
    ledger.commit(replace(commit, decision=replace(commit.decision, state=replace(commit.decision.state, due=at))))


def keep(ledger, *notices):
    """Commit a decision that leaves notices."""
    ledger.commit(replace(commit_of(ledger), notices=notices))


def telling(agenda, *told, **more):
    against = agenda.load_context(ContextRequest(receivers=(ONCALL,), groups=tuple({each.group for each in told})))
    return NotificationCommit(receiver=ONCALL, paced=ONCALL, told=told, against=against, now=NOW, **more)


def waiting(agenda, now=NOW, most=1_000):
    return [each.id for each in agenda.notices(ONCALL, now, most)]


def test_of_a_new_ledger_nothing_is_due(agenda):
    assert agenda.due(NOW, 10) == ()
    assert agenda.receivers(NOW) == ()
    assert agenda.notices(ONCALL, NOW, 10) == ()


def test_a_case_is_due_from_its_moment_on(ledger, agenda):
    keep_due(ledger, NOW)
    assert agenda.due(NOW - timedelta(microseconds=1), 10) == ()
    assert agenda.due(NOW, 10) == (Due(NOW, CHURN, MONITOR),)
    assert agenda.due(minutes(60), 10) == (Due(NOW, CHURN, MONITOR),)


def test_a_case_is_due_when_it_said_last_and_not_when_it_said_before(ledger, agenda):
    keep_due(ledger, NOW)
    keep_due(ledger, minutes(5))
    assert agenda.due(NOW, 10) == ()
    keep_due(ledger, minutes(1))
    assert agenda.due(minutes(9), 10) == (Due(minutes(1), CHURN, MONITOR),)
    keep_due(ledger, None)
    assert agenda.due(minutes(9), 10) == ()


def test_a_case_that_goes_back_to_its_first_moment_is_due_once(ledger, agenda):
    for at in (NOW, minutes(5), NOW):
        keep_due(ledger, at)
    assert agenda.due(minutes(9), 10) == (Due(NOW, CHURN, MONITOR),)


def test_the_case_that_waits_longest_comes_first_and_no_more_than_asked_for(ledger, agenda):
    for number in (3, 1, 2):
        keep_due(ledger, minutes(number), case(number))
    assert [due.target for due in agenda.due(minutes(9), 2)] == [case(1), case(2)]
    assert [due.target for due in agenda.due(minutes(9), 9)] == [case(1), case(2), case(3)]


def test_a_notice_may_be_told_from_its_moment_on(ledger, agenda):
    keep(ledger, notice(due=minutes(5)))
    assert (agenda.receivers(NOW), waiting(agenda)) == ((), [])
    assert agenda.receivers(minutes(5)) == (ONCALL,)
    assert agenda.notices(ONCALL, minutes(5), 10) == (notice(due=minutes(5)),)


def test_the_receiver_who_waits_longest_comes_first_and_each_once(ledger, agenda):
    keep(ledger, notice(receiver="late", due=minutes(2)), notice(due=minutes(1)))
    keep(ledger, notice(incident="i-2", due=minutes(3)))
    assert agenda.receivers(minutes(9)) == (ONCALL, "late")


def test_the_notices_of_a_receiver_come_in_the_order_of_their_incidents_and_no_more_than_asked_for(ledger, agenda):
    keep(ledger, *(notice(incident=f"i-{number}") for number in (3, 1, 2)))
    keep(ledger, notice(incident="i-0", receiver="another"))
    assert waiting(agenda) == ["i-1/1/ml-oncall", "i-2/1/ml-oncall", "i-3/1/ml-oncall"]
    assert waiting(agenda, most=2) == ["i-1/1/ml-oncall", "i-2/1/ml-oncall"]


def test_what_was_told_waits_no_more(ledger, agenda):
    keep(ledger, notice(), notice(incident="i-2"))
    agenda.tell(telling(agenda, notice()))
    assert waiting(agenda) == ["i-2/1/ml-oncall"]


def test_what_is_folded_takes_the_place_of_its_parts(ledger, agenda):
    first, second = notice(due=minutes(-2)), notice(incident="i-2")
    folded = replace(first, briefs=(*first.briefs, *second.briefs), tally=Unlisted(over=1))
    keep(ledger, first, second)
    agenda.tell(telling(agenda, first, second, folded=folded))
    assert agenda.notices(ONCALL, NOW, 10) == (folded,)
    assert agenda.receivers(NOW) == (ONCALL,)


def test_a_notice_to_which_the_others_add_nothing_stays(ledger, agenda):
    newer, older = notice(revision=2), notice()
    keep(ledger, newer, older)
    agenda.tell(telling(agenda, newer, older, folded=newer))
    assert agenda.notices(ONCALL, NOW, 10) == (newer,)


def test_a_telling_is_remembered_of_receiver_and_group(ledger, agenda):
    keep(ledger, notice())
    pace, group = SendRate((NOW,)), GroupState(last=NOW)
    agenda.tell(telling(agenda, notice(), pace=pace, group=group))
    found = agenda.load_context(ContextRequest(receivers=(ONCALL,), groups=("g",)))
    assert (found.context.paces, found.context.groups) == ({ONCALL: pace}, {"g": group})
    assert (found.paces, found.groups) == ({ONCALL: 1}, {"g": 1})


def test_of_two_who_tell_the_same_the_second_is_refused_and_tells_nothing(ledger, agenda):
    keep(ledger, notice(), notice(incident="i-2"))
    both = telling(agenda, notice(), notice(incident="i-2"))
    agenda.tell(telling(agenda, notice()))
    with pytest.raises(Conflict):
        agenda.tell(both)
    assert waiting(agenda) == ["i-2/1/ml-oncall"]


def test_whoever_folds_what_another_has_folded_is_refused(ledger, agenda):
    parts = [notice(incident=f"i-{number}") for number in range(3)]
    keep(ledger, *parts)
    first = replace(parts[0], briefs=(*parts[0].briefs, *parts[1].briefs))
    second = replace(parts[0], briefs=(*parts[0].briefs, *parts[2].briefs))
    mine = telling(agenda, parts[0], parts[1], folded=first)
    others = telling(agenda, parts[0], parts[2], folded=second)
    agenda.tell(mine)
    with pytest.raises(Conflict):
        agenda.tell(others)
    assert {brief.incident for each in agenda.notices(ONCALL, NOW, 10) for brief in each.briefs} == {
        "i-0",
        "i-1",
        "i-2",
    }


@pytest.mark.parametrize("changed", [{"paces": {ONCALL: SendRate()}}, {"groups": {"g": GroupState()}}])
def test_a_telling_is_refused_where_receiver_or_group_was_told_in_between(ledger, agenda, changed):
    keep(ledger, notice())
    slow = telling(agenda, notice(), pace=SendRate((NOW,)), group=GroupState(last=NOW))
    ledger.commit(replace(commit_of(ledger, case(1), **changed), against=agenda.load_context(ContextRequest())))
    with pytest.raises(Conflict):
        agenda.tell(slow)
    assert waiting(agenda) == ["i-1/1/ml-oncall"]
    agenda.tell(telling(agenda, notice(), pace=SendRate((NOW,)), group=GroupState(last=NOW)))
    assert waiting(agenda) == []


def test_of_many_who_tell_at_once_one_does(ledger, agenda):
    keep(ledger, notice())
    prepared = telling(agenda, notice(), pace=SendRate((NOW,)))

    def different(number):
        return replace(prepared, pace=SendRate((minutes(number),)))

    with ThreadPoolExecutor(8) as workers:
        done = list(workers.map(lambda number: _told(agenda, different(number)), range(16)))
    assert done.count(True) == 1


def _told(agenda, prepared):
    try:
        agenda.tell(prepared)
    except Conflict:
        return False
    return True


def test_a_message_is_written_once(ledger, agenda):
    keep(ledger, notice(), notice(incident="i-2"))
    effects = effects_of(notice(), (ChannelName.MAIL,), {}, NOW)
    agenda.tell(telling(agenda, notice(), effects=effects))
    with pytest.raises(Conflict):
        agenda.tell(telling(agenda, notice(incident="i-2"), effects=effects))
    assert waiting(agenda) == ["i-2/1/ml-oncall"]


def test_a_decision_that_leaves_the_same_notice_twice_is_refused_the_second_time(ledger, agenda):
    keep(ledger, notice())
    with pytest.raises(Conflict):
        keep(ledger, notice())
