"""The alarms of an endpoint, from metrics that have data. Pure.

An alarm with one dimension too few or too many stays in INSUFFICIENT_DATA without an error. Therefore each alarm takes
the dimensions exactly as ListMetrics lists them, and a metric that is not listed gets no alarm.
"""

import math
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from workbench.cli.model.naming import name_of
from workbench.cli.model.state import MADE_BY, AlarmState, EndpointState, MetricState, StackState, alarm_settings
from workbench.cli.model.steps import MakeAlarm, Permission, PlanItem, Standing
from workbench.cli.model.wishes import Wishes

SERVING: Final = "AWS/SageMaker"
INSTANCES: Final = "/aws/sagemaker/Endpoints"
"""The namespace of the metrics of instances begins with a slash, and that of an endpoint does not."""

COST: Final = 0.10
"""US dollars a month for a metric in a standard alarm (Amazon CloudWatch Pricing, us-east-1)."""

_LONGEST_NAME: Final = 255
_MICROSECONDS: Final = 1_000.0
# Twice the highest hourly average of 2 weeks: above everything that was normal, below what callers notice late.
_ROOM: Final = 2.0
_LEAST_LATENCY: Final = 50_000.0
_WITHOUT_DATA: Final = 1_000_000.0
_BUSY: Final = 90.0
# Data capture stops when the disk is fuller than this.
_FULL: Final = 75.0
# Requests are steady if they arrived in almost each hour since the first one, for at least 3 days.
_STEADY_HOURS: Final = 72
_STEADY_SHARE: Final = 0.98
_LASTING: Final = {"EndpointName", "VariantName"}
_SIZE: Final = re.compile(r"\.(?:(medium|large)|(\d*)xlarge)$")


class _Rule(Struct, frozen=True, kw_only=True):
    """What one alarm watches. `missing` is TreatMissingData; `periods` are consecutive ones of `period` seconds."""

    what: str
    namespace: str
    metric: str
    statistic: str
    period: int
    periods: int
    comparison: str = "GreaterThanThreshold"
    missing: str
    says: str


_LATENCY: Final = _Rule(
    what="latency", namespace=SERVING, metric="ModelLatency", statistic="Average", period=300, periods=3,
    missing="missing", says="the model answers more slowly than {limit}",
)  # fmt: skip
_CLIENT: Final = _Rule(
    what="4xx", namespace=SERVING, metric="Invocation4XXErrors", statistic="Average", period=300, periods=3,
    missing="notBreaching", says="more than {limit} of the requests end with a client error",
)  # fmt: skip
_SERVER: Final = _Rule(
    what="5xx", namespace=SERVING, metric="Invocation5XXErrors", statistic="Average", period=300, periods=2,
    missing="notBreaching", says="more than {limit} of the requests end with a server error",
)  # fmt: skip
_TRAFFIC: Final = _Rule(
    what="no-invocations", namespace=SERVING, metric="Invocations", statistic="Sum", period=3600, periods=1,
    comparison="LessThanThreshold", missing="breaching", says="no request arrives within 1 hour",
)  # fmt: skip
_CPU: Final = _Rule(
    what="cpu", namespace=INSTANCES, metric="CPUUtilization", statistic="Average", period=300, periods=3,
    missing="missing", says="the instances use more than {limit} of their processors",
)  # fmt: skip
_DISK: Final = _Rule(
    what="disk", namespace=INSTANCES, metric="DiskUtilization", statistic="Maximum", period=300, periods=3,
    missing="missing", says="a disk is fuller than {limit}, and data capture stops there",
)  # fmt: skip


def alarm_items(state: EndpointState, stack: StackState, wishes: Wishes) -> tuple[PlanItem, ...]:
    """Return an item for each alarm that can fire, and one for each metric without data."""
    if not wishes.alarms:
        return ()
    known = {each.name: each for each in state.alarms}
    items: list[PlanItem] = []
    for rule in (_LATENCY, _CLIENT, _SERVER, _TRAFFIC, _CPU, _DISK):
        found = [each for each in state.metrics if (each.namespace, each.name) == (rule.namespace, rule.metric)]
        # A metric of one config, instance or container ends with it, and its alarm would be without data from then on.
        lasting = [each for each in found if dict(each.dimensions).keys() <= _LASTING]
        if not lasting:
            items.append(_without_data(rule))
        for metric in lasting:
            items += _items_of(rule, metric, state, stack, wishes, known, several=len(lasting) > 1)
    return tuple(items)


def _items_of(
    rule: _Rule,
    metric: MetricState,
    state: EndpointState,
    stack: StackState,
    wishes: Wishes,
    known: dict[str, AlarmState],
    *,
    several: bool,
) -> Iterator[PlanItem]:
    limit = _limit(rule, metric, state, wishes)
    if limit is None:
        yield _without_limit(rule, metric)
        return
    variant = f"-{metric.variant}" if several and metric.variant else ""
    name = name_of(state.name, f"{rule.what}{variant}".lower(), _LONGEST_NAME)
    existing = known.get(name)
    # A threshold is chosen once: another week of traffic is no reason to change an alarm that a team may have tuned.
    if existing is not None:
        yield PlanItem(
            what=f"alarm {rule.what}{variant}", standing=Standing.EXISTS, present=f"{name} ({existing.state})"
        )
        return
    request = _request(rule, metric, state, stack, name, limit)
    arn = f"arn:{state.partition}:cloudwatch:{state.region}:{state.account}:alarm:{name}"
    yield PlanItem(
        what=f"alarm {rule.what}{variant}",
        standing=Standing.MAKE,
        present="none",
        change=f"{name}: {_said(rule, limit, metric, state)}",
        cost=COST,
        permissions=(Permission("cloudwatch:PutMetricAlarm", arn), Permission("cloudwatch:TagResource", arn)),
        undo=f"aws cloudwatch delete-alarms --alarm-names {name}",
        brings={f"alarm {name}": alarm_settings(request)},
        action=MakeAlarm(request=request, test=wishes.test_alarms),
    )


def _request(
    rule: _Rule, metric: MetricState, state: EndpointState, stack: StackState, name: str, limit: float
) -> dict[str, Any]:
    says = _said(rule, limit, metric, state)
    return {
        "AlarmName": name,
        "AlarmDescription": f"{state.name}: {says}. Made by kedge model onboard.",
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in metric.dimensions],
        "Statistic": rule.statistic,
        "Period": rule.period,
        "EvaluationPeriods": rule.periods,
        "DatapointsToAlarm": rule.periods,
        "Threshold": limit,
        "ComparisonOperator": rule.comparison,
        "TreatMissingData": rule.missing,
        "AlarmActions": [stack.alarms_topic],
        "OKActions": [stack.alarms_topic],
        "Tags": [{"Key": MADE_BY[0], "Value": MADE_BY[1]}],
    }


def _limit(rule: _Rule, metric: MetricState, state: EndpointState, wishes: Wishes) -> float | None:
    """Return the threshold in the unit of the metric; None if it cannot be known yet."""
    match rule.what:
        case "latency":
            if wishes.latency_ms is not None:
                return wishes.latency_ms * _MICROSECONDS
            if not metric.hours:
                return _WITHOUT_DATA
            return _rounded(max(_LEAST_LATENCY, _ROOM * metric.highest))
        case "4xx":
            return 0.05
        case "5xx":
            return 0.01
        case "no-invocations":
            steady = metric.hours >= max(_STEADY_HOURS, _STEADY_SHARE * metric.span)
            return 1.0 if steady else None
        case "cpu":
            count = processors(_instance_type(state, metric.variant))
            return None if count is None else _BUSY * count
        case _:
            return _FULL


def processors(instance_type: str) -> int | None:
    """Return the number of processors by the size in the name of an instance type; None if the size is unknown.

    A size of N xlarge has 4 N processors, and large and medium have 2. CPUUtilization of an endpoint is the sum over
    all processors, each from 0 to 100.
    """
    found = _SIZE.search(instance_type)
    if found is None:
        return None
    return 2 if found[1] else 4 * int(found[2] or 1)


def _instance_type(state: EndpointState, variant: str) -> str:
    return next((each.instance_type for each in state.variants if variant in ("", each.name)), "")


def _said(rule: _Rule, limit: float, metric: MetricState, state: EndpointState) -> str:
    match rule.what:
        case "latency":
            shown = f"{limit / _MICROSECONDS:,.0f} ms"
        case "4xx" | "5xx":
            shown = f"{limit * 100:.0f} %"
        case "cpu":
            shown = f"{limit / (processors(_instance_type(state, metric.variant)) or 1):.0f} %"
        case _:
            shown = f"{limit:.0f} %"
    return rule.says.format(limit=shown)


def _rounded(value: float) -> float:
    """Return a value rounded up to 2 digits."""
    scale = 10 ** (math.floor(math.log10(value)) - 1)
    return float(math.ceil(value / scale) * scale)


def _without_data(rule: _Rule) -> PlanItem:
    return PlanItem(
        what=f"alarm {rule.what}",
        standing=Standing.LATER,
        present="none",
        change=f"CloudWatch lists no {rule.metric} yet: run the command again after the first requests",
    )


def _without_limit(rule: _Rule, metric: MetricState) -> PlanItem:
    why = (
        f"requests arrived in {metric.hours} of {metric.span} hours: an hour without any may be normal"
        if rule.what == "no-invocations"
        else "the number of processors is not known for this instance type"
    )
    return PlanItem(what=f"alarm {rule.what}", standing=Standing.LATER, present="none", change=why)
