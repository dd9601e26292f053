"""What speaks ends what it opened, whatever it looks at by then."""

import pytest
from msgspec.structs import replace

from kedge.domain.decision import CaseState, Reason
from kedge.domain.effect import ChannelName
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished, ScheduleChanged
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import default_policy
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.intake import Intake, IntakeOutcome
from tests.fakes.ledger import MemoryLedger
from tests.support.ring import SignalsAsTheyAre
from tests.support.stories import BY_CLOUDWATCH, BY_EVENT, BY_NOBODY, CHURN, DAY, drift, hour, run
from tests.support.stories import alarm as changed

NEXT = replace(CHURN, name="churn-v2")
ALARM = replace(CHURN, kind=TargetKind.ALARM, name="latency")
SCHEDULE = replace(CHURN, kind=TargetKind.SCHEDULE, name="churn-dq")
PIPELINE = replace(CHURN, kind=TargetKind.PIPELINE, name="score-churn")
ELSEWHERE = replace(CHURN, account="444455556666")
BY_DETECTOR = Provenance(entry_point=EntryPoint.DIRECT, voucher=Voucher.DETECTOR, says="a detector")


class World:
    """Intake over a ledger in memory."""

    def __init__(self, confirming: AlarmConfirmation | None = None) -> None:
        self.ledger = MemoryLedger()
        self.now = DAY
        self.intake = Intake(
            SignalsAsTheyAre(),  # type: ignore[arg-type]
            self.ledger,
            default_policy,
            (ChannelName.MAIL,),
            "test",
            lambda: self.now,
            confirming=confirming,
        )

    def hear(self, *signals: AnySignal, times: int = 1) -> list[IntakeOutcome]:
        """Take signals in as they arrive, each so many times; what came of the first time of each."""
        heard = []
        for signal in signals:
            self.now = max(self.now, signal.at)
            first, *_ = [self.intake.settle(signal) for _ in range(times)]
            heard.append(first)
        return heard

    def state(self, target: Target, monitor: Monitor = Monitor.ALARM) -> CaseState:
        return self.ledger.load(target, monitor)[0]

    def is_open(self, target: Target, monitor: Monitor = Monitor.ALARM) -> bool:
        incident = self.state(target, monitor).incident
        return incident is not None and incident.is_open


def latency(at: str, verdict: Verdict, about: Target, provenance: Provenance = BY_CLOUDWATCH, **more) -> AlarmChanged:
    """The alarm `latency`, which looks at a target."""
    told = replace(changed(at, verdict, "latency", provenance=provenance), target=about, **more)
    return replace(told, id=f"{told.id}/{about}", alarm_account=CHURN.account)


def dq(at: str, verdict: Verdict, about: Target, **more) -> RunFinished:
    """A run of the schedule `churn-dq`."""
    findings = drift("age") if verdict is Verdict.VIOLATED else ()
    return replace(run(at, verdict, findings), target=about, **more)


def reasons(heard: list[IntakeOutcome]) -> list[Reason]:
    return [outcome.decision.reason for outcome in heard]


OTHERS = [NEXT, ALARM, ELSEWHERE]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("now_about", OTHERS, ids=lambda target: target.name)
def test_an_alarm_that_is_ok_ends_what_it_opened_whatever_it_looks_at_now(now_about, times):
    world = World()
    heard = world.hear(
        latency("10:00", Verdict.ALARM, CHURN),
        latency("10:30", Verdict.INSUFFICIENT_DATA, now_about),
        latency("10:35", Verdict.OK, now_about),
        times=times,
    )
    assert not world.is_open(CHURN)
    assert not world.is_open(now_about)
    last = heard[-1].decision
    assert (last.reason, last.incident.target, last.incident.state) == (Reason.RESOLVED, CHURN, IncidentState.RESOLVED)
    assert last.effects
    assert heard[-1].signal.verdict is Verdict.OK


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("now_about", OTHERS, ids=lambda target: target.name)
def test_an_alarm_that_goes_off_for_another_target_opens_that_one_and_ends_the_first(now_about, times):
    world = World()
    heard = world.hear(latency("10:00", Verdict.ALARM, CHURN), latency("10:35", Verdict.ALARM, now_about), times=times)
    assert (world.is_open(CHURN), world.is_open(now_about)) == (False, True)
    assert reasons(heard) == [Reason.FIRST_SEEN, Reason.FIRST_SEEN]
    ended = world.ledger.timelines[heard[0].decision.incident.id][-1]
    assert f"looks at {now_about} now" in ended.because


def test_an_alarm_without_data_about_another_target_ends_nothing():
    world = World()
    world.hear(latency("10:00", Verdict.ALARM, CHURN), latency("10:30", Verdict.INSUFFICIENT_DATA, NEXT))
    assert world.is_open(CHURN)


def test_an_alarm_that_looks_here_and_there_has_one_incident_open_at_a_time():
    world = World()
    for minute, about in enumerate([CHURN, NEXT, CHURN, NEXT, CHURN]):
        world.hear(latency(f"10:{minute:02}", Verdict.ALARM, about))
        assert [target for target in (CHURN, NEXT) if world.is_open(target)] == [about]
    world.hear(latency("11:00", Verdict.OK, CHURN))
    assert not world.is_open(CHURN)


@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK])
def test_what_comes_late_of_the_target_before_opens_and_ends_nothing(verdict):
    world = World()
    world.hear(latency("10:35", Verdict.ALARM, NEXT))
    (late,) = world.hear(latency("10:00", verdict, CHURN))
    assert late.decision.reason is Reason.SUPERSEDED
    assert (world.is_open(CHURN), world.is_open(NEXT)) == (False, True)


def test_another_alarm_of_the_target_holds_its_incident_open():
    world = World()
    heard = world.hear(
        latency("10:00", Verdict.ALARM, CHURN),
        changed("10:01", Verdict.ALARM, "errors"),
        latency("10:35", Verdict.OK, NEXT),
    )
    assert heard[-1].decision.reason is Reason.OTHERS_FIRING
    assert world.is_open(CHURN)


@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.OK])
def test_what_nobody_confirms_ends_nothing_that_is_confirmed_of_another_target(verdict):
    world = World()
    world.hear(latency("10:00", Verdict.ALARM, CHURN), latency("10:35", verdict, NEXT, BY_NOBODY))
    assert world.is_open(CHURN)
    before = world.state(CHURN)
    assert before.sources["latency"].bad
    world.hear(latency("10:40", Verdict.OK, CHURN))
    assert not world.is_open(CHURN)


def test_what_nobody_confirms_ends_what_nobody_confirmed():
    world = World()
    world.hear(latency("10:00", Verdict.ALARM, CHURN, BY_NOBODY), latency("10:35", Verdict.OK, NEXT, BY_NOBODY))
    assert not world.is_open(CHURN)


def test_what_is_confirmed_ends_what_was_only_said():
    world = World()
    world.hear(
        latency("10:00", Verdict.ALARM, ALARM, BY_NOBODY, vague=True), latency("10:35", Verdict.OK, CHURN, BY_EVENT)
    )
    assert not world.is_open(ALARM)


@pytest.mark.parametrize("provenance", [BY_EVENT, BY_NOBODY])
def test_an_alarm_by_a_road_that_says_less_belongs_where_it_is_known(provenance):
    world = World()
    heard = world.hear(
        latency("10:00", Verdict.ALARM, CHURN), latency("10:05", Verdict.ALARM, ALARM, provenance, vague=True)
    )
    assert heard[-1].signal.target == CHURN
    assert not world.is_open(ALARM)


def test_an_alarm_of_another_account_ends_nothing_here():
    world = World()
    theirs = replace(latency("10:35", Verdict.OK, ELSEWHERE), alarm_account=ELSEWHERE.account)
    world.hear(latency("10:00", Verdict.ALARM, CHURN), theirs)
    assert world.is_open(CHURN)


GONE = {"target": SCHEDULE, "vague": True, "source": "churn-dq"}


@pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.VIOLATED, Verdict.FAILED, Verdict.INCONCLUSIVE])
def test_a_run_whose_schedule_cannot_be_described_any_more_makes_no_second_case(verdict):
    world = World()
    heard = world.hear(
        dq("10:00", Verdict.VIOLATED, CHURN), replace(dq("11:00", verdict, SCHEDULE), **GONE, monitor=Monitor.CUSTOM)
    )
    assert heard[-1].signal.target == CHURN
    assert world.state(SCHEDULE, Monitor.DATA_QUALITY).incident is None
    assert world.is_open(CHURN, Monitor.DATA_QUALITY) is (verdict is not Verdict.CLEAN)


def test_the_name_of_a_schedule_out_of_an_arn_is_the_same_schedule():
    world = World()
    opened = dq("10:00", Verdict.VIOLATED, CHURN, source="Churn-DQ")
    world.hear(opened, replace(dq("11:00", Verdict.CLEAN, SCHEDULE), **GONE))
    assert not world.is_open(CHURN, Monitor.DATA_QUALITY)


def test_a_schedule_that_was_deleted_is_a_fault_of_the_endpoint_that_it_watched():
    world = World()
    gone = ScheduleChanged(
        id="gone", at=hour("11:00"), target=SCHEDULE, monitor=Monitor.CUSTOM, source="churn-dq", status="Stopped",
        vague=True, provenance=BY_EVENT,
    )  # fmt: skip
    heard = world.hear(dq("10:00", Verdict.CLEAN, CHURN), gone)
    assert heard[-1].decision.incident.target == CHURN


@pytest.mark.parametrize(("monitor", "about"), [(Monitor.DATA_QUALITY, NEXT), (Monitor.MODEL_QUALITY, CHURN)])
@pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.VIOLATED])
def test_a_schedule_that_watches_another_endpoint_or_makes_another_check_ends_what_it_opened(monitor, about, verdict):
    world = World()
    world.hear(dq("10:00", Verdict.VIOLATED, CHURN), dq("11:00", verdict, about, monitor=monitor))
    assert not world.is_open(CHURN, Monitor.DATA_QUALITY)
    assert world.is_open(about, monitor) is (verdict is Verdict.VIOLATED)


def test_a_clean_run_of_another_endpoint_is_no_clean_run_of_the_first():
    world = World()
    world.hear(dq("10:00", Verdict.VIOLATED, CHURN), dq("11:00", Verdict.CLEAN, NEXT))
    assert "churn-dq" not in world.state(CHURN, Monitor.DATA_QUALITY).sources


@pytest.mark.parametrize("provenance", [BY_DETECTOR, BY_NOBODY])
def test_a_detector_may_make_several_checks_under_one_name(provenance):
    world = World()
    for monitor in (Monitor.DATA_QUALITY, Monitor.MODEL_BIAS):
        world.hear(dq("10:00", Verdict.VIOLATED, CHURN, monitor=monitor, job=None, provenance=provenance))
    assert world.is_open(CHURN, Monitor.DATA_QUALITY)
    assert world.is_open(CHURN, Monitor.MODEL_BIAS)


def test_a_step_of_which_only_an_event_tells_ends_what_it_opened():
    world = World()
    opened = dq("10:00", Verdict.VIOLATED, PIPELINE, source="Check", monitor=Monitor.MODEL_QUALITY)
    forgotten = dq(
        "11:00", Verdict.CLEAN, PIPELINE, source="Check", monitor=Monitor.CUSTOM, vague=True, provenance=BY_EVENT
    )
    other = replace(opened, source="Other", monitor=Monitor.DATA_QUALITY, id="other")
    world.hear(opened, other, forgotten)
    assert not world.is_open(PIPELINE, Monitor.MODEL_QUALITY)
    assert world.is_open(PIPELINE, Monitor.DATA_QUALITY)


def test_a_schedule_that_is_known_in_its_case_costs_no_look():
    world = World()
    asked: list[Target] = []
    spoken = world.ledger.spoken
    world.ledger.spoken = lambda source_target: asked.append(source_target) or spoken(source_target)  # type: ignore[method-assign,func-returns-value]
    world.hear(*(dq(at, Verdict.CLEAN, CHURN) for at in ("10:00", "11:00", "12:00")))
    assert len(asked) == 1


# Contributors.

FLEET = replace(CHURN, kind=TargetKind.ALARM, name="fleet-5xx")


def fleet(
    at: str, verdict: Verdict, part: str = "", about: Target = FLEET, provenance: Provenance = BY_EVENT
) -> AlarmChanged:
    """The alarm `fleet-5xx`, or one contributor of it."""
    told = replace(changed(at, verdict, "fleet-5xx", provenance=provenance), target=about, alarm_account=FLEET.account)
    attributes = {"Service": part} if part else {}
    return replace(told, id=f"{told.id}/{part}/{about}", contributor=part, attributes=attributes)


@pytest.mark.parametrize("times", [1, 2])
def test_an_alarm_is_firing_until_its_last_contributor_is_ok(times):
    world = World()
    heard = world.hear(
        fleet("10:00", Verdict.ALARM, "churn"),
        fleet("10:00", Verdict.ALARM, "fraud"),
        fleet("10:20", Verdict.OK, "churn"),
        fleet("10:40", Verdict.OK, "fraud"),
        times=times,
    )
    assert reasons(heard)[2:] == [Reason.OTHERS_FIRING, Reason.RESOLVED]
    listed = [outcome.decision.incident.problem.contributors for outcome in heard[:3]]
    assert listed == [("Service=churn",), ("Service=churn", "Service=fraud"), ("Service=fraud",)]


def test_a_contributor_that_goes_off_later_is_news_and_the_whole_alarm_is_not():
    world = World()
    heard = world.hear(
        fleet("10:00", Verdict.ALARM, "churn"),
        fleet("10:00", Verdict.ALARM),
        fleet("10:20", Verdict.ALARM, "fraud"),
    )
    assert reasons(heard) == [Reason.FIRST_SEEN, Reason.STILL_FIRING, Reason.ANOTHER_ALARM]


def test_the_whole_alarm_told_first_is_told_once():
    world = World()
    heard = world.hear(fleet("10:00", Verdict.ALARM), fleet("10:00", Verdict.ALARM, "churn"))
    assert reasons(heard) == [Reason.FIRST_SEEN, Reason.STILL_FIRING]


def test_a_whole_alarm_that_is_ok_ends_all_of_its_contributors_wherever_they_are():
    world = World()
    world.hear(
        fleet("10:00", Verdict.ALARM, "a"),
        fleet("10:00", Verdict.ALARM, "b", CHURN),
        fleet("10:00", Verdict.ALARM, "c", NEXT),
        fleet("10:30", Verdict.OK),
    )
    assert not any(map(world.is_open, (FLEET, CHURN, NEXT)))
    late = world.hear(fleet("10:10", Verdict.ALARM, "a"), fleet("10:10", Verdict.ALARM, "d"))
    assert reasons(late) == [Reason.SUPERSEDED, Reason.SUPERSEDED]


@pytest.mark.parametrize("verdict", [Verdict.ALARM, Verdict.INSUFFICIENT_DATA])
def test_a_whole_alarm_that_is_not_ok_ends_no_contributor(verdict):
    world = World()
    world.hear(fleet("10:00", Verdict.ALARM, "b", CHURN), fleet("10:30", verdict))
    assert world.is_open(CHURN)


def test_a_whole_alarm_that_nobody_confirms_ends_no_confirmed_contributor():
    world = World()
    world.hear(
        fleet("10:00", Verdict.ALARM, "a"),
        fleet("10:00", Verdict.ALARM, "b", CHURN),
        fleet("10:30", Verdict.OK, provenance=BY_NOBODY),
    )
    assert world.is_open(FLEET)
    assert world.is_open(CHURN)


@pytest.mark.parametrize("provenance", [BY_NOBODY, BY_EVENT])
def test_a_whole_alarm_that_is_ok_ends_the_contributors_of_which_only_messages_told(provenance):
    world = World()
    world.hear(
        fleet("10:00", Verdict.ALARM, "b", CHURN, provenance=BY_NOBODY),
        fleet("10:00", Verdict.ALARM, "c", NEXT, provenance=BY_NOBODY),
        fleet("10:30", Verdict.OK, provenance=provenance),
    )
    assert not any(map(world.is_open, (CHURN, NEXT)))


def test_strangers_can_have_only_so_many_contributors_of_an_alarm_kept():
    world = World()
    for number in range(120):
        world.hear(fleet("10:00", Verdict.ALARM, f"s{number}", provenance=BY_NOBODY))
    assert len(world.ledger.spoken(FLEET)) == 100
    world.hear(fleet("10:01", Verdict.ALARM, "b", CHURN))
    assert len(world.ledger.spoken(FLEET)) == 101


def test_one_contributor_says_nothing_of_another():
    world = World()
    world.hear(
        fleet("10:00", Verdict.ALARM, "b", CHURN),
        fleet("10:00", Verdict.ALARM, "c", NEXT),
        fleet("10:30", Verdict.OK, "b", CHURN),
    )
    assert (world.is_open(CHURN), world.is_open(NEXT)) == (False, True)


def test_an_alarm_of_hundreds_of_contributors_stays_small_enough_to_be_kept():
    world = World()
    for number in range(200):
        world.hear(fleet("10:00", Verdict.ALARM, f"s{number}"), fleet("10:01", Verdict.OK, f"s{number}"))
    assert len(world.state(FLEET).sources) < 80


def test_a_label_asks_for_the_alarm_and_not_for_its_contributor():
    world = World()
    (heard,) = world.hear(fleet("10:00", Verdict.ALARM, "churn"))
    assert heard.decision.incident.problem.source_name == "fleet-5xx"
