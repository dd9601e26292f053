"""Many at once, two at the same time, and work that was accepted and never done."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from msgspec.structs import replace

from kedge.domain.errors import Transient
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import DecisionMade, OperatorAction
from kedge.policy import lint
from tests.benchmarks import bench_noise
from tests.fakes.ledger import MemoryLedger
from tests.support.stories import CHURN, drift, policy_of, run
from tests.wanted.teams import Team

BAD = run("19:00", Verdict.VIOLATED, drift("age"))


def test_12_a_thousand_incidents_in_a_minute_are_a_few_messages_and_none_is_lost():
    began = time.process_time()
    storm = bench_noise.storm(incidents=1_000, models=100)
    assert storm.counted == storm.incidents == 1_000
    assert storm.messages <= storm.allowed
    assert time.process_time() - began < 20


LIMITS = "limits: {{{}}}\n"


@pytest.mark.parametrize("fault", ["most_actions: 0", "per: 24", "cooldown: 6", "largest_share_of_fleet: 1.5"])
def test_14_how_often_an_automation_may_act_is_bounded_and_a_bound_that_is_none_is_refused(fault):
    small = "apiVersion: kedge/v1\nreceivers: [{name: ml-oncall}]\nroute: {receiver: ml-oncall}\n"
    assert lint.read(small + LIMITS.format("most_actions: 3, per: 24h, cooldown: 6h"), "p").faults == ()
    (found,) = lint.read(small + LIMITS.format(fault), "p").faults
    assert found.line == 4


def test_14_without_a_word_nothing_is_done_more_than_three_times_a_day_and_nothing_at_all_but_in_a_dry_run():
    limits = Team().ring.policy.limits
    assert (limits.dry_run, limits.most_actions, limits.per) == (True, 3, timedelta(hours=24))


def test_15_two_events_of_one_problem_two_seconds_apart_are_one_incident_told_once():
    other = replace(BAD, id="two seconds later", finished=BAD.finished, job=None)
    team = Team().hears(BAD)
    team.ring.wait(1)
    team.hears(other)
    team.ring.minutes(3)
    assert (len(team.incidents), team.told) == (1, [Reason.FIRST_SEEN])


def test_15_a_second_press_of_a_button_changes_nothing():
    team = Team().hears(BAD)
    pressed = DecisionMade(
        id="pressed",
        at=team.ring.now,
        target=CHURN,
        monitor=Monitor.DATA_QUALITY,
        incident=team.incident.id,
        act=OperatorAction.ACKNOWLEDGE,
        by="oncall",
    )
    team.hears(pressed)
    revision = team.incident.revision
    team.hears(pressed)
    assert team.incident.revision == revision


class DiesAfter(MemoryLedger):
    """The process dies as soon as the first commit is done."""

    def commit(self, commit):
        first = not self.known
        super().commit(commit)
        if first:
            raise KeyboardInterrupt


def test_16_what_was_decided_is_in_the_outbox_together_with_the_decision_whoever_dies_then():
    team = Team(ledger=DiesAfter(), policy=policy_of(evidence={"upstream": None}))
    with pytest.raises(KeyboardInterrupt):
        team.hears(BAD)
    team.ring.restart()
    team.ring.turn()
    assert team.told == [Reason.FIRST_SEEN]


class Refuses(MemoryLedger):
    """Takes nothing."""

    def commit(self, commit):
        raise Transient("throttled")


def test_16_what_could_not_be_kept_is_told_to_nobody_and_left_to_the_queue():
    team = Team(ledger=Refuses())
    with pytest.raises(Transient):
        team.hears(BAD)
    assert (team.ring.ledger.known, team.ring.ledger.outbox) == ({}, [])


class AllAtOnce(MemoryLedger):
    """Lets nobody go on before everybody has read."""

    def __init__(self, barrier: Barrier) -> None:
        super().__init__()
        self._barrier = barrier
        self.waits = True

    def load(self, target, monitor):
        found = super().load(target, monitor)
        if self.waits and monitor is not Monitor.FLEET:
            self._barrier.wait(timeout=120)
        return found

    def commit(self, commit):
        self.waits = self.waits and commit.monitor is Monitor.FLEET
        super().commit(commit)


@pytest.mark.parametrize("writers", [2, 8])
def test_18_signals_that_are_decided_at_the_same_moment_are_decided_one_after_the_other(writers):
    team = Team(ledger=AllAtOnce(Barrier(writers)))
    signals = [
        replace(BAD, id=f"run-{number}", source=f"schedule-{number}", job=f"job-{number}") for number in range(writers)
    ]
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(team.ring.take_in, signals))
    team.ring.turn()
    team.ring.minutes(3)
    assert (len(team.incidents), team.incident.revision) == (1, writers)
    assert team.told == [Reason.FIRST_SEEN]
    assert set(team.state().sources) == {signal.source for signal in signals}
