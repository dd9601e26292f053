"""Carries out a plan, step by step. Each step checks that its result is there, and leaves what was there if it fails."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from kedge.domain.errors import KedgeError
from workbench.cli.connection.stack import AwsRefused
from workbench.cli.model.refusals import CallRefused, Clients, call
from workbench.cli.model.steps import (
    Action,
    Call,
    ChangeMonitors,
    MakeAlarm,
    MakeBaseline,
    OnboardingPlan,
    PlanItem,
    SwitchConfig,
    is_done,
)

PATIENCE: Final = 3_600.0
"""Seconds that an update of an endpoint may take. SageMaker itself gives up earlier."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 15.0
# SageMaker starts the capture shortly after the endpoint is in service.
_PATIENCE_WITH_CAPTURE: Final = 120.0
_UNDER_WAY: Final = ("Creating", "Updating", "SystemUpdating", "RollingBack")

type Tell = Callable[[str], None]
type Publish = Callable[[ChangeMonitors], None]
type Make = Callable[[MakeBaseline], None]


class StepFailed(Exception):
    """A step did not have its result. The message says what was left, and what to do."""


class Effects(Struct, frozen=True, kw_only=True):
    """The effects that steps need. `tell` receives a line of progress; `sleep` waits some seconds."""

    clients: Clients
    publish: Publish
    baseline: Make
    tell: Tell
    sleep: Callable[[float], None]


class Failure(Struct, frozen=True):
    """A step that was not carried out, and why."""

    what: str
    why: str


class Result(Struct, frozen=True, kw_only=True):
    """The result of a run: the steps that are done now, that were done before, that failed, and that were left out."""

    done: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    skipped: tuple[Failure, ...] = ()


def apply_plan(plan: OnboardingPlan, facts: Mapping[str, str], effects: Effects) -> Result:
    """Carry out the steps of a plan whose results are not facts yet, and return what happened.

    A step that fails does not stop the others, but those that need its result are left out.
    """
    done: list[str] = []
    before: list[str] = []
    failed: list[Failure] = []
    skipped: list[Failure] = []
    missing: set[str] = set()
    for item in plan.steps:
        if is_done(item, dict(facts)):
            before.append(item.label)
            continue
        needed = sorted(missing.intersection(item.needs))
        if needed:
            missing.update(item.brings)
            skipped.append(Failure(item.label, f"it needs: {', '.join(needed)}"))
            continue
        if isinstance(item.action, SwitchConfig | MakeBaseline | ChangeMonitors):
            effects.tell(f"{plan.endpoint}: {item.what} …")
        try:
            _carry_out(item, effects)
        except (StepFailed, AwsRefused, KedgeError) as error:
            missing.update(item.brings)
            failed.append(Failure(item.label, str(error)))
            effects.tell(f"{plan.endpoint}: {item.label} failed")
        else:
            done.append(item.label)
            effects.tell(f"{plan.endpoint}: {item.label} done")
    return Result(done=tuple(done), before=tuple(before), failed=tuple(failed), skipped=tuple(skipped))


def _carry_out(item: PlanItem, effects: Effects) -> None:
    action: Action | None = item.action
    resource = item.permissions[0].resource if item.permissions else "*"
    match action:
        case SwitchConfig():
            switch_config(action, effects)
        case MakeBaseline():
            effects.baseline(action)
        case ChangeMonitors():
            effects.publish(action)
        case MakeAlarm():
            call(effects.clients, "cloudwatch", "PutMetricAlarm", resource, **action.request)
            if action.test:
                _test(action, effects)
        case Call():
            _call(action, resource, effects)
        case None:
            raise ValueError(f"{item.what} has no action")


def _call(action: Call, resource: str, effects: Effects) -> None:
    try:
        call(effects.clients, action.service, action.operation, resource, **action.request)
    except CallRefused as error:
        is_gone = error.is_absent and action.operation.startswith("Delete")
        if error.code not in action.is_done_on and not is_gone:
            raise


def _test(action: MakeAlarm, effects: Effects) -> None:
    """Set a new alarm to ALARM and back to OK, so that its actions send both. The alarm's own data decides afterwards."""
    name = action.request["AlarmName"]
    for state in ("ALARM", "OK"):
        reason = "Test by kedge model onboard --test-alarms"
        call(effects.clients, "cloudwatch", "SetAlarmState", AlarmName=name, StateValue=state, StateReason=reason)


def switch_config(action: SwitchConfig, effects: Effects) -> None:
    """Update an endpoint to another config, check the result, and go back if it is not the wanted one.

    Raises:
        StepFailed: the endpoint has another config afterwards, or its capture is not as wanted.
        CallRefused: AWS refused a call.
    """
    new = action.request["EndpointConfigName"]
    if action.makes:
        _make_config(action, effects)
    try:
        _update(action.endpoint, new, action, effects)
    except (CallRefused, StepFailed):
        if action.makes:
            _discard(new, action, effects)
        raise
    if not _capture_is(action, effects):
        wanted = "on" if action.capture else "off"
        _update(action.endpoint, action.previous, action, effects)
        if action.makes:
            _discard(new, action, effects)
        raise StepFailed(
            f"data capture is not {wanted} after the update to {new}. The endpoint is back on {action.previous}."
        )
    if action.deletes and action.deletes != new:
        call(effects.clients, "sagemaker", "DeleteEndpointConfig", EndpointConfigName=action.deletes)


def _make_config(action: SwitchConfig, effects: Effects) -> None:
    """Create the config. An equal one of an earlier run is taken as it is."""
    request = action.request
    try:
        call(effects.clients, "sagemaker", "CreateEndpointConfig", **request)
    except CallRefused as error:
        if error.code != "ValidationException" or "already existing" not in str(error):
            raise
        found = call(
            effects.clients, "sagemaker", "DescribeEndpointConfig", EndpointConfigName=request["EndpointConfigName"]
        )
        if any(found.get(key) != value for key, value in request.items() if key != "Tags"):
            raise StepFailed(f"another config has the name {request['EndpointConfigName']}: delete it first") from error


def _update(endpoint: str, config: str, action: SwitchConfig, effects: Effects) -> None:
    """Update the endpoint, wait until it is over, and check that it runs with the config."""
    known = call(effects.clients, "sagemaker", "DescribeEndpoint", EndpointName=endpoint)
    if known["EndpointConfigName"] == config and known["EndpointStatus"] == "InService":
        return
    keeps: dict[str, Any] = {"RetainDeploymentConfig": True} if action.retains_deployment else {}
    call(
        effects.clients,
        "sagemaker",
        "UpdateEndpoint",
        EndpointName=endpoint,
        EndpointConfigName=config,
        RetainAllVariantProperties=True,
        **keeps,
    )
    told = _wait(endpoint, effects)
    # SageMaker answers InService after a failed update, too: compare the config, not the status.
    if told["EndpointStatus"] != "InService" or told["EndpointConfigName"] != config:
        reason = told.get("FailureReason", "no reason given")
        raise StepFailed(
            f"the update to {config} failed: {reason}. The endpoint is {told['EndpointStatus']} with the config "
            f"{told['EndpointConfigName']}."
        )


def _wait(endpoint: str, effects: Effects) -> dict[str, Any]:
    """Return the endpoint when its update is over. Raises StepFailed if it takes too long."""
    waited, pause = 0.0, _FIRST_PAUSE
    while True:
        told = call(effects.clients, "sagemaker", "DescribeEndpoint", EndpointName=endpoint)
        if told["EndpointStatus"] not in _UNDER_WAY:
            return told
        if waited >= PATIENCE:
            raise StepFailed(
                f"the update still runs after {PATIENCE / 60:.0f} minutes. Run the command again when it is over."
            )
        effects.tell(f"{endpoint}: {told['EndpointStatus']}{_progress(told)}, {waited:.0f} s")
        effects.sleep(pause)
        waited += pause
        pause = min(_LONGEST_PAUSE, pause * 1.5)


def _progress(told: Mapping[str, Any]) -> str:
    variants = told.get("PendingDeploymentSummary", {}).get("ProductionVariants", ())
    said = {status["Status"] for each in variants for status in each.get("VariantStatus", ())}
    return f" ({', '.join(sorted(said))})" if said else ""


def _capture_is(action: SwitchConfig, effects: Effects) -> bool:
    waited, pause = 0.0, _FIRST_PAUSE
    while True:
        told = call(effects.clients, "sagemaker", "DescribeEndpoint", EndpointName=action.endpoint)
        capture = told.get("DataCaptureConfig", {})
        is_on = bool(capture.get("EnableCapture")) and capture.get("CaptureStatus", "Started") == "Started"
        if is_on == action.capture:
            return True
        if waited >= _PATIENCE_WITH_CAPTURE:
            return False
        effects.sleep(pause)
        waited += pause
        pause = min(_LONGEST_PAUSE, pause * 1.5)


def _discard(config: str, action: SwitchConfig, effects: Effects) -> None:
    """Delete a config that the endpoint does not use. A refusal leaves it, and is not the news."""
    told = call(effects.clients, "sagemaker", "DescribeEndpoint", EndpointName=action.endpoint)
    used = (told["EndpointConfigName"], told.get("PendingDeploymentSummary", {}).get("EndpointConfigName"))
    if config in used:
        return
    try:
        call(effects.clients, "sagemaker", "DeleteEndpointConfig", EndpointConfigName=config)
    except CallRefused as error:
        effects.tell(f"{config} stays: {error}")
