"""Reads the status of an endpoint and of its deployments. Its event writes IN_SERVICE, the API writes InService (docs/aws-behaviour.md)."""

from datetime import datetime
from typing import Final, NamedTuple

from kedge.domain.ids import stamp
from kedge.domain.signal import DeploymentChanged, EndpointChanged
from kedge.domain.target import Target, TargetKind
from kedge.sources.arns import is_config, last_part, spelling
from kedge.sources.event_header import Event
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment

_DELETED: Final = "Deleted"
_STATUSES: Final = {
    spelling(status): status
    for status in (
        "OutOfService",
        "Creating",
        "Updating",
        "SystemUpdating",
        "RollingBack",
        "InService",
        "Deleting",
        "Deleted",
        "Failed",
        "UpdateRollbackFailed",
    )
}


class Named(NamedTuple):
    """The common content of both kinds of endpoint event."""

    target: Target
    status: str
    config: str | None


def read_endpoint(event: Event) -> EndpointChanged:
    """Return the signal in a `SageMaker Endpoint State Change`. Raises MalformedSignal."""
    named = named_in(event)
    modified = None if named.status == _DELETED else moment(event.detail.at("LastModifiedTime").value)
    at = modified or event.at  # the end of an endpoint does not change its LastModifiedTime
    return EndpointChanged(
        id=f"endpoint/{named.target.account}/{named.target.region}/{named.target.name}/{named.status}/{stamp(at)}",
        at=at,
        target=named.target,
        provenance=event.arrival.told(f"endpoint {named.target.name}"),
        status=named.status,
        config=named.config,
    )


def named_in(event: Event) -> Named:
    """Return endpoint, status and running config of an event.

    Raises:
        MalformedSignal: the name or the status is missing.
    """
    detail = event.detail
    arn = detail.text("EndpointArn") or next(iter(event.resources), None)
    name = detail.text("EndpointName") or last_part(arn)
    if name is None:
        raise detail.at("EndpointName").fault("must hold the endpoint's name; neither it nor EndpointArn does")
    account, region = event.place_of(arn)
    status = detail.need("EndpointStatus", "the endpoint's status")
    return Named(
        Target(account=account, region=region, kind=TargetKind.ENDPOINT, name=name),
        _STATUSES.get(spelling(status)) or _camel(status),
        config_in(detail),
    )


def config_in(place: JsonValue) -> str | None:
    """Return the config that a place names, or None. Raises MalformedSignal if the text cannot be a config's name."""
    name = place.text("EndpointConfigName")
    if name is not None and not is_config(name):
        raise place.at("EndpointConfigName").fault(
            "must be the name of an endpoint config: letters, digits and hyphens, 63 at most"
        )
    return name


def _camel(status: str) -> str:
    """Return a status that the API's list lacks in the API's spelling."""
    return "".join(part.capitalize() for part in status.split("_")) if "_" in status or status.isupper() else status


class _Stage(NamedTuple):
    name: str | None = None
    at: datetime | None = None


def read_deployment(event: Event) -> DeploymentChanged:
    """Return the signal in a `SageMaker Endpoint Deployment State Change`.

    During the deployment of a config, its own variants carry the stage. A change of capacity does not have a pending
    config, and the running variants carry its stage.

    Raises:
        MalformedSignal: the event cannot be read.
    """
    detail, named = event.detail, named_in(event)
    summary = detail.at("PendingDeploymentSummary")
    pending = config_in(summary)
    stage = _newest(summary.at("ProductionVariants")) or _newest(detail.at("ProductionVariants")) or _Stage()
    at = stage.at or moment(summary.at("StartTime").value) or moment(detail.at("LastModifiedTime").value) or event.at
    what = f"{named.config or '-'}/{pending or '-'}/{named.status}/{stage.name or '-'}"
    return DeploymentChanged(
        id=f"deployment/{named.target.account}/{named.target.region}/{named.target.name}/{what}/{stamp(at)}",
        at=at,
        target=named.target,
        provenance=event.arrival.told(f"a deployment to endpoint {named.target.name}"),
        status=named.status,
        config=named.config,
        pending=pending,
        stage=stage.name,
    )


def _newest(variants: JsonValue) -> _Stage | None:
    """Return the stage that began last among all variants; without times, the last one."""
    stages = [
        _Stage(status.text("Status"), moment(status.at("StartTime").value))
        for variant in variants.each()
        for status in variant.at("VariantStatus").each()
        if status.text("Status")
    ]
    dated = [(stage.at, number, stage) for number, stage in enumerate(stages) if stage.at]
    if dated:
        return max(dated)[2]
    return stages[-1] if stages else None
