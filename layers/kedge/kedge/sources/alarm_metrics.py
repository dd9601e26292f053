"""What an alarm looks at, as an event, a message or a direct action spells it, and which of its parts speaks.

EventBridge and the direct action write `metricStat`, `name` and dimensions as an object; SNS writes `MetricStat`, `MetricName` and
dimensions as a list. Shapes: docs/aws-behaviour.md
"""

from collections.abc import Iterator

from msgspec import Struct

from kedge.domain.alarm import Watched
from kedge.domain.errors import MalformedSignal
from kedge.sources.place import Place


class Contributor(Struct, frozen=True):
    """One time series of an alarm that watches several: its id, and the attributes that tell it from the others."""

    id: str
    attributes: dict[str, str]


def in_configuration(configuration: Place) -> Iterator[Watched]:
    """Return what an event's `configuration` says the alarm looks at."""
    for entry in configuration.at("metrics").each():
        yield _watched(entry.at("metricStat", "metric"), entry)


def in_trigger(trigger: Place) -> Iterator[Watched]:
    """Return what the `Trigger` of SNS's message says the alarm looks at."""
    if trigger.has("MetricName") or trigger.has("Dimensions"):
        yield _watched(trigger, trigger)
    for entry in trigger.at("Metrics").each():
        yield _watched(entry.at("MetricStat", "Metric"), entry)


def contributor_in_event(data: Place) -> Contributor | None:
    """Return the contributor that an event, or a direct action, is about; None if it is about the whole alarm."""
    found = data.at("alarmContributor")
    return _contributor(found.text("id"), found.at("attributes"))


def contributor_in_message(message: Place) -> Contributor | None:
    """Return the contributor that SNS's message is about; None if it is about the whole alarm."""
    return _contributor(message.text("AlarmContributorId"), message.at("AlarmContributorAttributes"))


def dimensions_in(place: Place) -> dict[str, str]:
    """Return dimensions given as an object (events) or as a list of name and value (SNS: keys in lower case, unlike all others)."""
    if isinstance(place.value, dict):
        pairs = [(name, value) for name, value in place.value.items()]
    else:
        pairs = [(item.text("name", "Name"), item.text("value", "Value")) for item in place.each()]
    return {name: value for name, value in pairs if isinstance(name, str) and isinstance(value, str)}


def _watched(metric: Place, entry: Place) -> Watched:
    """What a metric, and the entry that it stands in, say in either spelling."""
    return Watched(
        namespace=metric.text("namespace", "Namespace"),
        name=metric.text("name", "MetricName"),
        dimensions=dimensions_in(metric.at("dimensions")) or dimensions_in(metric.at("Dimensions")),
        account=entry.text("accountId", "AccountId"),
        expression=entry.text("expression", "Expression") or "",
        returned=all(entry.at(key).value is not False for key in ("returnData", "ReturnData")),
    )


def _contributor(id_: str | None, attributes: Place) -> Contributor | None:
    try:
        told = dimensions_in(attributes.parsed() if isinstance(attributes.value, str) else attributes)
    except MalformedSignal:
        told = {}
    if id_ is None and not told:
        return None
    return Contributor(id_ or ", ".join(f"{name}={value}" for name, value in sorted(told.items())), told)
