"""The workflow of remedies is played as it is defined: waits, tokens, retries and catches happen when they would in AWS."""

from datetime import UTC, datetime, timedelta

import pytest

from workbench.scenarios.workflow.definition import NotPlayed, definition_of, remediation
from workbench.scenarios.workflow.engine import Engine

START = datetime(2026, 1, 5, tzinfo=UTC)
A_MOMENT = timedelta(seconds=1)  # between a decision and the first step


class Bench:
    """An engine, its clock, and functions that answer what a test says, the last answer again and again."""

    def __init__(self, definition, **answers):
        self.now = START
        self.called = []
        self.tokens = {}
        self.answers = {step: list(given) for step, given in answers.items()}
        names = ("Remediate", "RollBack", "ShiftTraffic", "Retrain", "Invoke")
        self.engine = Engine(
            definition, {f"{name}FunctionArn": self._function(name) for name in names}, lambda: self.now
        )

    def _function(self, name):
        def call(payload):
            step = payload["step"]
            self.called.append((f"{name}/{step}", self.now - START - A_MOMENT))
            if "token" in payload:
                self.tokens[step] = payload["token"]
            answers = self.answers.get(step, [None])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def until(self, **span):
        end = START + timedelta(**span)
        while (due := self.engine.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.engine.run()
        self.now = end
        return [step for step, _ in self.called]

    @property
    def ended(self):
        (one,) = self.engine.executions.values()
        return one.ended, one.path[-1]


def begun(**answers):
    bench = Bench(remediation(), **answers)
    assert bench.engine.begin("d" * 64, {"action": "d" * 64})
    return bench


ASK = {"outcome": "ask", "half": 7200, "rest": 7200}
DO = {"outcome": "act", "remedy": "roll_back"}


def test_a_plan_that_is_refused_ends_as_held_back_and_nothing_acts():
    bench = begun(plan=[{"outcome": "refused"}])
    assert bench.until(days=1) == ["Remediate/plan"]
    assert bench.ended == ("SUCCEEDED", "HeldBack")


def test_what_is_approved_is_checked_done_awaited_and_observed():
    bench = begun(
        plan=[ASK],
        check=[DO],
        act=[{"outcome": "acted", "wait": 300, "pause": 10}],
        observe=[{"outcome": "pending", "wait": 300, "pause": 10}, {"outcome": "verified"}],
    )
    assert bench.until(hours=1) == ["Remediate/plan", "Remediate/ask"]
    assert bench.engine.go_on(bench.tokens["ask"], {"outcome": "approved"})
    assert not bench.engine.go_on(bench.tokens["ask"], {"outcome": "approved"})
    assert bench.until(hours=2)[2:6] == ["Remediate/check", "RollBack/act", "Remediate/await", "Remediate/observe"]
    assert bench.ended == ("SUCCEEDED", "Closed")
    looked = [after for step, after in bench.called if step == "Remediate/observe"]
    assert looked == [timedelta(minutes=65) - A_MOMENT, timedelta(minutes=70) - A_MOMENT]


def test_silence_is_reminded_at_half_time_and_expires_at_the_end():
    bench = begun(plan=[ASK], expire=[{"outcome": "expired"}])
    bench.until(hours=5)
    assert dict(bench.called)["Remediate/remind"] == timedelta(hours=2)
    assert dict(bench.called)["Remediate/expire"] == timedelta(hours=4)
    assert bench.ended == ("SUCCEEDED", "HeldBack")


def test_a_step_that_hands_its_own_token_an_answer_goes_on_at_once():
    bench = begun(plan=[ASK], check=[{"outcome": "refused"}])
    bench.until(minutes=1)
    decided = bench.engine._functions["RemediateFunctionArn"]

    def reminded(payload):
        decided(payload)
        if payload["step"] == "remind":
            bench.engine.go_on(payload["token"], {"outcome": "approved"})

    bench.engine._functions["RemediateFunctionArn"] = lambda payload: (
        reminded(payload) if payload["step"] == "remind" else decided(payload)
    )
    bench.until(hours=3)
    assert dict(bench.called)["Remediate/check"] == timedelta(hours=2)


def test_a_fault_is_tried_three_times_more_and_then_told():
    bench = begun(plan=[RuntimeError("no")], escalate=[{"outcome": "refused"}])
    assert bench.until(hours=1) == ["Remediate/plan"] * 4 + ["Remediate/escalate"]
    assert [after.total_seconds() for _, after in bench.called] == [0, 5, 20, 65, 65]
    assert bench.ended == ("SUCCEEDED", "Closed")


def test_where_nobody_can_be_told_the_execution_fails():
    bench = begun(plan=[RuntimeError("no")], escalate=[RuntimeError("no")])
    bench.until(days=1)
    assert bench.ended == ("FAILED", "Unheard")


def test_what_is_busy_is_checked_again_a_minute_later():
    bench = begun(
        plan=[{"outcome": "act"}],
        check=[{"outcome": "later", "wait": 60}, {"outcome": "later", "wait": 60}, {"outcome": "refused"}],
    )
    bench.until(hours=1)
    assert [after.total_seconds() for step, after in bench.called if step == "Remediate/check"] == [0, 60, 120]


def test_an_answer_that_nobody_knows_is_told_to_people():
    bench = begun(plan=[{"outcome": "perhaps"}], escalate=[{"outcome": "refused"}])
    assert bench.until(hours=1) == ["Remediate/plan", "Remediate/escalate"]


def test_one_plan_runs_once():
    bench = begun(plan=[{"outcome": "refused"}])
    bench.until(hours=1)
    assert not bench.engine.begin("d" * 64, {"action": "d" * 64})
    assert bench.until(hours=2) == ["Remediate/plan"]


@pytest.mark.parametrize(
    ("state", "said"),
    [("{Type: Map}", "is of type Map"), ("{Type: Wait, Timestamp: soon, Next: A}", "has Timestamp")],
)
def test_what_is_not_played_here_is_refused(state, said):
    with pytest.raises(NotPlayed, match=said):
        definition_of(f"StartAt: A\nStates: {{A: {state}}}")
