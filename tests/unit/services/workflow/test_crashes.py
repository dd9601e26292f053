"""Whatever dies, wherever it dies: one act, and everybody has heard all of it."""

import contextlib
from datetime import timedelta

import pytest

from kedge.domain.errors import Conflict, Permanent, Transient
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Verdict
from kedge.domain.stage import Stage
from tests.fakes.breaking import Crash
from tests.support.remediation import GOOD, QUALITY, Affair, policy_with
from tests.support.stages import OVER
from tests.support.stories import CHURN, run

TRIES = 5


class Plot:
    """A roll-back from its workflow request to its last word, by a queue, people and a state machine that all try again."""

    def __init__(self, mode: Mode) -> None:
        self.affair = Affair(policy_with(mode))
        self.start = self.affair.trouble()
        self.mode = mode

    def play(self) -> "Plot":
        affair = self.affair
        self._again(lambda: affair.workflow_starter.run(self.start))
        affair.wait(timedelta(minutes=10))
        if self.mode is Mode.APPROVAL:
            self._again(lambda: affair.vote(self.start.id))
        affair.wait(timedelta(minutes=30))
        affair.now = max(affair.now, affair.now.replace(hour=11, minute=15))
        affair.take(run("11:00", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
        self._again(lambda: affair.wake(self.start.id))
        affair.wait(timedelta(hours=2))
        return self

    def _again(self, do) -> None:
        for _ in range(TRIES):
            try:
                do()
            except (Crash, Transient):
                continue
            return

    @property
    def end(self) -> dict[str, object]:
        affair = self.affair
        action, incident = affair.action(self.start.id), affair.incident()
        (execution,) = affair.engine.executions.values()
        return {
            "stage": action.stage,
            "calls": affair.endpoint.calls,
            "runs": affair.endpoint.now.config,
            "told": sorted(set(affair.heard)),
            "incident": (incident.remedy.stage, incident.state),
            "execution": execution.ended,
            "efficacy": affair.ledger.efficacy(CHURN)[RemedyName.ROLL_BACK].verified,
            "register": [(each.digest, each.stage) for each in affair.ledger.register(CHURN).taken],
            "awaiting": affair.ledger.awaiting((f"endpoint/{CHURN}",)),
        }


@pytest.fixture(scope="module", params=[Mode.APPROVAL, Mode.AUTO])
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def usual(mode):
    plot = Plot(mode)
    plot.affair.breaks.fail_at(None)
    plot.play()
    return plot


def test_without_a_fault_it_is_approved_done_once_and_verified(usual, mode):
    end = usual.end
    assert (end["stage"], end["calls"], end["runs"]) == (Stage.VERIFIED, [GOOD], GOOD)
    assert (end["execution"], end["efficacy"], end["awaiting"]) == ("SUCCEEDED", 1, {})
    stages = ["acted", "acting", "planned", "verified"]
    asked = ["approved", "asked"] if mode is Mode.APPROVAL else []
    assert sorted(name.rpartition("/")[2] for name in end["told"]) == sorted(stages + asked)
    assert end["register"] == [(usual.start.id, Stage.VERIFIED)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Crash, Transient, Conflict])
def test_a_fault_at_any_call_of_any_port_changes_nothing_of_the_end(usual, mode, error, after):
    if mode is Mode.AUTO and error is not Crash:
        return  # all that it does, approval does, too
    expected, calls = usual.end, list(usual.affair.breaks.calls)
    wrong = {}
    for number, call in enumerate(calls):
        plot = Plot(mode)
        plot.affair.breaks.fail_at(number, after=after, error=lambda: error("it broke"))
        end = plot.play().end
        if end != expected:
            wrong[f"{number} {call}"] = {name: end[name] for name in end if end[name] != expected[name]}
    assert wrong == {}


def test_a_port_that_is_denied_for_good_ends_the_workflow_with_one_act_at_most_and_with_somebody_told(usual):
    wrong = {}
    for name in sorted(set(usual.affair.breaks.calls)):
        plot = Plot(usual.mode)
        plot.affair.breaks.deny(name)
        with contextlib.suppress(Permanent):
            plot.play()
        affair = plot.affair
        affair.wait(timedelta(hours=12))
        affair.breaks.deny("")
        remedy = affair.incident().remedy
        looked_after = remedy.stage in OVER or remedy.until is not None
        running = [each.name for each in affair.engine.executions.values() if each.ended is None]
        if len(affair.endpoint.calls) > 1 or running or not looked_after:
            wrong[name] = (affair.endpoint.calls, running, remedy.stage, remedy.until)
    assert wrong == {}
