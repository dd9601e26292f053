"""However people answer, or do not, and whatever dies meanwhile: one decision, told to everybody, and obeyed."""

from datetime import timedelta

import pytest

from kedge.domain.action import Answer
from kedge.domain.errors import Conflict, Transient
from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from tests.fakes.breaking import Crash
from tests.support.remediation import GOOD, Affair, policy_with
from tests.support.stories import CHURN

TRIES = 5
HOUR = timedelta(hours=1)


class Plot:
    """A roll-back that people are asked about."""

    def __init__(self, number: int | None = None, *, after: bool = False, error: type[Exception] = Crash) -> None:
        self.affair = Affair(policy_with(Mode.APPROVAL))
        self.start = self.affair.trouble()
        self.affair.breaks.fail_at(number, after=after, error=lambda: error("it broke"))

    def asked(self) -> "Plot":
        self.again(lambda: self.affair.workflow_starter.run(self.start))
        self.affair.wait(HOUR)
        return self

    def again(self, do) -> None:
        for _ in range(TRIES):
            try:
                do()
            except (Crash, Transient):
                continue
            return

    def answers(self, answer: Answer, reason: str = "") -> None:
        self.again(lambda: self.affair.vote(self.start.id, answer=answer, reason=reason))
        self.affair.wait(timedelta(minutes=15))

    @property
    def end(self) -> dict[str, object]:
        affair, action = self.affair, self.affair.action(self.start.id)
        (execution,) = affair.engine.executions.values()
        return {
            "stage": action.stage,
            "why": action.why,
            "votes": [vote.answer for vote in action.votes],
            "calls": affair.endpoint.calls,
            "told": sorted(set(affair.heard)),
            "incident": affair.incident().remedy.stage,
            "register": [each.stage for each in affair.ledger.register(CHURN).taken],
            "over": execution.ended,
        }


def rejected(plot: Plot) -> Plot:
    plot.asked().answers(Answer.REJECT, "we deploy in ten minutes")
    return plot


def approved_after_the_reminder(plot: Plot) -> Plot:
    plot.asked().affair.wait(2 * HOUR)
    plot.answers(Answer.APPROVE)
    return plot


def silent(plot: Plot) -> Plot:
    plot.asked().affair.wait(6 * HOUR)
    return plot


def escalated(plot: Plot) -> Plot:
    step = {"step": "escalate", "action": plot.start.id, "error": {"Error": "States.DataLimitExceeded"}}
    plot.asked()
    plot.again(lambda: plot.affair.remediate.step(step))
    plot.affair.wait(6 * HOUR)
    return plot


ENDS = {
    rejected: (Stage.REJECTED, [], "rejected"),
    approved_after_the_reminder: (Stage.ACTED, [GOOD], "asked/reminder"),
    silent: (Stage.EXPIRED, [], "expired"),
    escalated: (Stage.REFUSED, [], "refused"),
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Crash, Conflict])
@pytest.mark.parametrize("story", ENDS, ids=lambda story: story.__name__)
def test_a_fault_at_any_call_of_any_port_changes_nothing_of_what_was_decided(story, error, after):
    usual = story(Plot())
    expected, (stage, calls, heard) = usual.end, ENDS[story]
    assert (expected["stage"], expected["calls"]) == (stage, calls)
    assert any(name.endswith(heard) for name in expected["told"])
    wrong = {}
    for number, call in enumerate(list(usual.affair.breaks.calls)):
        end = story(Plot(number, after=after, error=error)).end
        if end != expected:
            wrong[f"{number} {call}"] = {name: end[name] for name in end if end[name] != expected[name]}
    assert wrong == {}
