"""Whether what was started came to its end, made a model, and whether that is the better one."""

from typing import Final

from kedge.domain.action import Action
from kedge.domain.facts import Execution, ModelPackage, Observed
from kedge.policy.outcomes.checked import Checked
from kedge.policy.outcomes.measures import compared

# SageMaker's, Step Functions' and CodePipeline's own words, whose case differs.
_SUCCEEDED: Final = "SUCCEEDED"
_ENDED_BADLY: Final = frozenset(
    {"FAILED", "STOPPED", "ABORTED", "TIMED_OUT", "CANCELLED", "SUPERSEDED", "PENDING_REDRIVE"}
)


def ended_well(execution: Execution | None, what: str) -> Checked:
    """Whether an execution succeeded."""
    if execution is None:
        return Checked(name="execution", ok=None, says=f"no execution of {what} was found yet", awaited=True)
    status = execution.status.upper()
    if status == _SUCCEEDED:
        return Checked(name="execution", ok=True, says=f"the execution of {what} succeeded")
    if status in _ENDED_BADLY:
        failure = f": {execution.failure}" if execution.failure else ""
        return Checked(name="execution", ok=False, says=f"the execution of {what} is {execution.status}{failure}")
    return Checked(name="execution", ok=None, says=f"the execution of {what} is {execution.status}", awaited=True)


def package_made(action: Action, observed: Observed) -> Checked:
    """Whether a model package is there that names the execution as its maker."""
    makers = {arn.casefold() for arn in (action.started, observed.execution and observed.execution.arn) if arn}
    package = observed.package
    if package is None or (package.made_by or "").casefold() not in makers:
        return Checked(name="package", ok=None, says="no model package names the execution as its maker", awaited=True)
    return Checked(name="package", ok=True, says=f"model package {short(package)} was made by it")


def model_better(package: ModelPackage, in_service: ModelPackage | None) -> Checked:
    """Whether a new model beats the one in service. Where that cannot be said, the registry's approval has to answer."""
    question = "whether it is better is for its approval in the model registry to say"
    if in_service is None:
        return Checked(
            name="metrics", ok=None, says=f"no model package in service is known to compare with: {question}"
        )
    found = compared(package.metrics, in_service.metrics)
    told = ", ".join(
        f"{name} {package.metrics[name]:g} ({in_service.metrics[name]:g} in service)"
        for name in (*found.worse, *found.better, *found.same)
    )
    if found.worse and not found.better:
        return Checked(name="metrics", ok=False, says=f"the new model is worse: {told}")
    if found.better and not found.worse:
        return Checked(name="metrics", ok=True, says=f"the new model is better: {told}")
    why = f"the new model is not plainly better: {told}" if told else "the two models have no metric to compare"
    return Checked(name="metrics", ok=None, says=f"{why}; {question}")


def short(package: ModelPackage) -> str:
    """What people call a package: the end of its ARN."""
    return package.arn.split(":")[-1].removeprefix("model-package/")
