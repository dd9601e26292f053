"""Intake between a reader and a ledger, both in memory."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict
from kedge.domain.ids import mark
from kedge.domain.run import Evidence, Monitor, Reading, Verdict
from kedge.domain.signal import (
    AnySignal,
    DeploymentChanged,
    EndpointChanged,
    Ignored,
    ModelPackageChanged,
    PipelineFinished,
    ScheduleChanged,
    SilenceChanged,
)
from kedge.domain.silence import Silence
from kedge.policy.compiled import default_policy
from kedge.ports.storage import Commit
from kedge.services.intake import Intake, IntakeOutcome
from tests.fakes.ledger import MemoryLedger
from tests.support.stories import BY_EVENT, CHURN, DAY, drift, hour, run

NOON = hour("12:00")


class Told:
    """A reader that says what the test tells it to."""

    def __init__(self, *signals: AnySignal | Ignored) -> None:
        self.signals = signals

    def read(self, _raw: object, _received: datetime, *_by: object) -> tuple[AnySignal | Ignored, ...]:
        return self.signals


class Contested(MemoryLedger):
    """A ledger in which somebody else is faster, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def commit(self, commit: Commit) -> None:
        if self.times:
            self.times -= 1
            raise Conflict("somebody was faster")
        super().commit(commit)


def intake(ledger: MemoryLedger, *signals: AnySignal | Ignored) -> Intake:
    channels = (ChannelName.MAIL, ChannelName.PROGRAMS)
    return Intake(Told(*signals), ledger, default_policy, channels, "test", lambda: NOON)  # type: ignore[arg-type]


def quiet(name: str, said: str, ends: str) -> SilenceChanged:
    silence = Silence(
        id="s-1",
        matchers=('endpoint="churn"',),
        starts_at=hour("09:00"),
        ends_at=hour(ends),
        author="oncall",
        comment="upgrade",
    )
    return SilenceChanged(id=name, at=hour(said), target=CHURN, silence=silence)


def test_an_expired_silence_does_not_come_back_when_what_began_it_is_delivered_again():
    ledger, began, ended = MemoryLedger(), quiet("began", "09:00", "20:00"), quiet("ended", "10:00", "10:00")
    outcomes = intake(ledger, began, ended, began).take_in({}, NOON)
    assert [None if each.decision is None else each.decision.reason for each in outcomes] == [
        None,
        None,
        Reason.SUPERSEDED,
    ]
    assert ledger.silences["s-1"].ends_at == hour("10:00")


def test_what_is_ignored_touches_no_ledger():
    ledger = MemoryLedger()
    (outcome,) = intake(ledger, Ignored.BASELINE_JOB).take_in({}, NOON)
    assert outcome.ignored is Ignored.BASELINE_JOB
    assert ledger.known == {}


def test_a_violation_leaves_an_effect_for_each_channel_in_the_outbox():
    ledger = MemoryLedger()
    (outcome,) = intake(ledger, run("10:00", Verdict.VIOLATED, drift("age"))).take_in({}, NOON)
    assert outcome.decision is not None
    assert [effect.channel for effect in ledger.outbox] == [ChannelName.MAIL, ChannelName.PROGRAMS]
    assert len({effect.id for effect in ledger.outbox}) == 2


def test_a_losing_writer_reads_again_and_commits_once():
    ledger = Contested(2)
    intake(ledger, run("10:00", Verdict.VIOLATED, drift("age"))).take_in({}, NOON)
    assert len(ledger.outbox) == 2


def test_a_writer_that_always_loses_leaves_the_signal_to_the_queue():
    ledger = Contested(999)
    with pytest.raises(Conflict):
        intake(ledger, run("10:00", Verdict.VIOLATED, drift("age"))).take_in({}, NOON)
    assert ledger.outbox == []


def test_taking_the_same_signal_in_again_commits_nothing():
    ledger = MemoryLedger()
    entry_point = intake(ledger, run("10:00", Verdict.VIOLATED, drift("age")))
    entry_point.take_in({}, NOON)
    before = dict(ledger.known)
    (again,) = entry_point.take_in({}, NOON)
    assert again.decision is not None
    assert again.decision.reason is Reason.DUPLICATE
    assert ledger.known == before


def test_an_endpoints_change_is_noted_once_and_an_older_one_is_old_news():
    ledger = MemoryLedger()
    updating = EndpointChanged(id="endpoint/1", at=DAY, target=CHURN, status="Updating", provenance=BY_EVENT)
    serving = EndpointChanged(
        id="endpoint/2", at=DAY + timedelta(minutes=9), target=CHURN, status="InService", provenance=BY_EVENT
    )
    outcomes = intake(ledger, serving, updating, serving).take_in({}, NOON)
    assert reasons(outcomes) == [Reason.NOTED, Reason.SUPERSEDED, Reason.DUPLICATE]
    assert ledger.outbox == []


@pytest.mark.parametrize(
    "changed",
    [
        DeploymentChanged(id="deployment/1", at=DAY, target=CHURN, status="Updating", provenance=BY_EVENT),
        PipelineFinished(
            id="pipeline/1", at=DAY, target=CHURN, execution="e-1", status="Succeeded", provenance=BY_EVENT
        ),
        ModelPackageChanged(id="package/1", at=DAY, target=CHURN, package="churn/2", provenance=BY_EVENT),
        ScheduleChanged(
            id="s/1",
            at=DAY,
            target=CHURN,
            monitor=Monitor.DATA_QUALITY,
            source="churn-dq",
            status="Scheduled",
            provenance=BY_EVENT,
        ),
    ],
)
def test_what_is_only_noted_is_noted_once_and_late_news_of_something_else_is_news(changed: AnySignal):
    earlier = replace(changed, id="another", at=DAY - timedelta(hours=1))
    ledger = MemoryLedger()
    outcomes = intake(ledger, changed, changed, earlier).take_in({}, NOON)
    assert reasons(outcomes) == [Reason.NOTED, Reason.DUPLICATE, Reason.NOTED]
    ((state, _),) = ledger.known.values()
    assert state.recent == (mark(changed.id), mark(earlier.id))


def reasons(outcomes: tuple[IntakeOutcome, ...]) -> list[Reason]:
    return [outcome.decision.reason for outcome in outcomes if outcome.decision is not None]


def test_the_good_news_of_a_detector_reaches_the_incident_that_its_bad_news_opened():
    """Its report names the monitor only while it holds findings."""
    ledger = MemoryLedger()
    bad = run("10:00", Verdict.VIOLATED, drift("age"), source="our-detector", job=None)
    good = run("11:00", Verdict.CLEAN, source="our-detector", job=None, monitor=Monitor.CUSTOM)
    good = replace(good, evidence=Evidence(reading=Reading.READ))
    first, second = intake(ledger, bad, good).take_in({}, NOON)
    assert first.decision is not None
    assert second.decision is not None
    assert second.decision.reason is Reason.RESOLVED


def test_the_good_news_of_one_detector_says_nothing_of_another():
    ledger = MemoryLedger()
    bad = run("10:00", Verdict.VIOLATED, drift("age"), source="our-detector", job=None)
    good = run("11:00", Verdict.CLEAN, source="their-detector", job=None, monitor=Monitor.CUSTOM)
    _, second = intake(ledger, bad, good).take_in({}, NOON)
    assert second.decision is not None
    assert second.decision.reason is Reason.CLEAN
    assert ledger.known[CHURN, Monitor.DATA_QUALITY][0].incident.is_open  # type: ignore[union-attr]
