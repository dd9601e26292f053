"""UpdateEndpoint: a new fleet beside the old one, phase by phase, until one of them remains.

Until the end the endpoint shows its old configuration, and the new one in PendingDeploymentSummary. It ends InService
with the new configuration, or InService with the old one: a caller that only waits for InService does not see the
difference.

It rolls back on demand (see `fates`), or because of an alarm of its AutoRollbackConfiguration or a missing artifact
(see `guards`).
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from workbench.local_sagemaker import deployment_events, phases
from workbench.local_sagemaker.autoscaling import refuse_another_machine
from workbench.local_sagemaker.endpoint_configs import endpoint_config
from workbench.local_sagemaker.endpoints import change_status, endpoint, running
from workbench.local_sagemaker.fates import Fate, Outcome
from workbench.local_sagemaker.guards import missing, ringing
from workbench.local_sagemaker.models import artifacts_of
from workbench.local_sagemaker.phases import Phase
from workbench.local_sagemaker.transitions import Act, next_fate, play, refuse_unless_settled
from workbench.local_sagemaker.world import Document, World

_LOOKS = 60
_KEPT = ("DesiredInstanceCount", "DesiredWeight")


def update_endpoint(world: World, request: Document) -> Document:
    """Begin a deployment.

    It is refused while another change runs, and if either configuration or a model of the new one is missing. It is
    also refused if a variant under Application Auto Scaling would disappear or get another instance type.
    """
    name = request["EndpointName"]
    record = endpoint(world, name)
    refuse_unless_settled(record)
    before = endpoint_config(world, record["EndpointConfigName"])
    config = endpoint_config(world, request["EndpointConfigName"])
    refuse_another_machine(world, name, before, config)
    places = artifacts_of(world, config)
    target = running(config)
    if request.get("RetainAllVariantProperties", False):
        _retain(record, target, request.get("ExcludeRetainedVariantProperties", []))
    strategy = _strategy(record, request)
    whole = phases.phases(strategy, _counts(record), _counts(target), world.lag)
    fate = next_fate(world, name)
    seen = phases.until(fate.outcome, whole)
    if strategy:
        target["LastDeploymentConfig"] = strategy
    change_status(world, name, "Updating")
    began = world.now()
    starts = fate.starts([phase.lasts for phase in seen])
    shown = [partial(_show, world, name, target, began, phase) for phase in seen]
    acts: list[tuple[timedelta, Act]] = list(
        zip(starts, [*shown, partial(_finish, world, name, target, fate)], strict=True)
    )
    acts[1:1] = _looks(world, name, fate, strategy, places, starts)
    play(world, name, acts)
    return {"EndpointArn": record["EndpointArn"]}


def _looks(
    world: World, name: str, fate: Fate, strategy: Document, places: list[str], starts: list[timedelta]
) -> Iterator[tuple[timedelta, Act]]:
    """Yield the checks of a deployment.

    The artifacts of the models are checked once, the alarms repeatedly until the old fleet is terminated.
    """
    if fate.outcome is Outcome.FAILED:
        return
    launched, gone = starts[1], starts[-2]
    yield launched, partial(_stop_if, world, name, fate, partial(missing, world, places))
    for after in sorted({launched + (gone - launched) * turn / _LOOKS for turn in range(_LOOKS + 1)}):
        yield after, partial(_stop_if, world, name, fate, partial(ringing, world, strategy))


def _stop_if(world: World, name: str, fate: Fate, trouble: Callable[[], str | None]) -> None:
    reason = trouble()
    if reason is not None:
        pending = endpoint(world, name)["PendingDeploymentSummary"]
        counts = tuple(variant["CurrentInstanceCount"] for variant in pending["ProductionVariants"])
        _show(world, name, pending, pending["StartTime"], phases.giving_up(counts))
        status = "UpdateRollbackFailed" if fate.outcome is Outcome.ROLLBACK_FAILED else "InService"
        change_status(world, name, status, reason)


def _strategy(record: Document, request: Document) -> Document:
    if "DeploymentConfig" in request:
        given: Document = request["DeploymentConfig"]
        return given
    return record.get("LastDeploymentConfig", {}) if request.get("RetainDeploymentConfig", False) else {}


def _retain(record: Document, target: Document, excluded: list[Document]) -> None:
    """Keep the properties of variants with the same name, except the excluded ones.

    The data capture is always the new configuration's.
    """
    given_up = {prop["VariantPropertyType"] for prop in excluded}
    before = {variant["VariantName"]: variant for variant in record["ProductionVariants"]}
    for variant in target["ProductionVariants"]:
        old = before.get(variant["VariantName"], variant)
        for prop in _KEPT:
            if prop not in given_up:
                variant[prop] = variant[prop.replace("Desired", "Current")] = old[prop]


def _counts(record: Document) -> tuple[int, ...]:
    return tuple(variant["DesiredInstanceCount"] for variant in record["ProductionVariants"])


def _show(world: World, name: str, target: Document, began: object, phase: Phase) -> None:
    record = endpoint(world, name)
    now = world.now()
    new = [
        variant
        | {"CurrentInstanceCount": count, "CurrentWeight": variant["DesiredWeight"] if phase.takes_traffic else 0.0}
        for variant, count in zip(target["ProductionVariants"], phase.counts, strict=True)
    ]
    told = record["ProductionVariants"] if phase.of_old else new
    for variant, message in zip(told, phase.messages, strict=True):
        variant["VariantStatus"] = [{"Status": phase.status, "StatusMessage": message, "StartTime": now}]
    record["PendingDeploymentSummary"] = {
        "EndpointConfigName": target["EndpointConfigName"],
        "ProductionVariants": new,
        "StartTime": began,
    }
    world.emit(deployment_events.deployment(world, record))


def _finish(world: World, name: str, target: Document, fate: Fate) -> None:
    if fate.outcome is Outcome.SUCCEEDED:
        record = endpoint(world, name)
        for key in ("DataCaptureConfig", "FailureReason"):
            record.pop(key, None)
        record |= target
    change_status(world, name, _ENDS[fate.outcome], fate.reason or _WHY.get(fate.outcome))


_ENDS = {
    Outcome.SUCCEEDED: "InService",
    Outcome.ROLLED_BACK: "InService",
    Outcome.FAILED: "Failed",
    Outcome.ROLLBACK_FAILED: "UpdateRollbackFailed",
}
_WHY = {
    Outcome.FAILED: "The update failed on demand.",
    Outcome.ROLLBACK_FAILED: "The update and its rollback failed on demand.",
}

OPERATIONS = {"UpdateEndpoint": update_endpoint}
