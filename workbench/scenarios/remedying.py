"""The deployed workflow and use cases of remedies, put together as the functions do it, over the world of a test."""

import heapq
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Any

import msgspec

from kedge.domain.action import WorkflowRequest
from kedge.domain.plan import Invoke, PlanAction, Retrain, RollBack, ShiftTraffic
from kedge.domain.remedy import RemedyName
from kedge.domain.signal import AnySignal
from kedge.policy.compiled import Policy
from kedge.ports.facts import EndpointFacts
from kedge.ports.mutations import EndpointUpdates, ExecutionStarter, VariantWeights
from kedge.remediation.remedies import REMEDIES
from kedge.services.approval import ApprovalRequest, Approvals, Decided
from kedge.services.workflow.act import RemedyAct
from kedge.services.workflow.compose import Remediation, RemediationPorts
from kedge.services.workflow.executors import Executor, RollBackExecutor, ShiftTrafficExecutor, StartExecutor
from kedge.services.workflow.start import WorkflowStarter
from kedge.services.workflow.task import TaskEvent
from kedge.services.workflow.transitions import Transitions
from workbench.remedy_functions import state_of
from workbench.scenarios.actions import StoryActions
from workbench.scenarios.calls import Calls, Heard
from workbench.scenarios.executions import Executions
from workbench.scenarios.facts import WorldFacts
from workbench.scenarios.story import Story
from workbench.scenarios.voting import Vouching
from workbench.scenarios.workflow.definition import remediation
from workbench.scenarios.workflow.engine import Engine, Function
from workbench.scenarios.world import World

type Settle = Callable[[AnySignal], object]


class Remedies:
    """Plans in the workflow, in virtual time."""

    def __init__(
        self,
        story: Story,
        world: World,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
        settle: Settle,
        heard: Heard,
    ) -> None:
        """Wire the use cases. `settle` takes a signal into the ring.

        `heard` delivers the event of an endpoint that Kedge changed.
        """
        self._clock = clock
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = count()
        self.actions = StoryActions(story)
        moves = Transitions(self.actions, settle, policy, clock)
        workflows = Executions(lambda: self._engine)
        ports = RemediationPorts(
            actions=self.actions,
            ledger=story,
            facts=WorldFacts(world, clock),
            endpoints=world.endpoints,
            starters=world.pipelines,
            packages=world.registry,
            metrics=world.answers,
            workflows=workflows,
            settle=settle,
            policy=policy,
            clock=clock,
        )
        self._workflow_starter = WorkflowStarter(self.actions, workflows)
        self._approving = Approvals(moves, self.actions, workflows, Vouching(), policy, clock)
        calls = Calls(world, story.acts, clock, self.at, heard)
        executors = executors_of(world.endpoints, calls, calls, calls)
        acts = {remedy: _task(RemedyAct(remedy, each, moves, policy, clock).run) for remedy, each in executors.items()}
        functions = functions_of(_task(Remediation(ports, moves).run), acts)
        self._engine = Engine(remediation(), functions, clock)

    def at(self, moment: datetime, do: Callable[[], None]) -> None:
        """Schedule something for a moment."""
        heapq.heappush(self._later, (moment, next(self._numbers), do))

    def next_due(self) -> datetime | None:
        """Return when the next step is due without a signal; None if no step is."""
        later = self._later[0][0] if self._later else None
        return min((at for at in (later, self._engine.next_due()) if at is not None), default=None)

    def run(self) -> None:
        """Carry out everything that is due."""
        while self._later and self._later[0][0] <= self._clock():
            heapq.heappop(self._later)[2]()
        self._engine.run()

    def perform(self, workflow_request: WorkflowRequest) -> None:
        """Carry out a workflow request of a decision: begin a workflow, or wake one that waits."""
        self._workflow_starter.run(workflow_request)

    def decide(self, ballot: ApprovalRequest) -> Decided:
        """Record an approver's answer to a plan."""
        return self._approving.decide(ballot)


def executors_of(
    endpoints: EndpointFacts, updates: EndpointUpdates, weights: VariantWeights, starting: ExecutionStarter
) -> dict[RemedyName, Executor]:
    """Return the executor of each remedy, which follows the action of its plan."""
    start = StartExecutor(starting)
    by_action: dict[type[PlanAction], Executor] = {
        RollBack: RollBackExecutor(endpoints, updates),
        ShiftTraffic: ShiftTrafficExecutor(endpoints, weights),
        Retrain: start,
        Invoke: start,
    }
    return {remedy: by_action[row.action] for remedy, row in REMEDIES.items() if row is not None}


def functions_of(remediate: Function, acts: Mapping[RemedyName, Function]) -> dict[str, Function]:
    """Return the functions by the names that the state machine has for their ARNs."""
    named = {f"{state_of(remedy)}FunctionArn": act for remedy, act in acts.items()}
    return {"RemediateFunctionArn": remediate, **named}


def _task(run: Callable[[TaskEvent], dict[str, Any]]) -> Function:
    return lambda payload: run(msgspec.convert(payload, TaskEvent))
