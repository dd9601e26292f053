"""Where another explanation than a deployment begins and ends: at the minute, at the interval, at the half of a day."""

from datetime import timedelta

import pytest

from kedge.decide.other_explanations import inputs_changed, interval_of, same_hour, same_model, unmeasured
from kedge.decide.run_history import PastRun
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.deployment import Deployment, DeploymentOrigin
from tests.support.stories import DAY

HOUR = timedelta(hours=1)
NOW = Deployment(config="churn-41", since=DAY + 100 * HOUR, arrival=DeploymentOrigin.DEPLOYED)


def ran(hours: float, letter: str = "v", *, length: float = 1) -> PastRun:
    """A run whose window ended so many hours after the day began; the config came after a hundred."""
    end = DAY + hours * HOUR
    return PastRun(end, end - length * HOUR, letter)


def two_models(*names: str, packages: tuple[str, ...], parts: tuple[float, ...]) -> Deployment:
    shares = dict(zip(names, parts, strict=True))
    return Deployment(
        config="-".join(names),
        since=DAY,
        arrival=DeploymentOrigin.DEPLOYED,
        models=names,
        packages=packages,
        shares=shares,
    )


@pytest.mark.parametrize(
    ("packages", "parts", "is_same"),
    [
        (("p/1", "p/2"), (0.9, 0.1), True),
        (("p/1", "p/2"), (0.1, 0.9), False),
        (("p/2", "p/1"), (0.9, 0.1), False),
        (("p/1",), (0.9, 0.1), False),  # of which model it is the package is not known
    ],
)
def test_models_that_were_made_anew_are_the_same_if_packages_and_parts_are(packages, parts, is_same):
    before = two_models("m-1", "n-1", packages=packages if len(packages) == 1 else ("p/1", "p/2"), parts=(0.9, 0.1))
    assert same_model(before, two_models("m-2", "n-2", packages=packages, parts=parts)) is is_same


@pytest.mark.parametrize(
    ("end", "fills"), [(100, True), (100.1, True), (100.9, True), (101, False), (103, False), (None, False)]
)
def test_a_run_in_whose_window_the_config_came_fills_a_gap_and_one_after_it_does_not(end, fills):
    runs = tuple(ran(96 - number, "g") for number in reversed(range(10)))
    last = () if end is None else (ran(end, "g"),)
    assert (unmeasured((*runs, *last), NOW) is None) is fills


@pytest.mark.parametrize(
    ("ends", "hours"),
    [
        ((0, 6, 12, 18), 6),
        ((0, 6, 12, 12.5, 18.5), 6),  # one was repeated
        ((0, 6, 12, 60, 66), 6),  # for two days there was none
        ((0, 6, 6, 6, 12), 6),  # told again
        ((0, 0.5, 1), 1),  # a window is longer than the time between two
    ],
)
def test_the_interval_is_the_usual_one(ends, hours):
    assert interval_of(map(ran, ends)) == hours * HOUR


def inputs(letters: str, last: float) -> SourceState:
    """Hourly runs of a data quality monitor, the last one at an hour."""
    end = DAY + last * HOUR
    apart = ",".join(["1o"] * (len(letters) - 1))
    return SourceState(id="r", at=end, finished=end, history=letters, apart=apart, span=60)


def explains(letters: str, last: float, first: PastRun, now: PastRun | None = None) -> bool:
    state = CaseState(sources={"churn-dq": inputs(letters, last)})
    return inputs_changed(state, NOW.since, first, now or first, confirmed=True) is not None


@pytest.mark.parametrize(
    ("first", "end", "together"),
    [
        (103, 101.9, False),
        (103, 102, False),  # it ended when the other one began
        (103, 102.1, True),
        (103, 103.9, True),
        (103, 104, False),  # it began when the other one ended
        (100.5, 100, False),  # the config came at that moment
        (100.5, 100.1, True),
    ],
)
def test_inputs_explain_what_shares_a_part_of_its_window_with_them(first, end, together):
    assert explains("gggv", end, ran(first)) is together


@pytest.mark.parametrize(("letter", "goes_on"), [("g", False), ("f", True), ("u", True), ("v", True)])
def test_only_a_clean_run_says_that_the_inputs_are_well_again(letter, goes_on):
    assert explains(f"ggv{letter}", 102, ran(101), ran(103)) is goes_on


@pytest.mark.parametrize("is_bad", [True, False])
def test_of_a_source_that_is_confirmed_nothing_that_is_only_said_counts(is_bad):
    known, said = ("gggv", "gggg") if is_bad else ("gggg", "gggv")
    state = CaseState(sources={"churn-dq": inputs(known, 101)}, unconfirmed={"churn-dq": inputs(said, 101)})
    for confirmed in (True, False):
        found = inputs_changed(state, NOW.since, ran(101), ran(101), confirmed=confirmed)
        assert (found is not None) is is_bad


def habit(first: float, *bad: float) -> bool:
    return same_hour(map(ran, bad), ran(first), NOW.since, HOUR) is not None


@pytest.mark.parametrize(("end", "counts"), [(99.9, True), (100, True), (100.1, False)])
def test_what_was_bad_until_the_config_came_may_be_a_habit(end, counts):
    assert habit(end + 24, end) is counts


@pytest.mark.parametrize(("hours", "counts"), [(11, True), (12, True), (13, False)])
def test_a_spell_of_half_a_day_is_the_longest_that_says_something_of_an_hour(hours, counts):
    assert habit(101, *(82 - number for number in range(hours))) is counts


@pytest.mark.parametrize(("apart", "is_one"), [(1, True), (1.5, True), (1.6, False)])
def test_bad_runs_that_are_one_and_a_half_intervals_apart_are_one_spell(apart, is_one):
    """One spell of more than half a day says nothing of an hour."""
    assert habit(101, *(77 + number * apart for number in range(-8, 9))) is not is_one
