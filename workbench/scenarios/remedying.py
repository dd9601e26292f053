"""The deployed workflow and use cases of remedies, put together as bootstrap does it, over the world of a test."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

import msgspec

from kedge.domain.action import WorkflowRequest
from kedge.domain.errors import Permanent
from kedge.domain.remedy import RemedyName
from kedge.domain.signal import AnySignal
from kedge.policy.compiled import Policy
from kedge.services.approval import ApprovalRequest, Approvals, Decided
from kedge.services.workflow.act import ActTask
from kedge.services.workflow.ask import AskTask
from kedge.services.workflow.check import CheckTask
from kedge.services.workflow.closing import Closing
from kedge.services.workflow.escalate import EscalateTask
from kedge.services.workflow.executors import Executor, RollingBack, ShiftingTraffic, StartingWhat
from kedge.services.workflow.model_promotion import Promotions
from kedge.services.workflow.observations import OutcomeReader
from kedge.services.workflow.observe import ObserveTask
from kedge.services.workflow.plan import PlanTask
from kedge.services.workflow.replan import Replanner
from kedge.services.workflow.start import WorkflowStarter
from kedge.services.workflow.transitions import Transitions
from kedge.services.workflow.waits import Pacing
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
type Step = Callable[[dict[str, Any]], dict[str, Any]]


class Remedies:
    """Plans on their way through the workflow, in virtual time."""

    def __init__(
        self,
        story: Story,
        world: World,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
        settle: Settle,
        heard: Heard,
    ) -> None:
        """`settle` takes a signal into the ring, `heard` delivers the event of an endpoint that Kedge itself has changed."""
        self._clock = clock
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = count()
        self.actions = StoryActions(story)
        moves = Transitions(self.actions, settle, policy, clock)
        facts = WorldFacts(world, clock)
        judge = Replanner(story, self.actions, facts, policy, clock)
        closing = Closing(moves, self.actions, clock)
        outcomes = OutcomeReader(story, world.endpoints, world.pipelines, world.registry, world.answers, clock)
        promotions = Promotions(self.actions, story, world.registry, settle, clock)
        workflows = Executions(lambda: self._engine)
        self._errands = WorkflowStarter(self.actions, workflows)
        self._planning = PlanTask(moves, judge, promotions, clock)
        self._asking = AskTask(moves, self.actions, workflows, clock)
        self._checking = CheckTask(moves, judge, clock)
        self._observing = ObserveTask(moves, self.actions, workflows, outcomes, closing, clock)
        self._escalating = EscalateTask(moves, closing, clock)
        self._approving = Approvals(moves, self.actions, workflows, Vouching(), policy, clock)
        calls = Calls(world, story.acts, clock, self.at, heard)
        acting: dict[RemedyName, Executor] = {
            RemedyName.ROLL_BACK: RollingBack(world.endpoints, calls),
            RemedyName.SHIFT_TRAFFIC: ShiftingTraffic(world.endpoints, calls),
            RemedyName.RETRAIN: StartingWhat(calls),
            RemedyName.INVOKE: StartingWhat(calls),
        }
        doors = {remedy: ActTask(remedy, doing, moves, policy, clock) for remedy, doing in acting.items()}
        self._engine = Engine(remediation(), _functions(self._step, doors, Pacing(moves, clock)), clock)

    def at(self, moment: datetime, do: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._later, (moment, next(self._numbers), do))

    def next_due(self) -> datetime | None:
        """When something goes on by itself; None where nothing does."""
        later = self._later[0][0] if self._later else None
        return min((at for at in (later, self._engine.next_due()) if at is not None), default=None)

    def run(self) -> None:
        """Do what is due."""
        while self._later and self._later[0][0] <= self._clock():
            heapq.heappop(self._later)[2]()
        self._engine.run()

    def perform(self, errand: WorkflowRequest) -> None:
        """Do what a decision has left behind: begin a workflow, or wake one that waits."""
        self._errands.run(errand)

    def decide(self, ballot: ApprovalRequest) -> Decided:
        """An approver answers a plan."""
        return self._approving.decide(ballot)

    def _step(self, payload: dict[str, Any]) -> dict[str, Any]:
        """A step of the function remediate, as its door does it, without log and metrics."""
        digest = payload["action"]
        match payload["step"]:
            case "plan":
                return dict(msgspec.to_builtins(self._planning.plan(digest)))
            case "ask":
                self._asking.ask(digest, payload["token"])
            case "remind":
                self._asking.remind(digest, payload["token"])
            case "expire":
                return {"outcome": self._asking.expire(digest)}
            case "check":
                return dict(msgspec.to_builtins(self._checking.check(digest)))
            case "await":
                self._observing.wait(digest, payload["token"])
            case "observe":
                return {"outcome": self._observing.observe(digest)}
            case "escalate":
                return {"outcome": self._escalating.escalate(digest, payload["error"])}
            case other:
                raise Permanent(f"there is no step {other}")
        return {"outcome": "waiting"}


def _functions(step: Step, doors: dict[RemedyName, ActTask], pacing: Pacing) -> dict[str, Function]:
    """The functions by the names that the definition has for their ARNs."""

    def act(remedy: RemedyName) -> Function:
        return lambda payload: pacing.paced(payload["action"], {"outcome": doors[remedy].act(payload["action"])})

    def remediate(payload: dict[str, Any]) -> object:
        return pacing.paced(payload["action"], step(payload))

    return {
        "RemediateFunctionArn": remediate,
        "RollBackFunctionArn": act(RemedyName.ROLL_BACK),
        "ShiftTrafficFunctionArn": act(RemedyName.SHIFT_TRAFFIC),
        "RetrainFunctionArn": act(RemedyName.RETRAIN),
        "InvokeFunctionArn": act(RemedyName.INVOKE),
    }
