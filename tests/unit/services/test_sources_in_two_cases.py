"""A source that is known in another case: what belongs there, what ends it there, and what says nothing of it."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from kedge.domain.decision import Reason
from kedge.domain.errors import Throttled, Transient
from kedge.domain.provenance import Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.domain.target import Target
from kedge.ports.readers import Alarm
from kedge.services.alarm_confirmation import AlarmConfirmation
from tests.support.stories import BY_CLOUDWATCH, BY_NOBODY, CHURN, hour
from tests.unit.services.test_source_lookup import ALARM, NEXT, World, dq, fleet, latency

QUALITY = Monitor.DATA_QUALITY
WITNESSES = {"confirmed": BY_CLOUDWATCH, "said": BY_NOBODY}


@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK])
@pytest.mark.parametrize(("seconds", "is_late"), [(-60, True), (-1, True), (0, False), (1, False), (60, False)])
def test_only_what_is_older_than_the_last_word_of_a_source_is_late(verdict: Verdict, seconds: int, *, is_late: bool):
    world = World()
    world.hear(latency("10:00", Verdict.ALARM, CHURN))
    signal = replace(latency("10:00", verdict, NEXT), id="next", at=hour("10:00") + timedelta(seconds=seconds))
    (heard,) = world.hear(signal)
    assert (heard.decision.reason is Reason.SUPERSEDED) is is_late
    assert world.is_open(CHURN) is is_late
    assert world.is_open(NEXT) is (not is_late and verdict is Verdict.ALARM)


@pytest.mark.parametrize("then", WITNESSES)
@pytest.mark.parametrize("first", WITNESSES)
@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK])
def test_what_is_late_is_late_only_by_the_last_word_of_the_same_kind_of_witness(
    verdict: Verdict, first: str, then: str
):
    world = World()
    world.hear(latency("10:35", Verdict.ALARM, NEXT, WITNESSES[first]))
    (late,) = world.hear(latency("10:00", verdict, CHURN, WITNESSES[then]))
    assert (late.decision.reason is Reason.SUPERSEDED) is (first == then)
    assert world.is_open(CHURN) is (first != then and verdict is Verdict.ALARM)
    assert world.is_open(NEXT)


@pytest.mark.parametrize("verdict", [each for each in Verdict if each not in (Verdict.ALARM, Verdict.OK)])
def test_a_run_ends_what_its_schedule_opened_elsewhere_if_it_says_anything(verdict: Verdict):
    world = World()
    world.hear(dq("10:00", Verdict.VIOLATED, CHURN), dq("11:00", verdict, NEXT))
    assert world.is_open(CHURN, QUALITY) is (verdict in (Verdict.INCONCLUSIVE, Verdict.INSUFFICIENT_DATA))


@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK, Verdict.INSUFFICIENT_DATA])
def test_of_what_nobody_confirms_nothing_is_kept_in_the_confirmed_case_of_another_target(verdict: Verdict):
    world = World()
    world.hear(latency("10:00", Verdict.ALARM, CHURN))
    before = world.state(CHURN)
    world.hear(latency("10:35", verdict, NEXT, BY_NOBODY))
    assert world.state(CHURN) == before


@pytest.mark.parametrize("order", list(permutations(WITNESSES)), ids=", ".join)
@pytest.mark.parametrize("vague", WITNESSES)
@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK])
def test_a_source_that_does_not_say_what_it_looks_at_belongs_where_it_is_confirmed_to_be(
    verdict: Verdict, vague: str, order: tuple[str, ...]
):
    world = World()
    about = {"confirmed": CHURN, "said": NEXT}
    for minute, witness in enumerate(order):
        world.hear(latency(f"10:0{minute}", Verdict.ALARM, about[witness], WITNESSES[witness]))
    (heard,) = world.hear(latency("10:30", verdict, ALARM, WITNESSES[vague], vague=True))
    assert heard.signal.target == CHURN
    assert world.is_open(CHURN) is (verdict is Verdict.ALARM or vague == "said")


@pytest.mark.parametrize("minutes", [0, 1, 30])
@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK])
def test_a_clock_that_ran_ahead_makes_nothing_late_in_another_case(verdict: Verdict, minutes: int):
    world = World()
    world.now = hour("10:00")
    world.intake.settle(latency("12:00", Verdict.ALARM, CHURN))
    assert world.state(CHURN).sources["latency"].clamped
    world.intake.settle(replace(latency("09:59", verdict, NEXT), at=hour("09:59") + timedelta(minutes=minutes)))
    assert not world.is_open(CHURN)
    assert world.is_open(NEXT) is (verdict is Verdict.ALARM)


@pytest.mark.parametrize("about", [CHURN, NEXT])
def test_a_whole_alarm_that_is_ok_says_nothing_of_a_contributor_that_is_well_already(about: Target):
    world = World()
    world.hear(fleet("10:00", Verdict.ALARM, "b", about), fleet("10:10", Verdict.OK, "b", about))
    before, lines = world.state(about), sum(map(len, world.ledger.timelines.values()))
    world.hear(fleet("10:30", Verdict.OK))
    assert world.state(about) == before
    assert sum(map(len, world.ledger.timelines.values())) == lines


def test_what_comes_late_of_a_contributor_is_late_though_the_whole_alarm_goes_off_again():
    world = World()
    world.hear(
        fleet("10:00", Verdict.ALARM, "a"),
        fleet("10:30", Verdict.OK),
        fleet("10:40", Verdict.ALARM, "b"),
        fleet("10:40", Verdict.ALARM),
    )
    (late,) = world.hear(fleet("10:20", Verdict.ALARM, "a"))
    assert late.decision.reason is Reason.SUPERSEDED


ARN = f"arn:aws:cloudwatch:{CHURN.region}:{CHURN.account}:alarm:latency"


class Cloudwatch:
    """CloudWatch, which says in which state the alarm is, or is busy."""

    def __init__(self, state: str | None) -> None:
        self.state = state
        self.questions = 0

    def alarm(self, name: str) -> Alarm | None:
        self.questions += 1
        if self.state is None:
            raise Throttled("Rate exceeded")
        return Alarm(arn=ARN, state=self.state, since=hour("10:30"), measured=True)

    def contributors(self, name: str) -> frozenset[str] | None:
        return None


@pytest.mark.parametrize("order", list(permutations(WITNESSES)), ids=", ".join)
@pytest.mark.parametrize("said_of", [CHURN, ALARM, NEXT], ids=lambda target: target.name)
@pytest.mark.parametrize("state", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_a_message_that_an_alarm_is_well_ends_what_is_confirmed_elsewhere_if_cloudwatch_agrees(
    state: str, said_of: Target, order: tuple[str, ...]
):
    asked = Cloudwatch(state)
    world = World(AlarmConfirmation(asked))
    about = {"confirmed": CHURN, "said": said_of}
    for minute, witness in enumerate(order):
        world.hear(latency(f"10:0{minute}", Verdict.ALARM, about[witness], WITNESSES[witness]))
    assert world.is_open(CHURN)
    world.hear(latency("10:30", Verdict.OK, NEXT, BY_NOBODY))
    assert asked.questions
    assert world.is_open(CHURN) is (state != "OK")


@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK, Verdict.INSUFFICIENT_DATA])
@pytest.mark.parametrize("provenance", [BY_CLOUDWATCH, BY_NOBODY])
@pytest.mark.parametrize("first", WITNESSES)
def test_cloudwatch_is_asked_only_about_what_nobody_confirms_and_would_end_what_is_confirmed_elsewhere(
    first: str, provenance: Provenance, verdict: Verdict
):
    asked = Cloudwatch("OK")
    world = World(AlarmConfirmation(asked))
    world.hear(latency("10:00", Verdict.ALARM, CHURN, WITNESSES[first]), latency("10:30", verdict, NEXT, provenance))
    may_end = first == "confirmed" and verdict is Verdict.OK and provenance is BY_NOBODY
    assert asked.questions == may_end


def test_that_an_alarm_is_well_is_tried_again_if_cloudwatch_is_busy_or_what_it_opened_elsewhere_would_stay_open():
    asked = Cloudwatch(None)
    world = World(AlarmConfirmation(asked))
    world.hear(latency("10:00", Verdict.ALARM, CHURN))
    well = latency("10:30", Verdict.OK, NEXT, BY_NOBODY)
    with pytest.raises(Transient):
        world.hear(well)
    asked.state = "OK"
    world.hear(well)
    assert not world.is_open(CHURN)
