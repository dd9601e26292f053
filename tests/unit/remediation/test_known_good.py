"""What is waited for: a run that is due, a remedy whose incident is over already, and what a late event says of a deployment."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from kedge.decide.deployment_ledger import record_signal
from kedge.domain.action import RemedyStatus
from kedge.domain.deployment import ConfigMark, Deployment, DeploymentOrigin, Deployments, RunTally
from kedge.domain.incident import IncidentState
from kedge.domain.reason import Reason
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Verdict
from kedge.domain.signal import DeploymentChanged, EndpointChanged, EndpointRead
from kedge.domain.stage import Stage
from kedge.policy.compiled import default_policy
from kedge.remediation.known_good import doubt_about, known_good
from tests.support.stages import OVER
from tests.support.stories import BY_EVENT, BY_SAGEMAKER, CHURN, DAY, Story, drift, hour, policy_of, run

CLEAN, VIOLATED = Verdict.CLEAN, Verdict.VIOLATED


@pytest.mark.parametrize("runs", range(1, 10))
def test_a_monitor_is_missed_once_it_has_run_five_times_in_a_row_after_the_same_time(runs):
    story = Story(policy_of(evidence={"overdue": {"missed_runs": 2}}))
    for number in range(runs):
        at = f"{number}:00"
        story.tell(run(at, CLEAN), clock=lambda at=at: hour(at) + timedelta(minutes=12))
    is_missed = runs > 5
    assert (story.state.due is not None) is is_missed
    decision = story.wake(f"{runs + 2}:00")
    assert (decision.reason is Reason.FIRST_SEEN) is is_missed


def acting(stage: Stage, until) -> RemedyStatus:
    return RemedyStatus(
        remedy=RemedyName.RETRAIN, mode=Mode.AUTO, stage=stage, at=hour("10:00"), says="", digest="d", until=until
    )


@pytest.mark.parametrize("is_open", [True, False], ids=["firing", "resolved"])
@pytest.mark.parametrize("stage", list(Stage))
def test_a_remedy_under_way_is_waited_for_also_when_its_incident_is_over(stage, is_open):
    story = Story(policy_of(route={"receiver": "ml-oncall", "repeat_interval": "never"}))
    story.tell(run("10:00", VIOLATED, drift("age")), clock=lambda: hour("10:15"))
    until = hour("14:00")
    known = msgspec.structs.replace(story.incident, remedy=acting(stage, until))
    story.state = msgspec.structs.replace(story.state, incident=known)
    story.tell(
        run("11:00", VIOLATED if is_open else CLEAN, drift("age") if is_open else ()), clock=lambda: hour("11:15")
    )
    assert story.incident.is_open is is_open
    waits = is_open or stage not in OVER
    assert story.state.due == (until if waits else None)
    decision = story.wake("14:00")
    assert (decision.reason is Reason.REMEDY_UNVERIFIED) is (stage not in OVER)
    if stage not in OVER:
        assert [each.why for each in decision.effects] == [Reason.REMEDY_UNVERIFIED]
        assert story.incident.state is (IncidentState.FIRING if is_open else IncidentState.RESOLVED)


def in_service(at: str, config: str) -> EndpointChanged:
    return EndpointChanged(
        id=f"e/{at}/{config}", at=hour(at), target=CHURN, status="InService", config=config, provenance=BY_EVENT
    )


def coming(at: str, config: str, pending: str) -> DeploymentChanged:
    return DeploymentChanged(
        id=f"d/{at}",
        at=hour(at),
        target=CHURN,
        status="Updating",
        config=config,
        pending=pending,
        provenance=BY_EVENT,
    )


def look(at: str, config: str, status: str = "InService", made: str | None = None) -> EndpointRead:
    return EndpointRead(
        id=f"r/{at}",
        at=hour(at),
        target=CHURN,
        status=status,
        config=config,
        made=hour(made) if made else None,
        provenance=BY_SAGEMAKER,
    )


def ledger(*signals) -> Deployments:
    known = Deployments()
    for signal in signals:
        known = record_signal(known, signal, signal.at, (), None)
    return known


UPDATE = (in_service("08:00", "a"), coming("10:00", "a", "b"))


@pytest.mark.parametrize(
    ("later", "is_coming"),
    [
        (in_service("09:30", "a"), True),
        (in_service("10:00", "a"), False),
        (in_service("10:30", "a"), False),
        (look("10:05", "a", "Updating"), True),
        (look("10:05", "a", "SystemUpdating"), True),
        (look("10:05", "a", "InService"), False),
    ],
    ids=[
        "an event from before",
        "an event of that moment",
        "an event since",
        "Updating",
        "SystemUpdating",
        "InService",
    ],
)
def test_a_deployment_goes_on_until_the_old_config_is_in_service_again_after_it_began(later, is_coming):
    known = ledger(*UPDATE, later)
    assert (known.coming is not None) is is_coming
    assert len(known.undone) == (0 if is_coming else 1)
    assert [each.config for each in known.history] == ["a"]


@pytest.mark.parametrize(
    ("made", "since"),
    [("11:00", "11:00"), ("08:00", "12:00"), ("07:00", "12:00"), ("12:30", "12:00"), (None, "12:00")],
    ids=["made since", "made as the last one came", "an older one", "by a clock ahead", "not known"],
)
def test_a_config_that_came_unheard_came_when_it_was_made_if_that_was_after_the_one_before(made, since):
    known = ledger(in_service("07:30", "z"), in_service("08:00", "a"), look("12:00", "b", made=made))
    assert [each.config for each in known.history] == ["z", "a", "b"]
    assert known.current.since == hour(since)
    assert known.history[1].until == hour(since)


@pytest.mark.parametrize("order", list(permutations(("churn-1", "churn-2", "churn-3"))), ids=" ".join)
def test_of_configs_that_people_named_as_good_the_one_named_last_is_gone_back_to(order):
    marks = tuple(
        ConfigMark(config=config, good=True, by="oncall", proven=True, at=hour(f"{number + 1}:00"))
        for number, config in enumerate(order)
    )
    now = Deployment(config="churn-9", since=hour("08:00"), arrival=DeploymentOrigin.DEPLOYED)
    for given in (marks, tuple(reversed(marks))):
        known = Deployments(history=(now,), marks=given)
        assert known_good(default_policy(), known, {}, hour("12:00")).config == order[-1]


@pytest.mark.parametrize("is_proven", [True, False])
@pytest.mark.parametrize("is_clean", [True, False])
def test_a_mark_that_no_authority_confirms_leaves_a_doubt_whatever_the_runs_were(is_clean, is_proven):
    runs = {"churn-mq": RunTally(clean=9, last="g")} if is_clean else {}
    before = Deployment(config="a", since=DAY, until=hour("08:00"), arrival=DeploymentOrigin.DEPLOYED, runs=runs)
    now = Deployment(config="b", since=hour("08:00"), arrival=DeploymentOrigin.DEPLOYED)
    mark = ConfigMark(config="a", good=True, by="oncall", proven=is_proven, at=hour("09:00"))
    known = Deployments(history=(before, now), marks=(mark,))
    assert (doubt_about(default_policy(), known, {}, "a") is None) is is_proven


@pytest.mark.parametrize(
    ("runs", "is_good"),
    [
        ({"mq": RunTally(clean=9, last="g")}, True),
        ({"mq": RunTally(clean=9, bad=1, last="v")}, False),
        ({"dq": RunTally(clean=9, bad=1, last="v", of_inputs=True)}, True),
        ({"dq": RunTally(clean=9, bad=1, last="v", of_inputs=True), "mq": RunTally(clean=9, last="g")}, True),
        ({"dq": RunTally(clean=9, last="g", of_inputs=True), "mq": RunTally(clean=9, bad=1, last="v")}, False),
    ],
)
def test_what_comes_in_makes_no_config_bad(runs, is_good):
    before = Deployment(
        config="a", since=DAY - timedelta(days=1), until=hour("08:00"), arrival=DeploymentOrigin.DEPLOYED, runs=runs
    )
    now = Deployment(config="b", since=hour("08:00"), arrival=DeploymentOrigin.DEPLOYED)
    found = known_good(default_policy(), Deployments(history=(before, now)), {}, hour("12:00"))
    assert (getattr(found, "config", None) == "a") is is_good
