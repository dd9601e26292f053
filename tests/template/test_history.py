"""The longest life that a policy permits fits into the history of an execution, which ends silently at 25,000 events."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from kedge.domain.action import Answer, Vote
from kedge.domain.remedy import Mode
from kedge.policy.lint import read
from kedge.remediation.check_intervals import LONGEST_APPROVAL, LONGEST_WATCH, pauses, waits_since
from tests.support.remediation import Affair, policy_with
from workbench.scenarios.workflow.definition import remediation
from workbench.scenarios.workflow.engine import Engine

MOST_EVENTS = 25_000
BEGAN = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# Each state is entered and exited. A function is also scheduled, started and ended, and a wait for a token is also submitted.
EVENTS = {"Choice": 2, "Wait": 2, "Pass": 2, "Succeed": 2, "Task": 5}
A_TRY = 3
POLICY = """\
apiVersion: kedge/v1
receivers: [{{name: ml-oncall}}]
route: {{receiver: ml-oncall}}
remedies: [{{remedy: roll_back, verify_within: {verify}}}]
limits: {{approval: {{expires_after: {approve}}}}}
"""


class _Counting(Engine):
    """The engine of policy tests that counts the events Step Functions would write into the history."""

    events = 1

    def _step(self, here):
        if not here.is_waited:
            state = remediation().states[here.state]
            waits = state.get("Resource", "").endswith(".waitForTaskToken")
            again = A_TRY if here.retries else EVENTS[state["Type"]] + waits
            self.events += again
        super()._step(here)


class _Life:
    """A plan with the longest life: busy and approved at the last moment, busy again, carried out, and verified at the last moment."""

    def __init__(self, wakes_after, fails):
        action = Affair(policy_with(Mode.APPROVAL)).trouble().action
        self.action = msgspec.structs.replace(
            action,
            made=BEGAN,
            changed=BEGAN,
            expires_within=int(LONGEST_APPROVAL.total_seconds()),
            verify_within=int(LONGEST_WATCH.total_seconds()),
        )
        self.now, self.wakes_after, self.fails, self.tried = BEGAN, wakes_after, fails, set()
        self.token, self.wake_at = None, None
        names = ("Remediate", "RollBack", "ShiftTraffic", "Retrain", "Invoke")
        functions = {f"{name}FunctionArn": self.answer for name in names}
        self.engine = _Counting(remediation(), functions, lambda: self.now)

    def run(self):
        self.engine.begin("life", {"action": self.action.digest})
        (life,) = self.engine.executions.values()
        while life.ended is None:
            self.now = min(at for at in (self.engine.next_due(), self.wake_at) if at is not None)
            if self.wake_at is not None and self.wake_at <= self.now:
                token, self.token, self.wake_at = self.token, None, None
                self.engine.go_on(token, {"outcome": "approved"})
            self.engine.run()
        return life

    def answer(self, payload):
        step = payload["step"]
        if self.fails and step not in self.tried:
            self.tried.add(step)
            raise RuntimeError("throttled")
        self.tried.discard(step)
        return getattr(self, f"_{step}")(payload)

    def _plan(self, _):
        if self._is_late():
            return {"outcome": "ask", "half": self.action.expires_within - 1, "rest": 1}
        return self._later()

    def _ask(self, payload):
        # The approver uses the whole time.
        self.token, self.wake_at = payload["token"], self.now + LONGEST_APPROVAL - timedelta(seconds=2)
        vote = Vote(by="lead", answer=Answer.APPROVE, at=self.wake_at)
        self.action = msgspec.structs.replace(self.action, votes=(vote,))

    def _check(self, _):
        return {"outcome": "act", "remedy": "roll_back"}

    def _act(self, _):
        if not self._is_late():
            return self._later()
        deadline = self.now + LONGEST_WATCH
        self.action = msgspec.structs.replace(self.action, called=self.now, acted=self.now, deadline=deadline)
        return self._paced("acted")

    def _await(self, payload):
        self.token, self.wake_at = payload["token"], self.now + self.wakes_after

    def _observe(self, _):
        return {"outcome": "unverified"} if self.now >= self.action.deadline else self._paced("pending")

    def _is_late(self):
        return self.now >= waits_since(self.action) + LONGEST_APPROVAL

    def _later(self):
        return self._paced("later")

    def _paced(self, outcome):
        return {"outcome": outcome} | msgspec.structs.asdict(pauses(self.action, self.now))


@pytest.mark.parametrize("fails", [False, True], ids=["no step fails", "each step fails once"])
@pytest.mark.parametrize("wakes_after", [MINUTE, timedelta(seconds=1)], ids=["a wake a minute", "a wake a second"])
def test_the_longest_life_that_lint_permits_fits_into_the_history(wakes_after, fails):
    life = _Life(wakes_after, fails)
    ended = life.run()
    assert (ended.ended, ended.path[-1]) == ("SUCCEEDED", "Closed")
    assert life.now - BEGAN >= 2 * LONGEST_APPROVAL + LONGEST_WATCH
    assert life.engine.events < MOST_EVENTS


def _faults(verify, approve):
    return [each.why for each in read(POLICY.format(verify=verify, approve=approve), "policy.yaml").faults]


def test_what_lint_permits_is_what_was_tried():
    longest_watch, longest_approval = (f"{int(each.total_seconds())}s" for each in (LONGEST_WATCH, LONGEST_APPROVAL))
    assert _faults(longest_watch, longest_approval) == []
    assert len(_faults(f"{int(LONGEST_WATCH.total_seconds()) + 1}s", longest_approval)) == 1
    assert len(_faults(longest_watch, f"{int(LONGEST_APPROVAL.total_seconds()) + 1}s")) == 1


def test_a_plan_of_a_policy_from_before_the_bound_waits_no_longer_either():
    affair = Affair(policy_with(Mode.APPROVAL, approval={"expires_after": "30d"}))
    assert affair.trouble().action.expires_within == LONGEST_APPROVAL.total_seconds()
