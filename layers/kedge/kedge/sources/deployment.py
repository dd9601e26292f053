"""Reads the progress of a deployment: the only event that names the old config and the new one (docs/aws-behaviour.md)."""

from datetime import datetime
from typing import NamedTuple

from kedge.domain.ids import stamp
from kedge.domain.signal import DeploymentChanged
from kedge.sources.endpoint import config_in, named_in
from kedge.sources.event_header import Event
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment


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
