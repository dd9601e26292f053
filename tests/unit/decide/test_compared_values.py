"""Which values of earlier runs a bad one is compared with, and where what they explain begins and ends."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from kedge.decide.measurements import KEPT, explain_by_measurements, measured_of
from kedge.decide.other_explanations import OtherExplanation
from kedge.domain.deployment import Deployment, DeploymentOrigin
from kedge.domain.finding import Check, Finding
from kedge.domain.run import Evidence, Measure, MeasuredRun, Monitor, Reading, Verdict
from tests.support.stories import DAY, alarm, run

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CAME = DAY + timedelta(hours=40)
BEFORE = Deployment(config="churn-40", since=DAY - timedelta(days=9), until=CAME, arrival=DeploymentOrigin.DEPLOYED)
NOW = Deployment(config="churn-41", since=CAME, arrival=DeploymentOrigin.DEPLOYED)


def auc(value: float, limit: float | None = 0.7) -> Measure:
    return Measure("auc", value, limit)


def kept(hours: float, *values: Measure, verdict: Verdict = Verdict.CLEAN) -> MeasuredRun:
    """A run of an hour that ended so long after the config had come; before that if `hours` is negative."""
    end = CAME + hours * HOUR
    return MeasuredRun(source="mq", at=end, start=end - HOUR, verdict=verdict, values=values)


def in_turn(*values: float) -> tuple[MeasuredRun, ...]:
    """Clean runs hour by hour, of which the last one ended when the config came."""
    return tuple(kept(1 + number - len(values), auc(value)) for number, value in enumerate(values))


def asked(known: tuple[MeasuredRun, ...], *now: Measure, before: Deployment = BEFORE) -> OtherExplanation | None:
    return explain_by_measurements(known, before, NOW, kept(1, *now, verdict=Verdict.VIOLATED))


def quality(*findings: Finding, measures: tuple[Measure, ...] = (), **more: object):
    evidence = Evidence(reading=Reading.READ, findings=findings, measures=measures)
    signal = run("11:00", Verdict.VIOLATED, monitor=Monitor.MODEL_QUALITY, source="churn-mq")
    return msgspec.structs.replace(signal, evidence=evidence, **more)


def test_a_run_is_kept_with_the_window_at_which_it_looked_and_what_has_none_with_its_moment():
    looked = quality(measures=(auc(0.6),))
    rang = msgspec.structs.replace(alarm("11:00", Verdict.ALARM), observed=9.0, limit=5.0)
    for signal, start in (
        (looked, looked.at - HOUR),
        (msgspec.structs.replace(looked, window=None), looked.at),
        (rang, rang.at),
    ):
        found = measured_of(signal, signal.verdict)
        assert found is not None
        assert (found.start, found.at) == (start, signal.at)


@pytest.mark.parametrize("order", list(permutations([0.3, 0.69, 0.5])))
def test_the_worst_of_what_broke_its_limit_is_kept_first(order):
    few = tuple(Finding(check=Check.BELOW, metric=f"{value}", measured=value, allowed=0.7) for value in order)
    found = measured_of(quality(*few), Verdict.VIOLATED)
    assert found is not None
    assert [each.value for each in found.values] == [0.3, 0.5, 0.69]


@pytest.mark.parametrize("is_reversed", [True, False])
def test_of_more_than_there_is_room_for_the_least_bad_is_left_out(is_reversed):
    many = [
        Finding(check=Check.ABOVE, metric=f"m{number}", measured=number, allowed=0.5) for number in range(1, KEPT + 6)
    ]
    found = measured_of(quality(*sorted(many, key=lambda each: each.measured, reverse=is_reversed)), Verdict.VIOLATED)
    assert found is not None
    assert [each.value for each in found.values] == list(range(KEPT + 5, 5, -1))


@pytest.mark.parametrize(("minutes", "counts"), [(-1, True), (0, True), (1, False)])
def test_a_run_that_ended_when_the_config_came_is_one_of_before(minutes, counts):
    found = asked((kept(minutes / 60, auc(0.81)),), auc(0.72, 0.75))
    assert (found is not None) is counts


@pytest.mark.parametrize(("steady", "is_explained"), [(22, True), (23, True), (24, False), (26, False)])
def test_only_the_last_twenty_four_runs_are_compared_with(steady, is_explained):
    known = in_turn(0.9, 0.71, 0.9, 0.71, *[0.85] * steady)
    assert (asked(known, auc(0.69)) is not None) is is_explained


@pytest.mark.parametrize("order", list(permutations(in_turn(0.9, 0.84, 0.78, 0.72))))
def test_the_order_in_which_runs_are_known_changes_nothing(order):
    found = asked(order, auc(0.68))
    assert found is not None
    assert found.said.startswith("auc went from 0.9 to 0.72 in the 4 runs")


@pytest.mark.parametrize(("value", "is_within"), [(0.699, False), (0.7, True), (0.701, True)])
def test_a_value_at_the_old_limit_is_within_it(value, is_within):
    found = asked(in_turn(0.81, 0.81, 0.81), auc(value, 0.75))
    assert (found is not None and "limit" in found.asks) is is_within


@pytest.mark.parametrize(
    ("values", "is_explained"), [((0.71, 0.74), False), ((0.71, 0.74, 0.72), True), ((0.71, 0.74, 0.71, 0.72), True)]
)
def test_three_runs_say_how_a_value_comes_and_goes(values, is_explained):
    assert (asked(in_turn(*values), auc(0.695)) is not None) is is_explained


@pytest.mark.parametrize(
    ("values", "would_break"),
    [
        ((0.86, 0.82, 0.78, 0.74), True),  # 0.70 is next, which is the limit
        ((0.861, 0.821, 0.781, 0.741), False),
        ((0.78, 0.77, 0.76, 0.75, 0.74), False),  # 0.73 is next
        ((0.86, 0.83, 0.79, 0.77, 0.72), True),
    ],
)
def test_a_decline_goes_on_from_the_last_run_and_as_fast_as_before(values, would_break):
    assert (asked(in_turn(*values), auc(0.3)) is not None) is would_break


@pytest.mark.parametrize(("recall", "is_explained"), [(0.59, False), (0.6, True)])
def test_what_reached_its_limit_did_not_break_it_and_needs_no_explanation(recall, is_explained):
    known = tuple(
        msgspec.structs.replace(each, values=(*each.values, Measure("recall", 0.8, 0.6)))
        for each in in_turn(0.86, 0.82, 0.78, 0.74)
    )
    assert (asked(known, auc(0.68), Measure("recall", recall, 0.6)) is not None) is is_explained


def test_of_several_explanations_that_of_what_was_worst_is_told():
    known = tuple(
        msgspec.structs.replace(each, values=(*each.values, Measure("recall", 0.8, 0.6)))
        for each in in_turn(0.86, 0.82, 0.78, 0.74)
    )
    sinks, is_stricter = auc(0.68), Measure("recall", 0.7, 0.75)
    for order, word in (((sinks, is_stricter), "decline"), ((is_stricter, sinks), "limit")):
        found = asked(known, *order)
        assert found is not None
        assert word in found.asks


@pytest.mark.parametrize(("begins", "own"), [(-3, 3), (-2.5, 2)])
def test_a_run_that_began_before_a_config_came_is_none_of_its_own(begins, own):
    """Without three of its own, what the earlier one showed is compared with as well."""
    known = in_turn(0.9, 0.71, 0.9, 0.85, 0.85, 0.85)
    found = asked(known, auc(0.69), before=msgspec.structs.replace(BEFORE, since=CAME + begins * HOUR))
    assert (found is None) is (own == 3)
