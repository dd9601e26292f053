"""A remedy from the bad run to its outcome: the deployed workflow over ports in memory.

A test may let each call of a port fail.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from kedge.domain.action import Action, Answer, StartWorkflow, WakeWorkflow
from kedge.domain.effect import ChannelName
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AnySignal, ChangeKind, EndpointRead
from kedge.domain.statement import Statement
from kedge.lambdas.act import ActFunction
from kedge.lambdas.remediate import RemediateFunction
from kedge.policy.compiled import Policy
from kedge.services.approval import ApprovalRequest, Approvals, Decided
from kedge.services.fact_reader import FactReader
from kedge.services.intake import Intake
from kedge.services.workflow.act import RemedyAct
from kedge.services.workflow.compose import Remediation, RemediationPorts
from kedge.services.workflow.start import WorkflowStarter
from kedge.services.workflow.transitions import Transitions
from tests.fakes.actions import MemoryActions
from tests.fakes.breaking import Breaks
from tests.fakes.endpoint import MemoryEndpoint, MemoryPipelines
from tests.fakes.ledger import MemoryLedger
from tests.support.ring import SignalsAsTheyAre
from tests.support.stories import BY_SAGEMAKER, CHURN, drift, hour, policy_of, run
from workbench.scenarios.remedying import executors_of, functions_of
from workbench.scenarios.workflow.definition import remediation
from workbench.scenarios.workflow.engine import Engine

QUALITY = Monitor.MODEL_QUALITY
BAD, GOOD = "churn-41", "churn-40"
ROLL_BACK = {"remedy": "roll_back", "matchers": ('cause="deployment_regression"',)}


def policy_with(mode: Mode, **limits: object) -> Policy:
    """Return a policy with a roll-back in this mode."""
    return policy_of(
        "test",
        remedies=({**ROLL_BACK, "mode": str(mode)},),
        limits={"dry_run": False, "approval": {"approvers": ("user/responder", "user/robin"), "required": 1}, **limits},
    )


class Executions:
    """The workflow's executions, as the port defines them."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    def begin(self, digest: str, again: str = "") -> None:
        self._engine().begin(f"{digest}-{again}" if again else digest, {"action": digest})

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        return self._engine().go_on(token, output)


class Vouching:
    """AWS, which knows the IAM user of each access key."""

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:
        return f"arn:aws:iam::111122223333:user/{proof['access_key']}"


class Affair:
    """An incident and its remedy. `now` changes only when a test says so. `breaks` makes one call of any port fail.

    `heard` are the ids of the signals that the ring took in.
    """

    def __init__(self, policy: Policy, doing: RemedyName = RemedyName.ROLL_BACK) -> None:
        self.now = hour("07:00")
        self.policy = policy
        self.breaks = Breaks()
        self.ledger = MemoryLedger()
        self.actions = MemoryActions(self.ledger)
        self.endpoint = MemoryEndpoint(CHURN.name, self.clock, runs=GOOD, before=BAD)
        self.pipelines = MemoryPipelines()
        self.heard: list[str] = []
        self._doing = doing
        self._compose()

    def policy_in_force(self) -> Policy:
        """Return the policy as the tasks of the workflow read it. A test may replace this by an unreadable policy."""
        return self.policy

    def clock(self) -> datetime:
        return self.now

    def _compose(self) -> None:
        through = self.breaks.through
        clock, policy = self.clock, lambda: self.policy
        ledger, actions = through("ledger", self.ledger), through("actions", self.actions)
        endpoint, pipelines = through("endpoint", self.endpoint), through("pipelines", self.pipelines)
        facts = FactReader(self.endpoint, self.endpoint, self.pipelines, clock)
        self.intake = Intake(SignalsAsTheyAre(), self.ledger, policy, (ChannelName.MAIL,), "test", clock, facts)
        settle = through("settle", self).settle
        workflows = through("workflows", Executions(lambda: self.engine))
        moves = Transitions(actions, settle, policy, clock)
        facts = FactReader(endpoint, endpoint, pipelines, clock)
        ports = RemediationPorts(
            actions=actions,
            ledger=ledger,
            facts=facts,
            endpoints=endpoint,
            starters=pipelines,
            packages=pipelines,
            metrics=endpoint,
            workflows=workflows,
            settle=settle,
            policy=lambda: self.policy_in_force(),  # noqa: PLW0108 - a test may replace the method
            clock=clock,
        )
        composed = Remediation(ports, moves)
        self.judge = composed.replanner
        self.remediate = RemediateFunction(composed)
        self.workflow_starter = WorkflowStarter(actions, workflows)
        self.approving = Approvals(moves, actions, workflows, Vouching(), policy, clock)
        executors = executors_of(endpoint, endpoint, endpoint, pipelines)
        self.acts = {name: ActFunction(RemedyAct(name, each, moves, policy, clock)) for name, each in executors.items()}
        steps = {name: act.step for name, act in self.acts.items()}
        self.engine = Engine(remediation(), functions_of(self.remediate.step, steps), self.clock)

    def settle(self, signal: AnySignal) -> object:
        outcome = self.intake.settle(signal)
        self.heard.append(signal.id)
        return outcome

    def trouble(self, *, deployed: bool = True) -> StartWorkflow:
        """Let a good config have clean runs, deploy another (if `deployed`), and let the next run be bad.

        Returns the workflow request of that decision.
        """
        self._serves(GOOD, "00:10")
        for at in ("02:00", "03:00", "04:00", "05:00", "06:00"):
            self.take(run(at, Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
        if deployed:
            self.endpoint.now = msgspec.structs.replace(self.endpoint.now, config=BAD, modified=hour("07:00"))
            self._serves(BAD, "07:00")
        else:
            self.endpoint.now = msgspec.structs.replace(self.endpoint.now, config=GOOD)
        self.now = hour("09:15")
        self.take(run("09:00", Verdict.VIOLATED, drift("auc"), monitor=QUALITY, source="churn-mq"))
        return next(each for each in self.ledger.workflow_requests if isinstance(each, StartWorkflow))

    def _serves(self, config: str, at: str) -> None:
        read = EndpointRead(
            id=f"read/{config}",
            at=hour(at),
            target=CHURN,
            status="InService",
            config=config,
            made=hour("00:00"),
            provenance=BY_SAGEMAKER,
        )
        self.take(read)

    def take(self, signal: AnySignal) -> None:
        self.intake.settle(signal)

    def action(self, digest: str) -> Action:
        held = self.actions.load(digest)
        assert held is not None
        return held.action

    def vote(self, digest: str, by: str = "responder", answer: Answer = Answer.APPROVE, reason: str = "") -> Decided:
        """Let a person answer with proof of their identity, an IAM user."""
        ballot = ApprovalRequest(digest=digest, answer=answer, by=by, reason=reason, proof={"access_key": by})
        return self.approving.decide(ballot)

    def wake(self, digest: str, name: str = "wake") -> bool:
        return self.workflow_starter.run(WakeWorkflow(id=name, digest=digest, signal="signal"))

    def wait(self, most: timedelta) -> None:
        """Let time pass, and continue the workflow whenever it is due."""
        end = self.now + most
        self.engine.run()
        while (due := self.engine.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.engine.run()
        self.now = end

    def incident(self) -> Any:
        return self.ledger.load(CHURN, QUALITY)[0].incident

    def deployments(self) -> Any:
        return self.ledger.load(CHURN, ChangeKind.ENDPOINT)[0].deployments
