"""Before people are reminded, SageMaker says whether the target is still there; a deleted endpoint ends all of its cases."""

from datetime import datetime, timedelta
from functools import partial

import msgspec
import pytest

from kedge.decide.next_evaluation import overdue_at
from kedge.domain.decision import CaseState
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, KedgeError, Permanent, Throttled
from kedge.domain.facts import Endpoint
from kedge.domain.ids import schedule_id
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AnySignal, EndpointChanged, RunFinished, ScheduleChanged, TimerFired
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import default_policy
from kedge.ports.facts import EndpointFacts
from kedge.ports.readers import Schedule
from kedge.services.deleted_targets import DeletedTargets
from kedge.services.intake import Intake
from tests.fakes.ledger import MemoryLedger
from tests.fakes.reading import FakeMonitors
from tests.support.ring import SignalsAsTheyAre
from tests.support.stories import BY_EVENT, BY_NOBODY, CHURN, Story, alarm, drift, hour, run

HOME = (CHURN.account, CHURN.region)
SCHEDULE = Schedule(name="churn-dq", arn="arn", status="Scheduled", endpoint=CHURN.name)
THERE = Endpoint(name=CHURN.name, status="InService", config="c1")
BAD = run("10:00", Verdict.VIOLATED, drift("age"))
POLICY = default_policy()


class Endpoints:
    """SageMaker, with one answer for every endpoint, or one failure."""

    def __init__(self, answer: Endpoint | Exception | None) -> None:
        self.answer = answer
        self.questions = 0

    def endpoint(self, name: str) -> Endpoint | None:
        self.questions += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asking(
    endpoint: Endpoint | Exception | None = THERE, *schedules: Schedule, home: tuple[str, str] = HOME
) -> DeletedTargets:
    return DeletedTargets(FakeMonitors(*schedules), _as_facts(Endpoints(endpoint)), *home)


def _as_facts(endpoints: Endpoints) -> EndpointFacts:
    return endpoints  # type: ignore[return-value]


def firing() -> CaseState:
    return Story().tell(BAD, clock=lambda: hour("10:15")).state


def regular() -> CaseState:
    """A monitor that ran every hour until 19:00."""
    story = Story()
    for at in range(8, 20):
        story.tell(run(f"{at}:00", Verdict.CLEAN), clock=lambda at=at: hour(f"{at}:15"))  # type: ignore[misc]
    return story.state


def timer(at: str, target: Target = CHURN) -> TimerFired:
    return TimerFired(id=f"t/{at}", at=hour(at), target=target, monitor=Monitor.DATA_QUALITY)


def found(ending: DeletedTargets, state: CaseState, at: str) -> TimerFired | None:
    return ending.found(POLICY, timer(at), state, hour(at))


def test_a_reminder_of_an_endpoint_that_is_gone_becomes_its_end():
    gone = found(asking(None, SCHEDULE), firing(), "34:15")
    assert gone is not None
    assert (gone.ended, gone.source) == ("endpoint churn-prod does not exist any more", "")


@pytest.mark.parametrize("answer", [THERE, Throttled("Rate exceeded"), Permanent("AccessDenied")])
def test_what_is_there_or_cannot_be_asked_for_has_not_ended(answer: Endpoint | Exception):
    assert found(asking(answer, SCHEDULE), firing(), "34:15") is None


def test_nobody_asks_while_no_reminder_and_no_run_is_due():
    endpoints = Endpoints(None)
    ending = DeletedTargets(FakeMonitors(), _as_facts(endpoints), *HOME)
    assert ending.found(POLICY, timer("12:00"), firing(), hour("12:00")) is None
    assert ending.found(POLICY, BAD, firing(), hour("34:15")) is None
    assert ending.found(POLICY, timer("34:15"), CaseState(), hour("34:15")) is None
    assert endpoints.questions == 0


@pytest.mark.parametrize("home", [("999900001111", CHURN.region), (CHURN.account, "eu-west-1")])
def test_a_target_of_another_account_or_region_is_not_gone_because_it_is_unknown_here(home: tuple[str, str]):
    assert found(asking(None, home=home), firing(), "34:15") is None


def test_a_run_of_a_deleted_schedule_is_not_overdue():
    gone = found(asking(THERE), regular(), "23:00")
    assert gone is not None
    assert (gone.ended, gone.source) == ("monitoring schedule churn-dq does not exist any more", "churn-dq")
    assert found(asking(THERE, SCHEDULE), regular(), "23:00") is None


def test_a_detector_without_a_schedule_may_be_overdue():
    story = Story()
    for at in range(8, 20):
        signal = run(f"{at}:00", Verdict.CLEAN, provenance=BY_EVENT)
        story.tell(signal, clock=lambda at=at: hour(f"{at}:15"))  # type: ignore[misc]
    assert found(asking(THERE), story.state, "23:00") is None


def stopped(*, provenance: Provenance) -> ScheduleChanged:
    return ScheduleChanged(
        id=schedule_id(CHURN.account, CHURN.region, "churn-dq", "Stopped", "2026-11-20T11:00:00.000Z"), at=hour("11:00"),
        target=CHURN, monitor=Monitor.DATA_QUALITY, source="churn-dq", status="Stopped", provenance=provenance,
    )  # fmt: skip


def test_a_schedule_that_was_stopped_and_deleted_is_gone_though_only_an_event_told_of_it():
    story = Story().tell(BAD, clock=lambda: hour("10:15"))
    story.tell(stopped(provenance=BY_EVENT), clock=lambda: hour("11:01"))
    gone = found(asking(THERE), story.state, "35:15")
    assert gone is not None
    assert gone.source == "churn-dq"


def test_a_schedule_is_asked_for_even_if_its_endpoint_cannot_be():
    gone = found(asking(Permanent("AccessDenied")), firing(), "34:15")
    assert gone is not None
    assert gone.source == "churn-dq"


def test_every_schedule_that_is_bad_is_asked_for_before_a_reminder():
    story = Story().tell(BAD, clock=lambda: hour("10:15"))
    second = run("10:00", Verdict.VIOLATED, drift("income"), source="churn-geo")
    story.tell(second, clock=lambda: hour("10:20"))
    gone = found(asking(THERE, SCHEDULE), story.state, "34:15")
    assert gone is not None
    assert gone.source == "churn-geo"


class World:
    """Intake and its ledger in memory, at a time that a test chooses."""

    def __init__(self, ending: DeletedTargets | None = None) -> None:
        self.now: datetime = hour("10:15")
        self.ledger = MemoryLedger()
        self.intake = Intake(
            SignalsAsTheyAre(),  # type: ignore[arg-type]
            self.ledger,
            lambda: POLICY,
            tuple(ChannelName),
            "",
            lambda: self.now,
            ending=ending,
        )

    def take(self, signal: AnySignal, at: str) -> Reason:
        self.now = hour(at)
        decision = self.intake.settle(signal).decision
        assert decision is not None
        return decision.reason

    def state(self, monitor: Monitor) -> IncidentState:
        incident = self.ledger.load(CHURN, monitor)[0].incident
        assert incident is not None
        return incident.state


def deleted(at: str, **more: object) -> EndpointChanged:
    signal = EndpointChanged(id=f"deleted/{at}", at=hour(at), target=CHURN, status="Deleted", provenance=BY_EVENT)
    return msgspec.structs.replace(signal, **more)


def test_a_deleted_endpoint_ends_the_incidents_of_all_its_monitors():
    world = World()
    world.take(BAD, "10:15")
    world.take(alarm("10:20", Verdict.ALARM), "10:21")
    world.take(deleted("12:00"), "12:01")
    assert world.state(Monitor.DATA_QUALITY) is world.state(Monitor.ALARM) is IncidentState.RESOLVED
    assert world.take(deleted("12:00"), "12:02") is Reason.DUPLICATE
    assert world.take(timer("34:15"), "34:15") is Reason.NOTHING_DUE


@pytest.mark.parametrize("change", [{"provenance": BY_NOBODY}, {"status": "Deleting"}, {"status": "InService"}])
def test_what_is_only_said_or_only_begun_ends_nothing(change: dict[str, object]):
    world = World()
    world.take(BAD, "10:15")
    world.take(deleted("12:00", **change), "12:01")
    assert world.state(Monitor.DATA_QUALITY) is IncidentState.FIRING


def test_a_deletion_that_is_heard_of_late_ends_nothing_of_the_endpoint_that_came_after_it():
    world = World()
    world.take(BAD, "10:15")
    world.take(run("14:00", Verdict.VIOLATED, drift("age")), "14:15")
    world.take(deleted("12:00"), "14:20")
    assert world.state(Monitor.DATA_QUALITY) is IncidentState.FIRING


def test_the_end_that_was_found_by_asking_is_decided_in_place_of_the_reminder():
    world = World(asking(None))
    world.take(BAD, "10:15")
    assert world.take(timer("34:15"), "34:15") is Reason.RESOLVED
    assert world.state(Monitor.DATA_QUALITY) is IncidentState.RESOLVED


def test_a_batch_schedule_is_its_own_target():
    batch = Target(account=CHURN.account, region=CHURN.region, kind=TargetKind.SCHEDULE, name="nightly")
    signal: RunFinished = msgspec.structs.replace(BAD, target=batch, source="nightly")
    state = Story().tell(signal, clock=lambda: hour("10:15")).state
    at = hour("10:15") + timedelta(days=1)
    gone = asking(THERE).found(POLICY, timer("34:15", batch), state, at)
    assert gone is not None
    assert (gone.target, gone.source) == (batch, "")


SCHEDULED = {Monitor.DATA_QUALITY, Monitor.MODEL_QUALITY, Monitor.MODEL_BIAS, Monitor.MODEL_EXPLAINABILITY}


def ran(source: str = "churn-dq", **more: object) -> RunFinished:
    return msgspec.structs.replace(BAD, **{"id": source, "source": source, **more})


def firing_of(monitor: Monitor) -> CaseState:
    signal = alarm("10:00", Verdict.ALARM) if monitor is Monitor.ALARM else ran(monitor=monitor)
    return Story().tell(signal, clock=lambda: hour("10:15")).state


@pytest.mark.parametrize("monitor", [each for each in Monitor if each not in (Monitor.FLEET, Monitor.POLICY)])
def test_an_endpoint_is_asked_for_whatever_its_case_and_a_schedule_if_its_monitor_has_one(monitor: Monitor):
    state, at = firing_of(monitor), hour("34:15")
    signal = TimerFired(id="t", at=at, target=CHURN, monitor=monitor)
    gone = asking(None).found(POLICY, signal, state, at)
    assert gone is not None
    assert (gone.monitor, gone.source) == (monitor, "")
    schedule = asking(THERE).found(POLICY, signal, state, at)
    assert (schedule.source if schedule is not None else None) == ("churn-dq" if monitor in SCHEDULED else None)


@pytest.mark.parametrize(("seconds", "is_due"), [(-1, False), (0, True), (1, True)])
@pytest.mark.parametrize("due", ["reminder", "missing run"])
def test_sagemaker_is_asked_from_the_moment_on_at_which_something_is_due(due: str, seconds: int, *, is_due: bool):
    state = firing() if due == "reminder" else regular()
    at = state.incident.remind_at if state.incident is not None else overdue_at(POLICY, state.sources["churn-dq"])
    assert at is not None
    when = at + timedelta(seconds=seconds)
    signal = TimerFired(id="t", at=when, target=CHURN, monitor=Monitor.DATA_QUALITY)
    assert (asking(None).found(POLICY, signal, state, when) is not None) is is_due


@pytest.mark.parametrize("gone", ["one", "two", "three"])
def test_of_several_schedules_that_are_due_each_is_asked_for(gone: str):
    names = ("one", "two", "three")
    story = Story()
    for at in range(8, 20):
        signals = [run(f"{at}:00", Verdict.CLEAN, source=name) for name in names]
        story.tell(*signals, clock=partial(hour, f"{at}:15"))
    there = [msgspec.structs.replace(SCHEDULE, name=name) for name in names if name != gone]
    found_ = found(asking(THERE, *there), story.state, "23:00")
    assert found_ is not None
    assert found_.source == gone


@pytest.mark.parametrize("is_known", [True, False])
def test_the_schedule_of_which_people_would_be_reminded_is_asked_for_if_its_case_knows_it(*, is_known: bool):
    state = firing()
    known = state if is_known else msgspec.structs.replace(state, sources={})
    gone = found(asking(THERE), known, "34:15")
    assert (gone.source if gone is not None else None) == ("churn-dq" if is_known else None)


@pytest.mark.parametrize(
    "failing", [Throttled("Rate exceeded"), Permanent("AccessDenied"), Conflict("another was first")]
)
@pytest.mark.parametrize("endpoint", [THERE, None])
def test_of_a_schedule_that_cannot_be_asked_for_nothing_has_ended(failing: KedgeError, endpoint: Endpoint | None):
    monitors = FakeMonitors()
    monitors.failing = failing
    ending = DeletedTargets(monitors, _as_facts(Endpoints(endpoint)), *HOME)
    assert (found(ending, firing(), "34:15") is None) is (endpoint is THERE)


def test_what_has_ended_is_not_asked_for_once_more():
    endpoints = Endpoints(None)
    ending = DeletedTargets(FakeMonitors(), _as_facts(endpoints), *HOME)
    at = hour("34:15")
    gone = ending.found(POLICY, timer("34:15"), firing(), at)
    assert gone is not None
    assert ending.found(POLICY, gone, firing(), at) is None
    assert endpoints.questions == 1


@pytest.mark.parametrize("state", list(IncidentState))
def test_of_what_is_over_nobody_is_reminded_so_nobody_asks(state: IncidentState):
    known = firing()
    incident = msgspec.structs.replace(known.incident, state=state)
    gone = found(asking(None), msgspec.structs.replace(known, incident=incident), "34:15")
    assert (gone is not None) is (state is not IncidentState.RESOLVED)
