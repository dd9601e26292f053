"""Taking signals in, while others do and while things break."""

import pytest
from msgspec.structs import replace

from kedge.decide.fleet import fleet_of
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, MalformedSignal, Permanent, Transient
from kedge.domain.run import Monitor
from kedge.domain.signal import Ignored
from kedge.domain.target import TargetKind
from kedge.policy.compiled import default_policy
from kedge.services.intake import Intake
from tests.fakes.ledger import MemoryLedger
from tests.support.ledgers import MONITOR, NOW, clean, take, violated
from tests.support.ring import Ring, SignalsAsTheyAre
from tests.support.stories import CHURN


def reasons(outcomes):
    return [outcome.decision.reason for outcome in outcomes]


def test_a_problem_is_told_once_through_every_channel():
    ring = Ring(channels=(ChannelName.MAIL, ChannelName.PROGRAMS))
    assert reasons(ring.take_in(violated(), violated())) == [Reason.FIRST_SEEN, Reason.DUPLICATE]
    assert [effect.channel for effect in ring.ledger.outbox] == [ChannelName.MAIL, ChannelName.PROGRAMS]


def test_once_round_people_hear_of_the_problem_and_of_its_end():
    ring = Ring()
    ring.turn(clean("10:00"))
    ring.turn(violated("11:00"), violated("12:00"))
    ring.wait(3600)
    ring.turn(clean("13:00"))
    assert ["FIRING" in mail.subject for mail in ring.mail.sent] == [True, False]
    assert "RESOLVED" in ring.mail.sent[1].subject


def test_what_is_ignored_costs_nothing():
    ring = Ring()
    (outcome,) = ring.take_in(Ignored.BASELINE_JOB)
    assert (outcome.ignored, outcome.signal, outcome.decision) == (Ignored.BASELINE_JOB, None, None)
    assert ring.ledger.known == {}


def test_a_signal_that_cannot_be_read_is_no_silence():
    with pytest.raises(MalformedSignal):
        Ring().take_in(MalformedSignal("$.detail", "is missing"))


class Overtaken(MemoryLedger):
    """Somebody else commits to the same case just before the first `times` commits of it."""

    def __init__(self, times):
        super().__init__()
        self.others = [violated(f"{8 + number:02}:00", "income") for number in range(times)]

    def commit(self, commit):
        if self.others and commit.monitor is MONITOR:
            other, ledger = self.others.pop(0), MemoryLedger()
            ledger.known = self.known
            take(ledger, other)
        super().commit(commit)


def test_a_losing_writer_reads_again_and_decides_anew():
    ring = Ring(ledger=Overtaken(1))
    assert reasons(ring.take_in(violated("11:00"))) == [Reason.STILL_FIRING]
    assert ring.ledger.load(CHURN, MONITOR)[1] == 2


def test_a_writer_who_loses_too_often_leaves_the_signal_to_the_queue():
    ring = Ring(ledger=Overtaken(10))
    with pytest.raises(Conflict):
        ring.take_in(violated("20:00"))
    assert reasons(ring.take_in(violated("20:00"))) == [Reason.STILL_FIRING]


class LosesAnAnswer(MemoryLedger):
    """Commits, and the answer to the first commit of a monitor's case is lost."""

    lost = False

    def commit(self, commit):
        super().commit(commit)
        if not self.lost and commit.monitor is MONITOR:
            self.lost = True
            raise Transient("timed out")


def test_a_commit_that_timed_out_and_was_done_is_told_once():
    ring = Ring(ledger=LosesAnAnswer())
    with pytest.raises(Transient):
        ring.take_in(violated())
    assert reasons(ring.take_in(violated())) == [Reason.DUPLICATE]
    ring.turn()
    assert len(ring.mail.sent) == 1


def test_a_crash_before_the_commit_changes_nothing():
    class Dies(MemoryLedger):
        def commit(self, commit):
            raise KeyboardInterrupt

    ring = Ring(ledger=Dies())
    with pytest.raises(KeyboardInterrupt):
        ring.take_in(violated())
    assert (ring.ledger.known, ring.ledger.outbox) == ({}, [])


def test_a_crash_after_the_commit_loses_nothing():
    ring = Ring()
    ring.take_in(violated())
    # Here the process dies. The stream has the outbox, whoever reads it.
    ring.turn()
    assert len(ring.mail.sent) == 1


class RefusesTheFleet(MemoryLedger):
    """DynamoDB takes every case but the fleet's."""

    def __init__(self, refusal):
        super().__init__()
        self.refusal = refusal

    def commit(self, commit):
        if commit.monitor is Monitor.FLEET and self.refusal is not None:
            raise self.refusal
        super().commit(commit)


def test_a_run_is_told_by_itself_though_the_fleet_cannot_keep_what_it_shows():
    ledger, unheard = RefusesTheFleet(Permanent("the item is too large")), []
    intake = Intake(
        SignalsAsTheyAre(), ledger, default_policy, (ChannelName.MAIL,), "test", lambda: NOW,
        unheard=lambda target, error: unheard.append((target.kind, str(error))),
    )  # fmt: skip
    (outcome,) = intake.take_in(violated(), NOW)
    assert outcome.decision.reason is Reason.FIRST_SEEN
    assert ledger.outbox
    assert unheard == [(TargetKind.FLEET, "the item is too large")]


@pytest.mark.parametrize("refusal", [Permanent("too large"), Transient("throttled"), Conflict("busy")], ids=repr)
def test_no_target_waits_for_its_fleet(refusal):
    ring = Ring(ledger=RefusesTheFleet(refusal))
    (outcome,) = ring.take_in(violated())
    assert outcome.decision.reason is Reason.FIRST_SEEN
    assert ring.ledger.outbox


def test_what_is_known_of_a_fleet_that_is_busy_explains_a_target_all_the_same():
    ledger = RefusesTheFleet(None)
    ring = Ring(ledger=ledger)
    for number in range(4):
        if number == 3:
            ledger.refusal = Conflict("busy")
        target = replace(CHURN, name=f"model-{number}")
        (outcome,) = ring.take_in(replace(violated(), id=f"run-{number}", target=target))
    upstream = ledger.load(fleet_of(CHURN), Monitor.FLEET)[0].incident
    assert outcome.decision.incident.part_of == upstream.id
