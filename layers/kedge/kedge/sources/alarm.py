"""Reads a CloudWatch alarm's change of state: three shapes, one signal.

EventBridge (`detail`) and the direct Lambda action (`alarmData`) share one spelling. SNS has another: dimensions are a
list, and `Region` is a display name. All three describe one transition with one state timestamp, so they have one id.
An alarm that monitors several time series reports each of them, its contributors, under one name.

Shapes: docs/aws-behaviour.md.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.alarm import ThresholdComparison, WatchedMetric, compared_nothing, endpoint_of, measured_nothing
from kedge.domain.errors import Permanent
from kedge.domain.ids import alarm_id, part_of, stamp
from kedge.domain.run import Verdict
from kedge.domain.signal import PERIODS, AlarmChanged
from kedge.domain.target import Target, TargetKind
from kedge.ports.readers import Alarm, Alarms
from kedge.sources.alarm_fields import (
    Contributor,
    contributor_in_event,
    contributor_in_message,
    from_reason_data,
    from_sentence,
    has_no_points,
    in_configuration,
    in_trigger,
)
from kedge.sources.arns import arn, last_part
from kedge.sources.envelope import DeliveredBody
from kedge.sources.event_header import Event, Home, SignalOrigin, account_in, first_arn, region_in
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment

_VERDICTS: Final = {"ALARM": Verdict.ALARM, "OK": Verdict.OK, "INSUFFICIENT_DATA": Verdict.INSUFFICIENT_DATA}
_METRIC_KEYS: Final = ("MetricName", "Dimensions", "Metrics")
_WORDS: Final = frozenset({"description"})
_PERIOD: Final = 300.0  # seconds, if the alarm's configuration is unknown
_LONGEST_PERIOD: Final = 86_400.0


class _Transition(Struct, frozen=True, kw_only=True):
    """The content of all three shapes, in one spelling. `bare` means that it does not say what the alarm monitors."""

    name: str
    verdict: Verdict
    at: datetime | None
    account: str | None
    region: str | None
    reason: str
    description: str
    metrics: tuple[WatchedMetric, ...]
    bare: bool
    compared: ThresholdComparison
    previous: Verdict | None
    suppressed: "_Suppressed"
    blind: bool
    contributor: Contributor | None


class _Suppressed(Struct, frozen=True):
    """The reason for which CloudWatch suppresses an alarm's actions.

    `by` is an alarm, a period or a mute rule. Cause and end are set if CloudWatch states them.
    """

    by: str | None = None
    why: str = ""
    until: datetime | None = None


def from_event(event: Event, alarms: Alarms, home: Home) -> AlarmChanged:
    """Return the signal in an EventBridge `CloudWatch Alarm State Change`.

    Raises:
        MalformedSignal: the event cannot be read.
        Transient: the port failed.
    """
    account, region = event.place_of()
    told = _structured(event.detail, account, region)
    return _signal(told, event.at, None, alarms, home, event.arrival)


def from_action(
    delivery: DeliveredBody, alarms: Alarms, home: Home, received: datetime, arrival: SignalOrigin
) -> AlarmChanged:
    """Return the signal in a direct Lambda action.

    Raises:
        MalformedSignal: the action cannot be read.
        Transient: the port failed.
    """
    root = delivery.root
    found = arn(root.text("alarmArn"))
    account = found.account if found else account_in(root.get("accountId"))
    region = found.region if found else region_in(root.get("region"))
    told = _structured(root.at("alarmData").must_be_object(), account, region)
    at = moment(root.at("time").value) or delivery.published or received
    return _signal(told, at, None, alarms, home, arrival)


def from_message(
    delivery: DeliveredBody, alarms: Alarms, home: Home, received: datetime, arrival: SignalOrigin
) -> AlarmChanged:
    """Return the signal in an SNS notification, which may only hold AlarmName, AlarmDescription and NewStateValue.

    Raises:
        MalformedSignal: the notification cannot be read.
        Transient: the port failed.
    """
    message = delivery.root
    own, topic = arn(message.text("AlarmArn")), arn(delivery.topic)
    account = own.account if own else account_in(message.get("AWSAccountId"))
    region = own.region if own else None
    trigger = message.at("Trigger")
    reason = message.text("NewStateReason") or ""
    told = _Transition(
        name=message.need("AlarmName", "the alarm's name"),
        verdict=_verdict(message, "NewStateValue"),
        at=moment(message.at("StateChangeTime").value),
        account=account,
        region=region,
        reason=reason,
        description=message.text("AlarmDescription") or "",
        metrics=tuple(in_trigger(trigger)),
        bare=not any(trigger.has(key) for key in _METRIC_KEYS) and not message.has("AlarmRule"),
        compared=_compared_in_message(trigger, reason),
        previous=_VERDICTS.get((message.text("OldStateValue") or "").upper()),
        blind=measured_nothing(reason),
        contributor=contributor_in_message(message),
        suppressed=_suppressed(message, message.at("MuteDetail"), message),
    )
    fallback = Home(topic.account, topic.region) if topic else home
    return _signal(told, delivery.published or received, delivery.message_id, alarms, fallback, arrival)


def _structured(data: JsonValue, account: str | None, region: str | None) -> _Transition:
    state, configuration = data.at("state").must_be_object(), data.at("configuration")
    reason = state.text("reason") or ""
    compared, spoken = from_reason_data(state.at("reasonData")), from_sentence(reason)
    return _Transition(
        name=data.need("alarmName", "the alarm's name"),
        verdict=_verdict(state, "value"),
        at=moment(state.at("timestamp").value),
        account=account,
        region=region,
        reason=reason,
        description=configuration.text("description") or "",
        metrics=tuple(in_configuration(configuration)),
        bare=not isinstance(configuration.value, dict) or configuration.value.keys() <= _WORDS,
        compared=_either(compared, spoken),
        previous=_VERDICTS.get((data.at("previousState").text("value") or "").upper()),
        blind=measured_nothing(reason) or (compared_nothing(reason) and has_no_points(state.at("reasonData"))),
        contributor=contributor_in_event(data),
        suppressed=_suppressed(state, data.at("muteDetail"), configuration),
    )


def _signal(
    told: _Transition,
    otherwise: datetime,
    message_id: str | None,
    alarms: Alarms,
    fallback: Home,
    arrival: SignalOrigin,
) -> AlarmChanged:
    looked_up = _looked_up(told, alarms) if told.bare else None
    own = first_arn(looked_up.arn) if looked_up else None
    account = told.account or (own.account if own else fallback.account)
    region = told.region or (own.region if own else fallback.region)
    metrics = told.metrics
    compared = told.compared
    if looked_up is not None:
        metrics = looked_up.everything
        compared = _either(compared, ThresholdComparison(None, looked_up.threshold))
    spoken = tuple(each for each in metrics if each.namespace or each.name or each.dimensions)
    first = next((each for each in spoken if each.returned), spoken[0] if spoken else WatchedMetric())
    at = told.at or otherwise
    # Without a state time, two deliveries are the same signal only if SNS says that they are one message.
    when = f"message:{message_id}" if told.at is None and message_id else stamp(at)
    part = told.contributor
    source_target = Target(account=account, region=region, kind=TargetKind.ALARM, name=told.name)
    return AlarmChanged(
        id=alarm_id(account, region, part_of(told.name, part.id if part else ""), told.verdict.name, when),
        at=at,
        target=_target(source_target, metrics, part),
        provenance=arrival.told(f"alarm {told.name}"),
        alarm=told.name,
        verdict=told.verdict,
        reason=told.reason,
        description=told.description,
        namespace=first.namespace,
        metric=first.name,
        dimensions=first.dimensions,
        observed=compared.observed,
        limit=compared.limit,
        previous=told.previous,
        blind=told.blind,
        alarm_account=account,
        contributor=part.id if part else "",
        attributes=part.attributes if part else {},
        vague=told.bare and looked_up is None,
        suppressed_by=told.suppressed.by,
        suppressed_why=told.suppressed.why,
        suppressed_until=told.suppressed.until,
    )


def _suppressed(state: JsonValue, mute: JsonValue, configuration: JsonValue) -> _Suppressed:
    """Return what suppresses an alarm's actions, in the words of any of the three shapes, and its known end.

    A mute rule states its end. The two periods of a composite alarm, in seconds, begin with the change of its state.
    """
    rule = mute.text("mutedByArn", "MutedByArn") if isinstance(mute.value, dict) else None
    if rule is not None:
        until = moment(mute.at("muteWindowEnd").value) or moment(mute.at("MuteWindowEnd").value)
        return _Suppressed(rule, f"Muted by the alarm mute rule {last_part(rule) or rule}", until)
    why = state.text("actionsSuppressedReason", "ActionsSuppressedReason") or ""
    by = state.text("actionsSuppressedBy", "ActionsSuppressedBy") or why or None
    changed = moment(state.at("timestamp").value) or moment(state.at("StateChangeTime").value)
    if by not in PERIODS or changed is None:
        return _Suppressed(by, why)
    seconds = configuration.number(f"actionsSuppressor{by}") or configuration.number(f"ActionsSuppressor{by}")
    return _Suppressed(by, why, changed + timedelta(0, min(seconds or _PERIOD, _LONGEST_PERIOD)))


def _looked_up(told: _Transition, alarms: Alarms) -> Alarm | None:
    """Return the alarm as this account knows it, unless it is one of the same name in another account or Region.

    A refusal (Permanent) counts as absence: the message alone is enough for an incident.
    """
    try:
        found = alarms.alarm(told.name)
    except Permanent:
        return None
    own = arn(found.arn) if found else None
    strange = own and ((told.account or own.account) != own.account or (told.region or own.region) != own.region)
    return None if strange else found


def _target(source_target: Target, metrics: tuple[WatchedMetric, ...], part: Contributor | None) -> Target:
    found = endpoint_of(metrics, source_target.account, part.attributes if part else {})
    if found is None:
        return source_target
    return Target(account=found.account, region=source_target.region, kind=TargetKind.ENDPOINT, name=found.name)


def _verdict(place: JsonValue, key: str) -> Verdict:
    text = place.need(key, f"one of {', '.join(_VERDICTS)}")
    verdict = _VERDICTS.get(text.upper())
    if verdict is None:
        raise place.at(key).fault(f"must be one of {', '.join(_VERDICTS)}, not {text[:40]!r}")
    return verdict


def _compared_in_message(trigger: JsonValue, reason: str) -> ThresholdComparison:
    spoken = from_sentence(reason)
    # The Threshold of an anomaly alarm is 0.0 and has no meaning.
    limit = None if trigger.has("ThresholdMetricId") else trigger.number("Threshold")
    return ThresholdComparison(spoken.observed, spoken.limit if limit is None else limit)


def _either(first: ThresholdComparison, second: ThresholdComparison) -> ThresholdComparison:
    return ThresholdComparison(
        second.observed if first.observed is None else first.observed,
        second.limit if first.limit is None else first.limit,
    )
