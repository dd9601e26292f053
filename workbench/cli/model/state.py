"""The present state of an endpoint and of the stack that watches it, as plans are made from it. Pure.

`reading` fills these types. `facts_of` names each fact that a plan relies on, and `digest_of` is the digest of all.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from kedge.monitors.spec import MonitorSpec
from kedge.policy.spec.document import Ownership

MADE_BY: Final = ("kedge:made-by", "kedge")
"""The tag of everything that `kedge model onboard` makes."""

FOR: Final = "kedge:made-for"
"""The tag of a config that names the endpoint that it was made for."""

REPLACES: Final = "kedge:replaces"
"""The tag of a config that names the config before it."""


DELETED: Final = "Deleted"
"""The status of an endpoint that does not exist any more. SageMaker has no word for it."""


class EndpointKind(StrEnum):
    """The kinds of endpoints. SageMaker captures the data of real-time endpoints with one model for each variant."""

    REAL_TIME = "real-time"
    SERVERLESS = "serverless"
    ASYNCHRONOUS = "asynchronous"
    MULTI_MODEL = "multi-model"
    INFERENCE_COMPONENTS = "inference components"


class VariantState(Struct, frozen=True, kw_only=True):
    """A production variant: its model, its instance type, and the desired number of instances."""

    name: str
    model: str = ""
    instance_type: str = ""
    count: int | None = None


class CaptureState(Struct, frozen=True, kw_only=True):
    """The data capture that the endpoint reports. `share` is in percent."""

    is_on: bool = False
    share: int = 0
    destination: str = ""
    status: str = ""


class MetricState(Struct, frozen=True, kw_only=True):
    """A metric that CloudWatch lists for the endpoint: its exact dimensions, and its data of the last 2 weeks.

    `highest` is the highest hourly average, and `total` the sum of all values. `hours` is the number of hours with data,
    and `span` the hours since the first of them. An hour without invocations has no data of them. Without data, all are
    zero.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    highest: float = 0.0
    hours: int = 0
    span: int = 0
    total: float = 0.0

    @property
    def variant(self) -> str:
        """Return the variant that the metric is of, or an empty text."""
        return dict(self.dimensions).get("VariantName", "")


class AlarmState(Struct, frozen=True, kw_only=True):
    """An alarm with a dimension of the endpoint. `settings` is a digest of the settings that decide when it fires."""

    name: str
    arn: str
    metric: str
    settings: str
    state: str = ""
    updated: datetime | None = None
    period: int = 0
    is_ours: bool = False


class ScheduleState(Struct, frozen=True, kw_only=True):
    """A monitoring schedule of the endpoint, and its last execution if there was one."""

    name: str
    type: str
    status: str
    expression: str = ""
    definition: str = ""
    baseline: str = ""
    last_run: datetime | None = None
    last_status: str = ""
    is_ours: bool = False


class JobDefinitionState(Struct, frozen=True):
    """A job definition of Model Monitor for the endpoint."""

    type: str
    name: str
    is_ours: bool


class EndpointState(Struct, frozen=True, kw_only=True):
    """An endpoint: its config as a request that makes an equal one, and everything that watches it.

    `config_request` is the answer of DescribeEndpointConfig without what CreateEndpointConfig does not take; it is empty
    if the config was deleted. `leftovers` are configs that onboarding made and the endpoint does not use. `invocations`
    are those of a day, on average.
    """

    name: str
    arn: str
    account: str
    region: str
    status: str
    config: str
    config_request: dict[str, Any]
    kind: EndpointKind = EndpointKind.REAL_TIME
    pending_config: str = ""
    replaces: str = ""
    config_is_ours: bool = False
    retains_deployment: bool = False
    variants: tuple[VariantState, ...] = ()
    capture: CaptureState = CaptureState()
    packages: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    invocations: float = 0.0
    metrics: tuple[MetricState, ...] = ()
    alarms: tuple[AlarmState, ...] = ()
    schedules: tuple[ScheduleState, ...] = ()
    definitions: tuple[JobDefinitionState, ...] = ()
    leftovers: tuple[str, ...] = ()
    captured_since: datetime | None = None

    @property
    def partition(self) -> str:
        """Return the partition of the ARN: aws, aws-cn or aws-us-gov."""
        return self.arn.split(":")[1]


class StackState(Struct, frozen=True, kw_only=True):
    """The stack that watches: its topics, its buckets, its names of tags, its monitors, and the people who receive mails.

    `mails` are the subscribed addresses with the state of each. `baselines` are the prefixes that have a baseline.
    `buckets` are those that the function `monitor` may list.
    """

    name: str = "kedge"
    alarms_topic: str
    people_topic: str
    reports_bucket: str
    buckets: tuple[str, ...] = ()
    ownership: Ownership = Ownership()
    monitors: tuple[MonitorSpec, ...] = ()
    mails: dict[str, str] = {}
    baselines: dict[str, datetime] = {}
    denied: tuple[str, ...] = ()


def monitors_of(stack: StackState, endpoint: str) -> tuple[MonitorSpec, ...]:
    """Return the monitors in force that measure an endpoint."""
    return tuple(each for each in stack.monitors if each.target.endpoint == endpoint)


def facts_of(state: EndpointState, stack: StackState) -> dict[str, str]:
    """Return each fact that a plan relies on, by name. Traffic is none of them, because it changes all the time."""
    capture = state.capture
    facts = {
        "endpoint": state.arn,
        "status": state.status,
        "config": config_fact(state.config, state.config_request),
        "capture": capture_fact(is_on=capture.is_on, share=capture.share, destination=capture.destination),
    }
    ownership = stack.ownership
    for key in (ownership.owner_tag, ownership.runbook_tag, ownership.pipeline_tag):
        facts[f"tag {key}"] = state.tags.get(key, "")
    facts |= {f"alarm {each.name}": each.settings for each in state.alarms}
    facts |= {f"schedule {each.name}": each.definition or each.type for each in state.schedules}
    facts |= {f"job definition {each.name}": each.type for each in state.definitions}
    facts |= {f"config {name}": "unused" for name in state.leftovers}
    facts |= {f"monitor {each.name}": digest(each) for each in monitors_of(stack, state.name)}
    facts |= {f"mail {address}": "subscribed" for address in stack.mails}
    facts |= {f"baseline {prefix}": "made" for prefix in stack.baselines}
    return facts


def digest_of(facts: Mapping[str, str]) -> str:
    """Return the digest of the facts that a plan relies on: 16 hexadecimal digits."""
    return digest({name: facts[name] for name in sorted(facts) if relies_on(name)}, 16)


def relies_on(name: str) -> bool:
    """Return whether a change of a fact makes a plan stale. Mails of other people come and go."""
    return not name.startswith("mail ")


def digest(value: object, digits: int = 8) -> str:
    """Return some hexadecimal digits of the SHA-256 of a value in JSON, with its keys in order."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()[:digits]


def config_fact(name: str, request: Mapping[str, Any]) -> str:
    """Return the fact of a config: its name, and a digest of its content, because a name can be used again."""
    content = {key: value for key, value in request.items() if key not in ("EndpointConfigName", "Tags")}
    return f"{name} {digest(content)}"


def capture_fact(*, is_on: bool, share: int, destination: str) -> str:
    """Return the fact of a data capture."""
    return f"{share} % to {destination}" if is_on else "off"


def alarm_settings(request: Mapping[str, Any]) -> str:
    """Return a digest of the settings of an alarm, from PutMetricAlarm or from DescribeAlarms."""
    dimensions = sorted((each["Name"], each["Value"]) for each in request.get("Dimensions", ()))
    names = ("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "ComparisonOperator", "TreatMissingData")
    numbers = ("Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold")
    return digest(
        (
            dimensions,
            [request.get(name) or "" for name in names],
            [float(request.get(name) or 0) for name in numbers],
            [sorted(request.get(name, ())) for name in ("AlarmActions", "OKActions")],
        )
    )
