"""Every ledger returns the context of a case, and prevents two changes of them at once."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.context import ContextRequest
from kedge.domain.decision import CaseState, Inhibits
from kedge.domain.errors import Conflict
from kedge.domain.notification import GroupState, SendRate
from kedge.domain.silence import Silence
from kedge.domain.target import Target
from tests.support.ledgers import MONITOR, NOW, decided, violated
from tests.support.notifications import notice
from tests.support.stories import CHURN

ONCALL, GROUP = "ml-oncall", 'ml-oncall/{endpoint="churn-prod"}'
EVERYTHING = ContextRequest(receivers=(ONCALL, "nobody"), groups=(GROUP, "no group"), inhibitions=("key", "no key"))


def other(number: int) -> Target:
    return replace(CHURN, name=f"other-{number}")


def commit_of(ledger, target=CHURN, **decides):
    """Return a decision about a target that contains only the tested parts."""
    commit = decided(ledger, violated())
    nothing = {
        "state": CaseState(),
        "paces": {},
        "groups": {},
        "inhibits": (),
        "frees": (),
        "effects": (),
        "incident": None,
    }
    decision = replace(commit.decision, **(nothing | decides))
    against = ledger.load_context(EVERYTHING)
    version = ledger.load(target, MONITOR)[1]
    return replace(commit, decision=decision, target=target, effects=(), against=against, version=version)


def silence(name="s-1", *, hours=2):
    return Silence(
        id=name,
        matchers=('endpoint="churn-prod"',),
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=hours),
        author="Ada",
        comment="the vendor is on it",
        created=NOW,
    )


def test_around_a_new_ledger_there_is_nothing(ledger):
    found = ledger.load_context(EVERYTHING)
    assert (found.paces, found.groups) == ({}, {})
    assert (found.context.paces, found.context.groups, found.context.silences) == ({}, {}, ())
    assert found.context.inhibitors == {"key": (), "no key": ()}


def test_what_was_remembered_of_receivers_and_groups_is_told_with_its_version(ledger):
    pace, group = SendRate((NOW,)), GroupState(last=NOW, waiting_until=NOW + timedelta(minutes=5))
    ledger.commit(commit_of(ledger, paces={ONCALL: pace}, groups={GROUP: group}))
    ledger.commit(commit_of(ledger, paces={ONCALL: pace}))
    found = ledger.load_context(EVERYTHING)
    assert (found.context.paces, found.context.groups) == ({ONCALL: pace}, {GROUP: group})
    assert (found.paces, found.groups) == ({ONCALL: 2}, {GROUP: 1})


def test_only_what_is_asked_for_is_told(ledger):
    ledger.commit(commit_of(ledger, paces={ONCALL: SendRate((NOW,))}, groups={GROUP: GroupState(last=NOW)}))
    found = ledger.load_context(ContextRequest())
    assert (found.context.paces, found.context.groups, found.context.inhibitors) == ({}, {}, {})


@pytest.mark.parametrize("changed", [{"paces": {ONCALL: SendRate((NOW,))}}, {"groups": {GROUP: GroupState(last=NOW)}}])
def test_of_two_cases_that_tell_one_receiver_at_once_the_second_reads_again(ledger, changed):
    first, second = commit_of(ledger, other(1), **changed), commit_of(ledger, other(2), **changed)
    ledger.commit(first)
    with pytest.raises(Conflict):
        ledger.commit(second)
    assert ledger.load(other(2), MONITOR)[1] == 0
    ledger.commit(commit_of(ledger, other(2), **changed))
    assert ledger.load(other(2), MONITOR)[1] == 1


def test_a_refused_commit_leaves_nothing_of_its_own_around(ledger):
    late = commit_of(
        ledger,
        other(2),
        paces={ONCALL: SendRate((NOW,))},
        groups={"other": GroupState(last=NOW)},
        inhibits=(Inhibits("key", "i-2"),),
    )
    late = replace(late, notices=(notice(),))
    ledger.commit(commit_of(ledger, other(1), paces={ONCALL: SendRate()}))
    with pytest.raises(Conflict):
        ledger.commit(late)
    found = ledger.load_context(ContextRequest(receivers=(ONCALL,), groups=("other",), inhibitions=("key",)))
    assert (found.context.paces, found.context.groups) == ({ONCALL: SendRate()}, {})
    assert found.context.inhibitors == {"key": ()}


def test_cases_that_change_nothing_around_them_do_not_hold_each_other_up(ledger):
    first, second = commit_of(ledger, other(1)), commit_of(ledger, other(2))
    ledger.commit(commit_of(ledger, paces={ONCALL: SendRate((NOW,))}))
    ledger.commit(first)
    ledger.commit(second)
    assert ledger.load(other(2), MONITOR)[1] == 1


def test_an_inhibition_holds_until_the_incident_frees_it(ledger):
    ledger.commit(commit_of(ledger, other(1), inhibits=(Inhibits("key", "i-1"),)))
    ledger.commit(commit_of(ledger, other(2), inhibits=(Inhibits("key", "i-2"), Inhibits("another", "i-2"))))
    assert ledger.load_context(EVERYTHING).context.inhibitors["key"] == ("i-1", "i-2")
    ledger.commit(commit_of(ledger, other(1), frees=(Inhibits("key", "i-1"),)))
    assert ledger.load_context(EVERYTHING).context.inhibitors["key"] == ("i-2",)


def test_freeing_what_is_free_is_no_fault(ledger):
    ledger.commit(commit_of(ledger, frees=(Inhibits("key", "i-1"),)))
    assert ledger.load_context(EVERYTHING).context.inhibitors["key"] == ()


def test_a_silence_is_known_from_the_moment_it_was_kept(ledger):
    ledger.keep_silence(silence())
    assert ledger.load_context(ContextRequest()).context.silences == (silence(),)


def test_a_silence_that_was_ended_early_takes_the_place_of_the_longer_one(ledger):
    ledger.keep_silence(silence("s-1", hours=8))
    ledger.keep_silence(silence("s-2"))
    ledger.keep_silence(silence("s-1", hours=1))
    found = {each.id: each for each in ledger.load_context(ContextRequest()).context.silences}
    assert found == {"s-1": silence("s-1", hours=1), "s-2": silence("s-2")}


def test_what_was_said_of_a_silence_before_it_was_ended_does_not_bring_it_back(ledger):
    asked = replace(silence(hours=8), changed=NOW)
    ended = replace(silence(hours=1), changed=NOW + timedelta(hours=1))
    assert [ledger.keep_silence(each) for each in (asked, asked, ended, asked)] == [True, True, True, False]
    assert ledger.load_context(ContextRequest()).context.silences == (ended,)
