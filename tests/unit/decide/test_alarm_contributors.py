"""A whole alarm and its contributors are told of once, are over together, and the newest of them are remembered."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.decide.alarm_contributors import LISTED, is_told_already, listed, settled, speaks_for, without_part
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.incident import Problem
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from tests.support.stories import alarm

ALARM, OK = Verdict.ALARM, Verdict.OK


def whole(verdict: Verdict = ALARM, at: str = "10:00") -> AlarmChanged:
    return alarm(at, verdict, "fleet")


def part(name: str = "a", verdict: Verdict = ALARM, at: str = "10:00") -> AlarmChanged:
    return replace(alarm(at, verdict, "fleet"), contributor=name, attributes={"Service": name})


def last(signal: AlarmChanged, after: timedelta = timedelta()) -> SourceState:
    at = signal.at + after
    voucher = signal.provenance.voucher
    return SourceState(
        id=signal.id, at=at, finished=at, verdict=signal.verdict, bad=signal.verdict is ALARM, voucher=voucher
    )


@pytest.mark.parametrize("seconds", [-300, -61, -60, -1, 0, 1, 60, 61, 300])
@pytest.mark.parametrize("verdict", [ALARM, OK])
def test_a_contributor_is_told_with_its_whole_if_both_went_off_within_a_minute_whichever_was_first(verdict, seconds):
    known = CaseState(sources={"fleet": last(whole(verdict), timedelta(seconds=-seconds))})
    told = is_told_already(known, part(), confirmed=True)
    assert told is (verdict is ALARM and abs(seconds) <= 60)


@pytest.mark.parametrize("signal", [whole(), part()], ids=["whole", "part"])
@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("known_by", ["sources", "unconfirmed"])
def test_what_is_only_said_of_one_half_tells_nobody_of_the_other_half_that_is_confirmed(signal, known_by, *, confirmed):
    other = part() if signal.contributor == "" else whole()
    told = is_told_already(CaseState(**{known_by: {other.source: last(other)}}), signal, confirmed=confirmed)
    assert told is (confirmed is (known_by == "sources"))


@pytest.mark.parametrize("source", ["fleet[a]", "fleet[b]", "fleet", "fleet-2", "fleet-2[a]", "flee"])
def test_a_whole_speaks_for_its_own_contributors_and_a_contributor_for_itself(source):
    assert speaks_for(whole(), source) is (source in {"fleet", "fleet[a]", "fleet[b]"})
    assert speaks_for(part(), source) is (source == "fleet[a]")


@pytest.mark.parametrize(("after", "is_over"), [(-60, True), (-1, True), (0, True), (1, False), (60, False)])
def test_a_whole_that_is_ok_is_the_last_word_on_what_was_heard_of_its_contributors_until_then(after, *, is_over):
    own = last(whole(OK))
    known = {"fleet[a]": last(part(), timedelta(seconds=after)), "fleet-2[a]": last(part()), "fleet": own}
    found = settled(known, whole(OK), own)
    assert found["fleet[a]"].bad is not is_over
    assert found["fleet[a]"].at == (own.at if is_over else known["fleet[a]"].at)
    assert found["fleet[a]"].finished == found["fleet[a]"].at
    assert found["fleet-2[a]"] is known["fleet-2[a]"]


@pytest.mark.parametrize("firing", [0, 1, 5])
@pytest.mark.parametrize("well", [0, 63, 64, 65, 200])
def test_of_contributors_that_are_well_the_newest_are_remembered_and_all_that_fire(well, firing):
    bad = {f"fleet[bad-{number}]": last(part()) for number in range(firing)}
    known = {**bad, **{f"fleet[{number}]": last(part(verdict=OK)) for number in range(well)}, "other": last(whole(OK))}
    found = settled(known, part(verdict=OK), last(part(verdict=OK)))
    kept = [f"fleet[{number}]" for number in range(max(0, well - 64), well)]
    assert list(found) == [*bad, *kept, "other"]


def of(*parts: str, alarm: str = "fleet") -> Problem:
    return Problem(source="fleet", verdict=ALARM, contributors=parts, alarm=alarm)


@pytest.mark.parametrize("number", [1, LISTED - 1, LISTED, LISTED + 1, 3 * LISTED])
def test_the_contributors_that_went_off_last_are_listed(number):
    found = of()
    for each in range(number):
        found = listed(found, of(f"s{each}"))
    assert found.contributors == tuple(f"s{each}" for each in range(max(0, number - LISTED), number))


@pytest.mark.parametrize(("before", "after"), [("fleet", ""), ("", "fleet"), ("fleet", "fleet")])
def test_an_alarm_that_has_contributors_stays_one_when_it_is_told_of_as_a_whole(before, after):
    assert listed(of("a", alarm=before), of(alarm=after)).alarm == "fleet"


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_a_contributor_that_is_well_is_not_listed_by_the_name_that_people_know(name):
    found = without_part(of("Service=a", "Service=b", "a"), part(name, OK))
    assert found.contributors == tuple(each for each in ("Service=a", "Service=b", "a") if each != f"Service={name}")
