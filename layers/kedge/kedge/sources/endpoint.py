"""Reads the status of an endpoint. Its event writes IN_SERVICE, the API writes InService (docs/aws-behaviour.md)."""

from typing import Final, NamedTuple

from kedge.domain.ids import stamp
from kedge.domain.signal import EndpointChanged
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
