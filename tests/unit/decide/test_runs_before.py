"""How the runs of a source went under the config before: which of them count, and which count of them is taken."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.decide.evaluation import Evaluation
from kedge.decide.other_explanations import by_chance, tally_of, term_before
from kedge.domain.cause import Cause
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments, PendingDeployment, RunTally
from kedge.domain.provenance import Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.policy.compiled import default_policy
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, DAY, Story, drift, hour, run

HOUR = timedelta(hours=1)
LONG_AGO = DAY - timedelta(days=9)
QUALITY, CLEAN, VIOLATED = Monitor.MODEL_QUALITY, Verdict.CLEAN, Verdict.VIOLATED


def config(name: str, since: float, **more) -> Deployment:
    return Deployment(config=name, since=DAY + since * HOUR, arrival=DeploymentOrigin.DEPLOYED, **more)


BEFORE, CAME = config("churn-40", 0), config("churn-41", 12)


def case(letters: str, last: float, provenance: Provenance = BY_SAGEMAKER) -> Evaluation:
    """A bad run of 14:00, after hourly ones that went as letters say, the last of which ended at an hour."""
    end = DAY + last * HOUR
    apart = ",".join(["1o"] * (len(letters) - 1))
    known = {"churn-mq": SourceState(id="r", at=end, finished=end, history=letters, apart=apart, span=60)}
    is_confirmed = provenance is BY_SAGEMAKER
    state = CaseState(sources=known) if is_confirmed else CaseState(unconfirmed=known)
    told = run("14:00", VIOLATED, drift("auc"), monitor=QUALITY, source="churn-mq")
    if not is_confirmed:
        told = run("14:00", VIOLATED, monitor=told.monitor, source="churn-mq", job=None, provenance=provenance)
    return Evaluation.of(default_policy(), state, told, VIOLATED, told.finished, Context())


@pytest.mark.parametrize(
    ("letters", "last", "is_chance"),
    [
        ("vggggggggg", 10, True),
        ("vggggggggg", 9.5, False),  # the config came within the window of the first
        ("gggggggggv", 12, True),
        ("gggggggggv", 12.5, False),  # the next one came within the window of the last
        ("gggggvgggg", 11, True),
    ],
)
def test_only_runs_that_looked_at_the_config_alone_say_what_comes_and_goes_under_it(letters, last, is_chance):
    assert by_chance(case(letters, last), BEFORE, CAME, 1) is is_chance


@pytest.mark.parametrize(("clean", "is_chance"), [(8, True), (9, True), (10, False), (11, False)])
def test_what_was_bad_once_in_ten_clean_runs_is_no_chance(clean, is_chance):
    letters = "g" * (clean // 2) + "v" + "g" * (clean - clean // 2)
    assert by_chance(case(letters, 12), BEFORE, CAME, 1) is is_chance


NOW = RunTally(clean=4, bad=1, last="g")


@pytest.mark.parametrize(
    ("then", "is_now"),
    [
        (None, True),
        (RunTally(clean=3, bad=1, last="g"), True),
        (RunTally(clean=5, last="g"), True),  # as many: the ground truth of one came late
        (RunTally(clean=2, bad=3, last="v"), True),
        (RunTally(clean=6, last="g"), False),
        (RunTally(clean=2, bad=9, last="v"), False),
    ],
)
@pytest.mark.parametrize("provenance", [BY_SAGEMAKER, BY_NOBODY], ids=["confirmed", "said"])
def test_the_count_with_more_runs_is_taken_and_of_two_alike_the_newer(then, is_now, provenance):
    is_confirmed, known = provenance is BY_SAGEMAKER, {} if then is None else {"churn-mq": then}
    other = {"churn-mq": RunTally(clean=30, last="g")}
    runs = {"runs": known, "unconfirmed": other} if is_confirmed else {"runs": other, "unconfirmed": known}
    found = tally_of(case("gvggg", 11, provenance), config("churn-40", 0, **runs), CAME)
    assert found == (NOW if is_now else then)


@pytest.mark.parametrize("number", range(4))
def test_the_config_before_is_the_last_one_that_came_earlier(number):
    history = tuple(config(f"churn-{each}", each) for each in range(4))
    expected = history[number - 1] if number else None
    assert term_before(Deployments(history=history), history[number]) == expected


@pytest.mark.parametrize(
    ("began", "counts"), [(None, True), (12, True), (11.95, True), (11.9, False), (11.5, False), (10, False)]
)
def test_what_was_bad_while_the_next_config_was_coming_is_not_put_down_to_the_one_before(began, counts):
    """A tenth of the window makes it a part of it."""
    known, coming = case("gggggv", 12), config("churn-41", 12.2)
    if began is not None:
        coming = replace(coming, began=DAY + began * HOUR)
    found = tally_of(known, BEFORE, coming)
    assert found == RunTally(clean=5, bad=int(counts), last="v" if counts else "g")
    assert by_chance(known, BEFORE, coming, 1) is counts


@pytest.mark.parametrize("rollout", [0, 2, 25, 90])
def test_a_deployment_that_takes_long_is_blamed_for_what_is_bad_from_its_beginning_to_its_end_and_after_it(rollout):
    came = hour("10:10")
    began = came - timedelta(minutes=rollout)
    old = Deployment(config="churn-40", since=LONG_AGO, arrival=DeploymentOrigin.DEPLOYED)
    new = Deployment(config="churn-41", since=came, began=began, arrival=DeploymentOrigin.DEPLOYED)
    ended = Deployments(history=(replace(old, until=came), new))
    under_way = Deployments(history=(old,), coming=PendingDeployment(config="churn-41", over="churn-40", since=began))
    quiet, story = Deployments(history=(old,)), Story()
    for number in range(3, 16):
        is_bad = hour(f"{number}:05") >= began + timedelta(minutes=6)
        told = run(f"{number}:05", VIOLATED if is_bad else CLEAN, drift("auc") if is_bad else (), monitor=QUALITY)
        now = told.at + timedelta(minutes=15)
        context = Context(
            endpoint_context=EndpointContext(deployments=ended if now >= came else under_way if now >= began else quiet)
        )
        story.tell(told, clock=lambda now=now: now, context=context)
    assert (story.incident.cause, story.incident.suspect) == (Cause.DEPLOYMENT_REGRESSION, "churn-41")
