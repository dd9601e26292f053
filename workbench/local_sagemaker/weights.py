"""UpdateEndpointWeightsAndCapacities: other weights and counts for the running variants, without a new fleet.

A change that is rolled back passes through RollingBack and cannot stay there: ROLLBACK_FAILED is ROLLED_BACK here.
"""

from functools import partial

from workbench.local_sagemaker import deployment_events
from workbench.local_sagemaker.endpoints import change_status, endpoint
from workbench.local_sagemaker.errors import ApiError, invalid
from workbench.local_sagemaker.fates import Fate, Outcome
from workbench.local_sagemaker.transitions import next_fate, play, refuse_unless_settled
from workbench.local_sagemaker.world import Document, World

_PROPERTIES = ("DesiredWeight", "DesiredInstanceCount")


def update_weights(world: World, request: Document) -> Document:
    """Change the desired values at once, and the current ones after the world's lag.

    A variant that is not named stays unchanged.
    """
    name = request["EndpointName"]
    record = endpoint(world, name)
    refuse_unless_settled(record)
    wanted = {each["VariantName"]: each for each in request["DesiredWeightsAndCapacities"]}
    _refuse_what_does_not_fit(record, wanted)
    fate = next_fate(world, name)
    before: list[Document] = record["ProductionVariants"]
    record["ProductionVariants"] = [
        variant | {key: value for key, value in wanted.get(variant["VariantName"], {}).items() if key in _PROPERTIES}
        for variant in before
    ]
    change_status(world, name, "Updating")
    _show(world, record, before)
    play(world, name, [(fate.starts([world.lag])[-1], partial(_finish, world, name, before, fate))])
    return {"EndpointArn": record["EndpointArn"]}


def _refuse_what_does_not_fit(record: Document, wanted: dict[str, Document]) -> None:
    unknown = wanted.keys() - {variant["VariantName"] for variant in record["ProductionVariants"]}
    if unknown:
        names, config = ", ".join(sorted(unknown)), record["EndpointConfigName"]
        raise invalid(f'The variant name(s) "{names}" is/are not present within endpoint configuration "{config}".')
    if any("ServerlessUpdateConfig" in each for each in wanted.values()):
        raise ApiError("NotImplemented", "The local SageMaker has no serverless variants yet.", 501)


def _show(world: World, record: Document, before: list[Document]) -> None:
    for old, variant in zip(before, record["ProductionVariants"], strict=True):
        since, to = old["DesiredInstanceCount"], variant["DesiredInstanceCount"]
        status: Document = {"Status": "Updating", "StartTime": world.now()}
        if since != to:
            # "Scaling out" is in AWS's sample; "Scaling in" is its likely opposite.
            way = "out" if to > since else "in"
            status["StatusMessage"] = f"Scaling {way} desired instance count to {to}."
        if any(old[key] != variant[key] for key in _PROPERTIES):
            variant["VariantStatus"] = [status]
    world.emit(deployment_events.deployment(world, record))


def _finish(world: World, name: str, before: list[Document], fate: Fate) -> None:
    record = endpoint(world, name)
    match fate.outcome:
        case Outcome.FAILED:
            change_status(world, name, "Failed", fate.reason or "The change failed on demand.")
        case Outcome.SUCCEEDED:
            for variant in record["ProductionVariants"]:
                variant |= {key.replace("Desired", "Current"): variant[key] for key in _PROPERTIES}
            record.pop("FailureReason", None)
            change_status(world, name, "InService")
        case Outcome.ROLLED_BACK | Outcome.ROLLBACK_FAILED:
            change_status(world, name, "RollingBack")
            record["ProductionVariants"] = before
            change_status(world, name, "InService", fate.reason)


OPERATIONS = {"UpdateEndpointWeightsAndCapacities": update_weights}
