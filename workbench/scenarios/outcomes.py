"""The answers of approvers to plans, and the results of executions that plans have started."""

from typing import Final

from kedge.domain.action import Answer
from kedge.domain.facts import ModelPackage
from kedge.domain.run import Monitor
from kedge.domain.target import Target
from workbench.scenarios.changes import PackagePart, PipelinePart, VotePart
from workbench.scenarios.entry_points import By
from workbench.scenarios.events import package_event, pipeline_event
from workbench.scenarios.looking import newest
from workbench.scenarios.ring import Ring, Unplayable
from workbench.scenarios.voting import ballot_of

_STRANGERS: Final = (By.TOPIC, By.CALL)


def answered(ring: Ring, target: Target, monitor: Monitor | None, answer: Answer, vote: VotePart) -> None:
    """Answer the plan of a target's newest incident, or an earlier plan. Raises Unplayable if there is none."""
    incident = newest(ring.story, target, monitor)
    now = incident.remedy.digest if incident is not None and incident.remedy is not None else None
    made = [digest for digest, plan in ring.story.plans.items() if plan.target == target and digest != now]
    digest = (made[0] if made else None) if vote.stale else now
    if digest is None:
        raise Unplayable(f"{vote.by} finds no plan of {target.name} to {answer}")
    decided = ring.remedies.decide(ballot_of(vote, digest, answer, target.account))
    ring.story.remark(ring.now, target.name, f"{vote.by} says {answer}: {decided.outcome}: {decided.says}")


def ended(ring: Ring, target: Target, part: PipelinePart, by: By | None) -> None:
    """End an execution, or deliver a stranger's message that it ended. Raises Unplayable if none was started."""
    arn = part.arn or ring.world.pipelines.newest
    if arn is None:
        raise Unplayable("nothing was started that could come to an end")
    if by not in _STRANGERS:
        ring.world.pipelines.finish(arn, part.status)
        ring.story.remark(ring.now, arn.rpartition(":")[2], part.status)
    if part.heard:
        ring.take_in(pipeline_event(target, arn, part.status, ring.now), part.status, by)


def registered(ring: Ring, target: Target, part: PackagePart, by: By | None) -> None:
    """Register a model package or change its approval, or deliver a stranger's message about it."""
    made_by = None if part.foreign else ring.world.pipelines.newest
    arn = f"arn:aws:sagemaker:{target.region}:{target.account}:model-package/{part.name}"
    metrics = {name: float(value) for name, value in (part.metrics or {}).items()}
    package = ModelPackage(arn=arn, approval=part.approval, made_by=made_by, created=ring.now, metrics=metrics)
    if by not in _STRANGERS:
        ring.world.registry.keep(package)
        ring.story.remark(ring.now, part.name, part.approval)
    if part.heard:
        ring.take_in(package_event(target, arn, part.approval, made_by, ring.now), part.name, by)
