"""Plays a prepared execution: step by step of its definition, to a registered model, a failure, or a stall."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from workbench.local_sagemaker import registering
from workbench.local_sagemaker.arns import arn
from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.fates import Course, Ending
from workbench.local_sagemaker.pipelines import definition
from workbench.local_sagemaker.progress import begin_step, end_open_steps, end_step, finish_execution
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.world import Document, World

_REGISTERS = "RegisterModel"
_JOBS = {"Training": "training-job", "Processing": "processing-job", "Transform": "transform-job"}
_FAILED = "Step failure: One or multiple steps failed."
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def steps_until(pipeline: Document, course: Course) -> list[Document]:
    """Return the steps that an execution reaches. Raises ApiError if the course names a step outside of the definition."""
    steps: list[Document] = definition(pipeline).get("Steps", [])
    if course.group is not None and not any(step["Type"] == _REGISTERS for step in steps):
        steps = [*steps, {"Name": "register", "Type": _REGISTERS}]
    names = [step["Name"] for step in steps]
    if course.step is not None and course.step not in names:
        raise invalid(f"no step {course.step!r} in the pipeline's definition; there are {', '.join(names) or 'none'}")
    if course.ending is Ending.SUCCEEDED:
        return steps
    return steps[: names.index(course.step) + 1 if course.step else 1]


def play(world: World, pipeline: Document, record: Document, course: Course) -> None:
    """Put all steps on the agenda. They stop if the execution is stopped, or finished by the workbench."""

    def later(after: timedelta, act: Callable[[], object]) -> None:
        def unless_over() -> None:
            if record["PipelineExecutionStatus"] == "Executing":
                act()

        world.later(after, unless_over)

    steps = steps_until(pipeline, course)
    starts = course.starts(max(1, len(steps)), world.lag)
    done = len(steps) if course.ending is Ending.SUCCEEDED else len(steps) - 1
    for place, step in enumerate(steps):
        later(starts[place], partial(_begin, world, record, step))
        if place < done:
            later(starts[place + 1], partial(_succeed, world, record, step, course))
    match course.ending:
        case Ending.SUCCEEDED:
            later(starts[-1], partial(finish_execution, world, record["PipelineExecutionArn"], "Succeeded"))
        case Ending.FAILED:
            later(starts[-1], partial(_fail, world, record, course.reason or "The step failed on demand."))
        case Ending.STALLED:
            pass


def _begin(world: World, record: Document, step: Document) -> None:
    kind, shown = step["Type"], {}
    if kind in _JOBS:
        run = record["PipelineExecutionArn"].rpartition("/")[2]
        name = f"pipelines-{run}-{step['Name']}-{''.join(world.random.choices(_LETTERS, k=10))}"
        kind, shown = f"{kind}Job", {"Arn": arn(world, _JOBS[kind], name)}
    begin_step(world, record, step["Name"], trim("PipelineExecutionStepMetadata", {kind: shown}))


def _succeed(world: World, record: Document, step: Document, course: Course) -> None:
    shown = world.pipeline_steps[record["PipelineExecutionArn"]][-1]
    if step["Type"] == _REGISTERS:
        group = course.group or step.get("Arguments", {}).get("ModelPackageGroupName", "")
        try:
            package = registering.register(world, record, group, course)
        except (LookupError, ClientError, BotoCoreError) as fault:
            _fail(world, record, f"ClientError: {fault}")
            return
        shown["Metadata"] = {_REGISTERS: {"Arn": package}}
    end_step(world, record, shown, "Succeeded")


def _fail(world: World, record: Document, reason: str) -> None:
    end_open_steps(world, record, "Failed", reason)
    finish_execution(world, record["PipelineExecutionArn"], "Failed", _FAILED)
