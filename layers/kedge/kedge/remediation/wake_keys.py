"""The names that connect an event with the action that waits for it."""

from kedge.domain.remedy import RemedyName
from kedge.domain.signal import (
    AlarmChanged,
    AnySignal,
    DeploymentChanged,
    EndpointChanged,
    EndpointRead,
    ModelPackageChanged,
    PipelineFinished,
    RunFinished,
)
from kedge.domain.target import Target


def endpoint_name(target: Target) -> str:
    """Return the name of every event of a target."""
    return f"endpoint/{target}"


def config_name(target: Target, config: str) -> str:
    """Return the name of a config that comes into service on an endpoint."""
    return f"config/{target}/{config}"


def question_name(target: Target, remedy: RemedyName) -> str:
    """Return the name of events that may answer an open question about a remedy without an approver.

    These are another config, or the end of the endpoint.
    """
    return f"question/{target}/{remedy}"


def execution_name(arn: str) -> str:
    """Return the name of an execution that a remedy started.

    SageMaker writes its ARNs in lower case, but not everywhere.
    """
    return f"execution/{arn.lower()}"


def package_name(arn: str) -> str:
    """Return the name of a model package."""
    return f"package/{arn.lower()}"


def names_of(signal: AnySignal) -> tuple[str, ...]:
    """Return the names of a signal that an action may wait for; none for most signals."""
    match signal:
        case EndpointChanged(target=target, config=config) | DeploymentChanged(target=target, config=config):
            return (endpoint_name(target), *((config_name(target, config),) if config else ()), *_questions(target))
        case EndpointRead(target=target, config=config, packages=packages):
            return (config_name(target, config), *map(package_name, packages), *_questions(target))
        case PipelineFinished(execution=execution):
            return (execution_name(execution),)
        case ModelPackageChanged(package=package, made_by=made_by):
            return (package_name(package), *((execution_name(made_by),) if made_by else ()))
        case RunFinished(target=target) | AlarmChanged(target=target):
            return (endpoint_name(target),)
        case _:
            return ()


def _questions(target: Target) -> tuple[str, ...]:
    return tuple(question_name(target, remedy) for remedy in RemedyName if remedy is not RemedyName.NONE)
