"""Events as EventBridge delivered them, rebuilt from the current answers of the APIs.

The module of the local SageMaker also writes a processing job's event. An alarm's event is built from its history and
its current configuration. Shapes: events/eventbridge.alarm.*.json. HistoryData of a StateUpdate holds `oldState` and
`newState` with stateValue, stateReason and stateReasonData (the AWS CLI's example of describe-alarm-history shows one).
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from kedge.sources.arns import ArnParts
from workbench.local_sagemaker import events as sagemaker
from workbench.local_sagemaker.world import World

type Document = dict[str, Any]
type Answer = Mapping[str, Any]

_IDS: Final = uuid.UUID("6f1c1b0e-6a55-4f0c-9a8e-2f4a5f0f5b1d")
_SUPPRESSOR: Final = (
    "AlarmRule",
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)


def of_job(job: Answer, owner: ArnParts) -> Document:
    """Return the `SageMaker Processing Job State Change` of an ended job.

    The same job always gives the same event.
    """
    chance = Random(job["ProcessingJobArn"])
    return sagemaker.processing_job(World(account=owner.account, region=owner.region, random=chance), dict(job))


def of_alarm(alarm: Answer, item: Answer, owner: ArnParts, before: datetime | None) -> Document | None:
    """Return the `CloudWatch Alarm State Change` of one StateUpdate in an alarm's history, None if it has no state.

    `before` is the time of the update before it, if that is known.
    """
    try:
        told = json.loads(item["HistoryData"])
        new, old = told["newState"], told.get("oldState", {})
        value = str(new["stateValue"])
    except (KeyError, TypeError, ValueError):
        return None
    at = item["Timestamp"].astimezone(UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid5(_IDS, f"{alarm['AlarmArn']}\n{at.isoformat()}\n{value}")),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": owner.account,
        "time": sagemaker.iso(at),
        "region": owner.region,
        "resources": [alarm["AlarmArn"]],
        "detail": {
            "alarmName": alarm["AlarmName"],
            "configuration": _configuration(alarm),
            "previousState": _state(old, before),
            "state": _state(new, at),
        },
    }


def _state(told: Answer, at: datetime | None) -> Document:
    data = told.get("stateReasonData")
    found = {
        "value": told.get("stateValue"),
        "reason": told.get("stateReason"),
        # The value is an object in the history and a text in the event.
        "reasonData": data if data is None or isinstance(data, str) else json.dumps(data, separators=(",", ":")),
        "timestamp": f"{at.isoformat(timespec='milliseconds').removesuffix('+00:00')}+0000" if at else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _configuration(alarm: Answer) -> Document:
    found = {_camel(key): alarm[key] for key in _SUPPRESSOR if key in alarm}
    if alarm.get("AlarmDescription"):
        found["description"] = alarm["AlarmDescription"]
    if "AlarmRule" not in alarm:
        found["metrics"] = list(_metrics(alarm))
    return found


def _metrics(alarm: Answer) -> Iterator[Document]:
    if alarm.get("MetricName"):
        stat = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
        yield {
            "id": str(uuid.uuid5(_IDS, alarm["AlarmArn"])),
            "metricStat": {"metric": _metric(alarm), "period": alarm.get("Period"), "stat": stat},
            "returnData": True,
        }
    for query in alarm.get("Metrics", ()):
        entry = {_camel(key): query[key] for key in ("Id", "Expression", "Label") if key in query}
        if stat := query.get("MetricStat"):
            entry["metricStat"] = {"metric": _metric(stat["Metric"]), "period": stat["Period"], "stat": stat["Stat"]}
        yield {**entry, "returnData": query.get("ReturnData", True)}


def _metric(told: Answer) -> Document:
    """Return a metric as the event has it. Dimensions are a list in the API and an object in the event."""
    return {
        "dimensions": {pair["Name"]: pair["Value"] for pair in told.get("Dimensions", ())},
        "name": told.get("MetricName"),
        "namespace": told.get("Namespace"),
    }


def _camel(word: str) -> str:
    return word[:1].lower() + word[1:]
