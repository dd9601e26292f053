"""Which run is asked what else explains it, and how long a roll-back waits for the inputs of the same window."""

from datetime import timedelta

import msgspec
import pytest

from kedge.decide.alternative_causes import awaited_inputs, others_of_run, two_suspects
from kedge.decide.evaluation import Evaluation
from kedge.decide.run_history import PastRun
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments
from kedge.domain.provenance import Provenance
from kedge.domain.remedy import RemedyName
from kedge.domain.run import Measure, MeasuredRun, Monitor, Verdict, Window
from kedge.policy.compiled import default_policy
from tests.support.remedies import incident
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, drift, hour, run

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ROLL_BACK = RemedyName.ROLL_BACK


def config(name: str, since: str, *models: str) -> Deployment:
    return Deployment(config=name, since=hour(since), arrival=DeploymentOrigin.DEPLOYED, models=models)


BEFORE, CAME = config("churn-40", "00:00"), config("churn-41", "10:30")


def ran(at: str, days: int = 0) -> PastRun:
    end = hour(at) - timedelta(days=days)
    return PastRun(end, end - HOUR, "v")


def kept(of: PastRun, value: float, verdict: Verdict = Verdict.VIOLATED) -> MeasuredRun:
    return MeasuredRun(source="mq", at=of.at, start=of.start, verdict=verdict, values=(Measure("auc", value, 0.7),))


def inputs(letters: str, last: str) -> CaseState:
    apart = ",".join(["1o"] * (len(letters) - 1))
    known = SourceState(id="r", at=hour(last), finished=hour(last), history=letters, apart=apart, span=60)
    return CaseState(sources={"dq": known})


def asked(at: str, endpoint_context: EndpointContext, provenance: Provenance = BY_SAGEMAKER) -> tuple[str, ...]:
    """What else explains a bad run that ended at a time; the config came within the window of the first one, which ended at 11:00."""
    told = run(at, Verdict.VIOLATED, drift("auc"), monitor=Monitor.MODEL_QUALITY, source="mq", provenance=provenance)
    case = Evaluation.of(
        default_policy(), CaseState(), told, Verdict.VIOLATED, told.finished, Context(endpoint_context=endpoint_context)
    )
    return tuple(each.asks for each in others_of_run(case, BEFORE, CAME, ran("11:00"), ran("12:00")))


@pytest.mark.parametrize("at", ["12:00", "15:00"])
@pytest.mark.parametrize(("bad", "is_habit"), [("11:00", True), ("11:20", True), ("12:00", False)])
def test_a_habit_is_looked_for_at_the_hour_of_the_first_bad_run(at, bad, is_habit):
    found = asked(at, EndpointContext(measured=(kept(ran(bad, days=1), 0.6),)))
    assert ("is it always bad at this hour of the day" in found) is is_habit


@pytest.mark.parametrize(("letters", "last", "together"), [("gggv", "11:00", True), ("gggv", "12:00", False)])
def test_inputs_are_compared_with_the_first_bad_run(letters, last, together):
    found = asked("12:00", EndpointContext(inputs=inputs(letters, last)))
    assert ("is it the inputs, which changed at the same time" in found) is together


SINKING = tuple(kept(ran(f"{number}:00"), 0.86 - 0.04 * (number - 7), Verdict.CLEAN) for number in range(7, 11))


@pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.VIOLATED])
def test_the_values_of_the_first_bad_run_after_the_config_came_are_those_that_are_explained(verdict):
    """Of a run that was made again, only what was bad is the one that is asked about."""
    again = kept(ran("11:40"), 0.8 if verdict is Verdict.CLEAN else 0.66, verdict)
    found = asked("15:00", EndpointContext(measured=(*SINKING, again, kept(ran("12:00"), 0.66))))
    assert found == ("is it the decline that had begun before",)


def test_values_that_are_kept_say_nothing_of_what_no_authority_confirms():
    known = EndpointContext(measured=(*SINKING, kept(ran("12:00"), 0.66)))
    assert asked("15:00", known)
    assert asked("15:00", known, BY_NOBODY) == ()


def of_window(end: str, since: str = "10:00"):
    made = incident(since=hour(since))
    window = Window(hour(end) - HOUR, hour(end))
    return msgspec.structs.replace(made, problem=msgspec.structs.replace(made.problem, window=window))


@pytest.mark.parametrize("newest", ["10:00", "14:00"])
@pytest.mark.parametrize(("began", "together"), [("10:00", True), ("10:59", True), ("11:00", False), ("14:00", False)])
def test_only_inputs_that_changed_in_the_first_bad_window_hold_a_roll_back(newest, began, together):
    """Those that changed later may be bad in the newest window, and explain nothing."""
    deployments = Deployments(history=(config("churn-40", "00:00"), config("churn-41", "08:00")))
    held = two_suspects(
        ROLL_BACK, of_window(newest), EndpointContext(deployments=deployments, inputs=inputs("gggv", began))
    )
    assert (held is not None) is together


@pytest.mark.parametrize(("model", "together"), [("m-41", True), ("m-42", False)])
def test_a_deployment_that_only_scaled_is_as_old_as_its_model(model, together):
    history = (config("churn-40", "00:00", "m-40"), config("churn-41", "08:00", "m-41"), config("c", "12:00", model))
    endpoint_context = EndpointContext(deployments=Deployments(history=history), inputs=inputs("gggvvvv", "13:00"))
    assert (two_suspects(ROLL_BACK, of_window("13:00"), endpoint_context) is not None) is together


def due(
    *, last: str = "09:00", every: int = 3_600, seconds: int = 0, regular: int = 2, took: int = 12
) -> EndpointContext:
    at = hour(last) + seconds * SECOND
    known = SourceState(
        id="r", at=at, finished=at + timedelta(minutes=took), history="gg", every=every, regular=regular, span=60
    )
    return EndpointContext(inputs=CaseState(sources={"dq": known}))


@pytest.mark.parametrize("took", [0, 12, 50])
@pytest.mark.parametrize(("seconds", "waits"), [(-60, True), (-1, True), (0, False), (60, False)])
def test_inputs_that_are_due_are_waited_for_as_long_as_they_usually_take_and_ten_minutes(took, seconds, waits):
    until = hour("10:00") + timedelta(minutes=took + 10)
    held = awaited_inputs(ROLL_BACK, of_window("10:00"), due(took=took), until + seconds * SECOND)
    assert (None if held is None else held.until) == (until if waits else None)


@pytest.mark.parametrize(
    ("known", "waits"),
    [
        (due(regular=1), False),
        (due(regular=2), True),
        # What is due a minute later, at most, is of the same window.
        (due(every=3_600 + 60), True),
        (due(every=3_600 + 61), False),
        # What has come is not waited for, though its window ended a minute earlier.
        (due(last="09:58", every=120), True),
        (due(last="09:58", seconds=59, every=61), True),
        (due(last="09:59", every=60), False),
        (due(last="10:00", every=0), False),
    ],
)
def test_only_a_regular_run_of_the_same_window_that_has_not_come_is_waited_for(known, waits):
    held = awaited_inputs(ROLL_BACK, of_window("10:00"), known, hour("10:01"))
    assert (held is not None) is waits
