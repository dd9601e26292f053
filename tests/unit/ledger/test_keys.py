"""Where things lie, whatever they are called."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kedge.domain.notification import Unlisted
from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from kedge.ledger.items import Key, moment, stamp
from kedge.ledger.keys import (
    case_key,
    case_of,
    group_key,
    inhibition_key,
    notice_key,
    receiver_of,
    silence_key,
)
from tests.support.ledgers import MONITOR, NOW
from tests.support.notifications import notice
from tests.support.stories import CHURN

LONG = st.text(st.characters(codec="utf-8"), min_size=300, max_size=1_200)


def test_a_case_is_named_by_target_and_monitor():
    key = case_key(CHURN, MONITOR)
    assert key == Key("CASE#111122223333/us-east-1/endpoint/churn-prod#DataQuality", "STATE")


@given(st.sampled_from(TargetKind), st.text(min_size=1), st.sampled_from(Monitor))
def test_the_key_of_a_case_tells_which_it_is(kind, name, monitor):
    target = Target(account="111122223333", region="eu-west-1", kind=kind, name=name)
    assert case_of(case_key(target, monitor)) == (target, monitor)


@pytest.mark.parametrize("pk", ["CASE#1/r/endpoint/x#Mood", "CASE#1/r/planet/x#DataQuality", "CASE#x", "POLICY"])
def test_a_case_of_a_kind_that_a_later_kedge_knows_is_nobodys_here(pk):
    assert case_of(Key(pk, "STATE")) is None


@given(LONG, LONG)
def test_names_that_are_too_long_for_a_key_are_cut_and_still_told_apart(one, other):
    for key_of in (group_key, inhibition_key, silence_key):
        key = key_of(one)
        assert len(key.pk.encode()) <= 2_048
        assert len(key.sk.encode()) <= 1_024
        assert (key == key_of(other)) is (one == other)


def test_a_short_name_is_legible_in_its_key():
    assert group_key('ml-oncall/{cause="input_drift"}') == Key('GROUP#ml-oncall/{cause="input_drift"}', "GROUP")


def test_a_notice_lies_with_its_receiver():
    key = notice_key(notice(receiver="ml-oncall"))
    assert receiver_of(key) == "ml-oncall"
    assert key.sk.startswith("i-1/1/ml-oncall#")


@pytest.mark.parametrize(
    "changed",
    [
        {"due": NOW + timedelta(minutes=1)},
        {"tally": Unlisted(over=1)},
        {"tally": Unlisted(resolved=1)},
        {"tally": Unlisted(by_severity={"warning": 1})},
        {"briefs": (*notice().briefs, *notice(incident="i-2").briefs)},
        {"briefs": notice(revision=2).briefs},
    ],
)
def test_a_notice_that_took_others_in_lies_somewhere_else(changed):
    assert notice_key(replace(notice(), **changed)) != notice_key(notice())


@given(
    st.datetimes().map(lambda at: at.replace(tzinfo=NOW.tzinfo)),
    st.datetimes().map(lambda at: at.replace(tzinfo=NOW.tzinfo)),
)
def test_moments_as_text_sort_like_moments(one, other):
    assert moment(stamp(one)) == one
    assert (stamp(one) < stamp(other)) is (one < other)
