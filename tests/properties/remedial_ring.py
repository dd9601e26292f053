"""The whole ring with its remedies in memory and in virtual time, over the deployed workflow.

Every call of a port may fail.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from kedge.domain.action import Action, Answer
from kedge.domain.effect import ChannelName
from kedge.domain.errors import KedgeError
from kedge.domain.remedy import RemedyName
from kedge.domain.target import Target
from kedge.lambdas.act import ActFunction
from kedge.lambdas.observability import metrics
from kedge.lambdas.remediate import RemediateFunction
from kedge.policy.compiled import Policy
from kedge.ports.actions import ActionCommit
from kedge.services.approval import ApprovalRequest, Approvals
from kedge.services.dispatch import Dispatch
from kedge.services.fact_reader import FactReader
from kedge.services.intake import Intake
from kedge.services.reconcile import Reconcile
from kedge.services.workflow.act import RemedyAct
from kedge.services.workflow.compose import Remediation, RemediationPorts
from kedge.services.workflow.executors import RollBackExecutor
from kedge.services.workflow.start import WorkflowStarter
from kedge.services.workflow.transitions import Transitions
from tests.fakes.actions import MemoryActions
from tests.fakes.endpoint import MemoryPipelines
from tests.fakes.reading import FakeAudience
from tests.properties.faults import Died, Faults
from tests.properties.fleet import Fleet
from tests.support.remediation import Vouching
from tests.support.ring import RECEIVES, Ring, SignalsAsTheyAre, body_of, record
from workbench.scenarios.remedying import Executions
from workbench.scenarios.workflow.definition import remediation
from workbench.scenarios.workflow.engine import Engine


class WatchedActions(MemoryActions):
    """Actions that record every stage of an action in `moved`, in order."""

    def __init__(self, ledger: Any) -> None:
        super().__init__(ledger)
        self.moved: list[Action] = []
        self.sees: Callable[[Action], None] = lambda _: None

    def keep(self, step: ActionCommit) -> None:
        before = self.load(step.action.digest)
        super().keep(step)
        known = before is not None and (before.action.stage, before.action.round) == (
            step.action.stage,
            step.action.round,
        )
        if not known:
            self.moved.append(step.action)
            self.sees(step.action)


class RemedialRing(Ring):
    """The ring with remedies. `doing` repeats the current step.

    `stopped` and `tagged` are the kill switch and the permissions of the teams at the beginning of the current step.
    `inbox` holds the signals that arrive, `unforeseen` the errors that a port must not raise.
    """

    def __init__(self, policy: Policy, targets: tuple[Target, ...]) -> None:
        self.faults = Faults(self.clock)
        self.fleet = Fleet(targets, self.clock)
        self.pipelines = MemoryPipelines()
        self.workflow_requests_carried = 0
        self.inbox: list[object] = []
        self.unforeseen: list[str] = []
        self.stopped = False
        self.tagged = {target.name: True for target in targets}
        self.loses_answers = 0
        self.doing: Callable[[], object] = lambda: None
        super().__init__(channels=(ChannelName.PROGRAMS,), policy=policy)
        self.actions = WatchedActions(self.ledger)
        self.engine = Engine(
            remediation(),
            {"RemediateFunctionArn": self._function("remediate"), "RollBackFunctionArn": self._function("roll_back")},
            self.clock,
        )
        self.restart()

    def restart(self) -> None:
        through, clock, policy = self.faults.through, self.clock, lambda: self.policy
        ledger, actions = through("ledger", self.ledger), through("actions", self.actions)
        fleet, pipelines = through("sagemaker", self.fleet), self.pipelines
        workflows = through("workflows", Executions(lambda: self.engine))
        facts = FactReader(fleet, fleet, pipelines, clock)
        self.intake = Intake(SignalsAsTheyAre(), ledger, policy, self._channels, "test", clock, facts)
        settle = self.intake.settle
        self.reconcile = Reconcile(settle, ledger, policy, self._channels, clock)
        moves = Transitions(actions, settle, policy, clock)
        ports = RemediationPorts(
            actions=actions,
            ledger=ledger,
            facts=facts,
            endpoints=fleet,
            starters=pipelines,
            packages=pipelines,
            metrics=fleet,
            workflows=workflows,
            settle=settle,
            policy=policy,
            clock=clock,
        )
        remediate = RemediateFunction(Remediation(ports, moves))
        acting = ActFunction(RemedyAct(RemedyName.ROLL_BACK, RollBackExecutor(fleet, fleet), moves, policy, clock))
        self.steps = {"remediate": remediate.step, "roll_back": acting.step}
        self.approving = Approvals(moves, actions, workflows, Vouching(), policy, clock)
        audience = FakeAudience()
        self.dispatch = Dispatch(
            self.deliveries,
            {ChannelName.PROGRAMS: self.programs},
            "https://runbooks.example.com",
            clock,
            WorkflowStarter(actions, workflows),
            audience,
            audience,
        )

    # The functions

    def _function(self, name: str) -> Callable[[dict[str, Any]], object]:
        def call(payload: dict[str, Any]) -> object:
            self.stopped = self.policy.limits.kill_switch
            self.tagged = {endpoint: bool(tags) for endpoint, tags in self.fleet.tagged.items()}
            self.doing = lambda: self.steps[name](payload)
            outcome = self.lives(lambda: self.steps[name](payload))
            if self.loses_answers:
                self.loses_answers -= 1
                raise TimeoutError("the function took too long, and did it all the same")
            return outcome

        return call

    def lives(self, do: Callable[[], object]) -> object:
        """Let a function act. If it dies, the next one starts without its knowledge."""
        try:
            return do()
        except Died:
            self.restart()
            raise
        except Exception as error:
            if not isinstance(error, KedgeError):
                self.unforeseen.append(repr(error))
            raise
        finally:
            metrics.clear_metrics()

    def happens(self, signal: object) -> bool:
        """Return whether a signal was taken in; if not, the queue delivers it again."""
        try:
            self.lives(lambda: self.take_in(signal))
        except (KedgeError, Died):
            return False
        return True

    def answers(self, digest: str, by: str, answer: Answer) -> bool:
        """Return whether a person's answer was accepted, as they are informed."""
        proof = {"access_key": by}
        ballot = ApprovalRequest(digest=digest, answer=answer, by=by, reason="because", proof=proof, entry_point="test")
        try:
            self.lives(lambda: self.approving.decide(ballot))
        except (KedgeError, Died):
            return False
        return True

    # Time

    def carry(self) -> tuple[str, ...]:
        new = self.ledger.workflow_requests[self.workflow_requests_carried :]
        self.workflow_requests_carried += len(new)
        self.relay.carry(
            [record(1_000_000 + number, body_of(workflow_request)) for number, workflow_request in enumerate(new)]
        )
        return super().carry()

    def look(self) -> None:
        """Run a round of reconcile, and try everything in the queues once; effects up to ten times."""
        inbox, self.inbox = self.inbox, []
        self.inbox += [signal for signal in inbox if not self.happens(signal)]
        self.lives_or_not(self.round)
        self.carry()
        bodies, self.queue.bodies = self.queue.bodies, []
        for each in bodies:
            receive, _, body = each.partition(" ") if each[:1].isdigit() else ("1", "", each)
            try:
                self.lives(lambda body=body, last=int(receive) == RECEIVES: self.dispatch.perform(body, last=last))
            except (KedgeError, Died):
                if int(receive) < RECEIVES:
                    self.queue.bodies.append(f"{int(receive) + 1} {body}")

    def lives_or_not(self, do: Callable[[], object]) -> None:
        try:
            self.lives(do)
        except (KedgeError, Died):
            return

    def goes_on(self, most: timedelta) -> None:
        """Let time pass, with everything at its due time, and a round whenever it may have work."""
        end = self.now + most
        while True:
            self.fleet.go_on()
            self.engine.run()
            self.look()
            due = self._next_due()
            if due is None or due > end:
                break
            # Overdue work is re-evaluated once a minute.
            self.now = max(self.now + timedelta(seconds=1), due)
        self.now = max(self.now, end)

    def is_still(self) -> bool:
        """Return whether no workflow runs."""
        return all(each.ended is not None for each in self.engine.executions.values())

    def _next_due(self) -> datetime | None:
        looked = self.ledger.next_due()
        moments = [self.engine.next_due(), self.fleet.next_due()]
        if looked is not None:
            moments.append(max(looked, self.now + timedelta(minutes=1)))
        if self.queue.bodies or self.inbox:
            moments.append(self.now + timedelta(minutes=3))
        return min((each for each in moments if each is not None), default=None)
