"""A source that will never speak again does not fill the item of its case, and what fires is never forgotten."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from kedge.decide.evaluation import ROOM, UNCONFIRMED, UNCONFIRMED_ROOM, _at_most, newest, without_the_silent
from kedge.domain.decision import Reason, SourceState, TooFewRecords
from kedge.domain.provenance import Voucher
from kedge.domain.run import Verdict
from tests.support.stories import BY_NOBODY, DAY, Story, alarm

MANY = 900


def turn(number, verdict):
    """An alarm with a name of its own, in the minute of its number."""
    at = DAY + timedelta(minutes=number)
    return replace(
        alarm("00:00", verdict, f"churn-latency-{number:04}".ljust(120, "x")), id=f"{number}/{verdict}", at=at
    )


def tell(story, *signals):
    return story.tell(*signals, clock=lambda: DAY + timedelta(days=3)).decisions[-1]


def test_alarms_whose_names_are_made_anew_at_each_deployment_leave_the_item_small():
    story = Story()
    for number in range(MANY):
        tell(story, turn(number, Verdict.ALARM))
        tell(story, turn(number, Verdict.OK))
    assert len(msgspec.json.encode(story.state.sources)) <= ROOM
    newest = [f"{number:04}" for number in range(MANY - len(story.state.sources), MANY)]
    assert sorted(name[14:18] for name in story.state.sources) == newest


def test_what_fires_is_remembered_until_it_is_over_however_many_speak_after_it():
    story = Story()
    fires = turn(0, Verdict.ALARM)
    tell(story, fires)
    for number in range(1, MANY):
        tell(story, turn(number, Verdict.OK))
    assert story.state.sources[fires.alarm].bad
    assert story.incident.is_open
    over = replace(turn(0, Verdict.OK), at=DAY + timedelta(days=2))
    assert tell(story, over).reason is Reason.RESOLVED


def test_all_that_fires_at_once_is_remembered():
    story = Story()
    for number in range(600):
        tell(story, turn(number, Verdict.ALARM))
    assert len(story.state.sources) == 600
    for number in range(599):
        assert tell(story, replace(turn(number, Verdict.OK), at=DAY + timedelta(days=2))).reason is not Reason.RESOLVED
    assert tell(story, replace(turn(599, Verdict.OK), at=DAY + timedelta(days=2))).reason is Reason.RESOLVED


def largest(letter, length):
    """What takes as many bytes as a source can whose texts are of one letter."""
    moment, number = DAY + timedelta(microseconds=1), 999_999_999
    return SourceState(
        id=letter * length,
        at=moment,
        finished=moment,
        verdict=Verdict.INSUFFICIENT_DATA,
        bad=False,
        job=letter * length,
        history="v" * 32,
        apart=",".join(["zzzzzz"] * 31),
        span=number,
        every=number,
        regular=number,
        voucher=Voucher.EVENTBRIDGE,
        clamped=False,
        thin=TooFewRecords(since=moment, at=moment, finished=moment, runs=number, told=False),
    )


@pytest.mark.parametrize("letter", ["\x00", '"', "x", "\u20ac", "\U0001f600"])
@pytest.mark.parametrize("length", [1, 40, 200, 1_000, 4_000])
@pytest.mark.parametrize("number", [1, 2, 7, 30, 64, 90])
def test_whatever_sources_are_called_they_take_no_more_bytes_than_there_is_room_for(letter, length, number):
    sources = {f"{index}{letter * length}": largest(letter, length) for index in range(number)}
    said = newest(sources)
    assert sum(len(msgspec.json.encode({name: last})) for name, last in said.items()) <= UNCONFIRMED_ROOM
    kept = without_the_silent(sources, next(reversed(sources)))
    assert len(msgspec.json.encode(kept)) <= ROOM


NUMBER = 300


def sources(order):
    """Sources that do not all fit, in an order: that of their runs' ends is the order of their numbers, that of their windows another."""
    found = {}
    for number in order:
        finished = DAY + timedelta(minutes=number)
        known = replace(largest("x", 200), at=finished - timedelta(minutes=7 * number % 97), finished=finished)
        found[f"source-{number:03}"] = known
    return found


ORDERS = {
    "as they ended": range(NUMBER),
    "the other way round": range(NUMBER - 1, -1, -1),
    "mixed": sorted(range(NUMBER), key=lambda number: number * 37 % 101),
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_source_that_has_been_silent_for_longest_goes_first_wherever_it_is_kept_and_whatever_it_looked_at(order):
    known = sources(ORDERS[order])
    kept = without_the_silent(known, f"source-{NUMBER - 1:03}")
    assert sorted(kept) == [f"source-{number:03}" for number in range(NUMBER - len(kept), NUMBER)]
    assert list(kept) == [name for name in known if name in kept]
    assert len(msgspec.json.encode(kept)) <= ROOM
    next_of_all = f"source-{NUMBER - len(kept) - 1:03}"
    assert len(msgspec.json.encode({**kept, next_of_all: known[next_of_all]})) > ROOM


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("speaking", [0, 1, 150, NUMBER - 1])
@pytest.mark.parametrize("bad", [(), (0,), (5, 150)])
def test_neither_what_speaks_nor_what_fires_is_forgotten_however_old_it_is(order, speaking, bad):
    known = sources(ORDERS[order])
    for number in bad:
        name = f"source-{number:03}"
        known[name] = replace(known[name], bad=True)
    kept = without_the_silent(known, f"source-{speaking:03}")
    assert len(kept) < NUMBER
    assert {f"source-{number:03}" for number in (speaking, *bad)} <= kept.keys()


@pytest.mark.parametrize("letter", ["\x00", '"', "x", "\u20ac", "\U0001f600"])
@pytest.mark.parametrize("length", [1, 40, 200])
def test_a_source_takes_no_more_bytes_than_are_reckoned_without_writing_it(letter, length):
    known = {letter * length: largest(letter, length)}
    assert len(msgspec.json.encode(known)) <= _at_most(known)


def test_what_only_messages_say_is_bad_is_forgotten_after_what_is_well():
    one = largest("x", 1)
    bad = {f"bad-{number}": replace(one, bad=True) for number in range(20)}
    well = {f"well-{number}": one for number in range(UNCONFIRMED)}
    kept = [*newest({**bad, **well})]
    assert kept == [*bad, *[*well][-(len(kept) - len(bad)) :]]


def test_the_source_that_has_just_spoken_is_remembered_beside_any_number_of_bad_ones():
    one = largest("x", 1)
    bad = {f"bad-{number}": replace(one, bad=True) for number in range(UNCONFIRMED + 5)}
    assert "well" in newest({**bad, "well": one})


def test_an_alarm_of_a_hundred_contributors_is_over_when_the_last_of_them_is_ok():
    parts = [{"contributor": f"c{number}", "attributes": {"Service": str(number)}} for number in range(100)]
    story = Story()
    for part in parts:
        story.tell(part_of("10:00", Verdict.ALARM, part))
    for part in reversed(parts):
        assert story.incident.is_open
        story.tell(part_of("11:00", Verdict.OK, part))
    assert not story.incident.is_open


def part_of(at, verdict, part):
    """What a message on the alarms topic says of one contributor."""
    told = alarm(at, verdict, "fleet", provenance=BY_NOBODY)
    return replace(told, id=f"{told.id}/{part['contributor']}", **part)
