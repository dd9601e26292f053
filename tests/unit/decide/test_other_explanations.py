"""What else than a deployment explains a bad run: the calendar, a gap, the model itself, the inputs."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from kedge.decide.other_explanations import inputs_changed, interval_of, origin_of, same_hour, same_model, unmeasured
from kedge.decide.run_history import PastRun
from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments, shares_of
from kedge.domain.facts import Variant
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.run import Monitor, Verdict
from tests.support.stories import CHURN, DAY

HOUR = timedelta(hours=1)


def ran(hours: float, letter: str = "v", *, length: float = 1) -> PastRun:
    """A run whose window ended so many hours after the day began."""
    end = DAY + hours * HOUR
    return PastRun(end, end - length * HOUR, letter)


def config(name: str, hours: float, *models: str, packages: tuple[str, ...] = (), **shares: float) -> Deployment:
    return Deployment(
        config=name,
        since=DAY + hours * HOUR,
        arrival=DeploymentOrigin.DEPLOYED,
        models=models,
        packages=packages,
        shares={model.replace("_", "-"): share for model, share in shares.items()},
    )


NOW = config("churn-41", 100, "m-41")


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        (config("a", 0, "m"), config("b", 1, "m"), True),
        (config("a", 0, "m"), config("b", 1, "n"), False),
        (config("a", 0), config("b", 1), False),  # what is not known is taken to have changed
        (config("a", 0, "m"), config("b", 1), False),
        (config("a", 0, "m"), config("b", 1, "m", "n"), False),
        # One package, of which the tool made a model for each deployment.
        (config("a", 0, "m-1", packages=("p/1",)), config("b", 1, "m-2", packages=("p/1",)), True),
        (config("a", 0, "m-1", packages=("p/1",)), config("b", 1, "m-2", packages=("p/2",)), False),
        # A model that was made again under its old name.
        (config("a", 0, "m", packages=("p/1",)), config("b", 1, "m", packages=("p/2",)), False),
        # Two models that share the traffic otherwise are another thing to the callers.
        (config("a", 0, "m", "n", m=0.9, n=0.1), config("b", 1, "m", "n", m=0.9, n=0.1), True),
        (config("a", 0, "m", "n", m=0.9, n=0.1), config("b", 1, "m", "n", m=0.1, n=0.9), False),
    ],
)
def test_a_model_is_the_same_if_everything_that_is_known_of_it_is(before, after, is_same):
    assert same_model(before, after) is is_same


def test_shares_are_parts_of_the_whole_and_unknown_without_models():
    one, other = Variant(name="a", model="m", weight=9.0), Variant(name="b", model="n", weight=1.0)
    assert shares_of((one, other)) == {"m": 0.9, "n": 0.1}
    assert shares_of((one, Variant(name="b", weight=1.0))) == {}
    assert shares_of((Variant(name="a", model="m", weight=0.0),)) == {}


def test_a_model_came_with_the_first_of_the_configs_that_serve_it_in_a_row():
    history = (config("a", 0, "m"), config("b", 1, "n"), config("c", 2, "n"), config("d", 3, "n"))
    known = Deployments(history=history)
    assert origin_of(known, history[3]).config == "b"
    assert origin_of(known, history[1]).config == "b"
    assert origin_of(known, history[0]).config == "a"
    back = (*history[:2], config("c", 2, "m"), config("d", 3, "n"))
    assert origin_of(Deployments(history=back), back[3]).config == "d"


@pytest.mark.parametrize(
    ("last", "is_gap"), [(99.5, False), (98, False), (97, False), (96.5, True), (94, True), (50, True)]
)
def test_more_than_three_intervals_without_a_run_are_a_gap(last, is_gap):
    runs = tuple(ran(last - number, "g") for number in reversed(range(10)))
    assert (unmeasured((*runs, ran(101)), NOW) is not None) is is_gap


@pytest.mark.parametrize("letter", ["f", "u"])
def test_a_run_that_measured_nothing_fills_no_gap(letter):
    runs = (*(ran(85 + number, "g") for number in range(10)), *(ran(95 + number, letter) for number in range(5)))
    assert unmeasured((*runs, ran(101)), NOW) is not None


def test_a_daily_monitor_has_no_gap_after_a_day():
    runs = tuple(ran(24 * day, "g", length=24) for day in range(1, 5))
    assert unmeasured((*runs, ran(148, length=24)), NOW) is None
    assert interval_of(runs) == 24 * HOUR


def test_without_a_run_before_there_is_no_gap_to_speak_of():
    assert unmeasured((ran(101),), NOW) is None
    assert interval_of(()) == HOUR


FIRST = ran(101)


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ((77,), "hour of the day"),
        ((53, 29), "hour of the day"),
        ((53,), None),  # two days ago, and not yesterday
        ((76,), None),
        ((77.4,), "hour of the day"),
        ((77.6,), None),
        ((101 - 168,), "hour of the week"),
        ((101 - 336, 101 - 504), "hour of the week"),
        ((101 - 336,), None),
        (tuple(77 + number for number in range(-6, 7)), None),  # half a day of trouble says nothing of an hour
        (tuple(77 + number for number in range(-2, 3)), "hour of the day"),
        (tuple(101 - 168 + number for number in range(-20, 21)), "hour of the week"),
        ((), None),
    ],
)
def test_what_was_bad_at_the_same_hour_before_may_be_so_always(bad, name):
    found = same_hour(map(ran, bad), FIRST, NOW.since, HOUR)
    assert (found is None) if name is None else (found is not None and name in found.said)


def test_what_was_bad_after_the_config_came_is_no_habit():
    late = ran(149)
    assert same_hour((ran(125), ran(101)), late, NOW.since, HOUR) is None


def test_a_daily_monitor_has_no_hour_of_the_day():
    first = ran(120, length=24)
    assert same_hour((ran(96, length=24),), first, NOW.since, 24 * HOUR) is None
    assert same_hour((ran(120 - 168, length=24),), first, NOW.since, 24 * HOUR) is not None


@pytest.mark.parametrize(("minutes", "is_same"), [(0, True), (20, True), (29, True), (90, False)])
def test_an_alarm_rings_at_the_same_hour_within_half_an_hour(minutes, is_same):
    first = PastRun(FIRST.at, FIRST.at, "v")
    before = PastRun(
        FIRST.at - 24 * HOUR + timedelta(minutes=minutes), FIRST.at - 24 * HOUR + timedelta(minutes=minutes), "v"
    )
    assert (same_hour((before,), first, NOW.since, timedelta()) is not None) is is_same


def inputs(
    letters: str, last: float = 101, *, source: str = "churn-dq", said: bool = False, **more: object
) -> CaseState:
    """The case of a data quality monitor whose hourly runs went as some letters say, the last one at an hour."""
    known = SourceState(
        id="r",
        at=DAY + last * HOUR,
        finished=DAY + last * HOUR,
        history=letters,
        apart=",".join(["1o"] * (len(letters) - 1)),
        span=60,
    )
    return CaseState(**{"unconfirmed" if said else "sources": {source: known}}, **more)


@pytest.mark.parametrize(
    ("letters", "last", "together"),
    [
        ("gggv", 101, True),
        ("gggg", 101, False),
        ("gvvv", 101, False),  # bad since before the config came, while the model was well
        ("ggvv", 102, True),
        ("gggv", 100, False),
        ("gggf", 101, False),
        ("gggu", 101, False),
        ("ggvf", 102, True),
        ("", 101, False),
    ],
)
def test_inputs_that_change_in_the_first_bad_window_are_a_second_suspect(letters, last, together):
    state = inputs(letters, last) if letters else CaseState()
    assert (inputs_changed(state, NOW.since, FIRST, FIRST, confirmed=True) is not None) is together


def test_inputs_that_are_well_again_while_the_model_is_not_explain_nothing():
    state = inputs("gggvg", 102)
    assert inputs_changed(state, NOW.since, FIRST, FIRST, confirmed=True) is not None
    assert inputs_changed(state, NOW.since, FIRST, ran(102), confirmed=True) is None


def test_what_is_only_said_of_inputs_excuses_no_confirmed_fall():
    state = inputs("gggv", said=True)
    assert inputs_changed(state, NOW.since, FIRST, FIRST, confirmed=True) is None
    assert inputs_changed(state, NOW.since, FIRST, FIRST, confirmed=False) is not None


@pytest.mark.parametrize("cause", [Cause.SCHEMA_BREAK, Cause.UPSTREAM_INCIDENT])
def test_broken_data_and_an_incident_upstream_hold_remedies_by_themselves(cause):
    incident = Incident(
        id="i",
        target=CHURN,
        monitor=Monitor.DATA_QUALITY,
        state=IncidentState.FIRING,
        severity=Severity.WARNING,
        cause=cause,
        since=FIRST.at,
        changed=FIRST.at,
        problem=Problem(source="churn-dq", verdict=Verdict.VIOLATED),
    )
    state = inputs("gggv", incident=incident)
    assert inputs_changed(state, NOW.since, FIRST, FIRST, confirmed=True) is None
    over = msgspec.structs.replace(incident, state=IncidentState.RESOLVED)
    state = inputs("gggv", incident=over)
    assert inputs_changed(state, NOW.since, FIRST, FIRST, confirmed=True) is not None


def test_the_order_in_which_bad_runs_are_known_changes_nothing():
    bad = (ran(53), ran(77), ran(29))
    assert len({same_hour(order, FIRST, NOW.since, HOUR) for order in permutations(bad)}) == 1
