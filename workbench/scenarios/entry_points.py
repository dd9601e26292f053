"""How an event of a test reaches Kedge: as AWS delivers it, or as a stranger would."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.signal import RunFinished
from workbench.replay.entry_points import entry_point_of

BUCKET: Final = "policy-test"
"""The bucket of the reports of tests."""

_TOPIC: Final = "arn:aws:sns:{region}:{account}:kedge-alarms"


class By(StrEnum):
    """The way an event reaches Kedge."""

    EVENTS = "events"  # an event of AWS, about a fact that AWS's API knows
    TOPIC = "topic"  # a message that a stranger published to the alarms topic
    CALL = "call"  # a stranger invokes intake
    FILE = "file"  # a stranger wrote a file into a bucket of reports


def delivered(raw: object, by: By | None, account: str, region: str) -> tuple[object, EntryPoint]:
    """Return the delivered form of an event, and its entry point. Without `by` its shape decides, as in a recording."""
    match by:
        case By.TOPIC:
            topic = _TOPIC.format(region=region, account=account)
            note = {"Type": "Notification", "TopicArn": topic, "Message": msgspec.json.encode(raw).decode()}
            return note, EntryPoint.EVENTS
        case By.CALL:
            return raw, EntryPoint.DIRECT
        case _:
            return raw, entry_point_of(raw)


def reaching(run: RunFinished, by: By | None) -> RunFinished:
    """Return a run of a schedule as it reaches Kedge: SageMaker knows its job, unless a stranger reports it."""
    match by:
        case By.FILE:
            says = Provenance(entry_point=EntryPoint.EVENTS, says=f"a file in s3://{BUCKET}")
            return msgspec.structs.replace(run, id=f"report/{run.id}", job=None, provenance=says)
        case By.CALL:
            says = Provenance(entry_point=EntryPoint.DIRECT, says="a detector's call")
            return msgspec.structs.replace(run, id=f"run/{run.id}", job=None, provenance=says)
        case _:
            name = (run.job or "").rpartition("/")[2]
            says = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.SAGEMAKER, says=f"processing job {name}")
            return msgspec.structs.replace(run, provenance=says)


def folder_of(endpoint: str | None, schedule: str, at: datetime) -> str:
    """Return the folder of keys into which the run of an hour writes its report."""
    whose = f"{endpoint}/{schedule}" if endpoint else schedule
    return f"monitoring/{whose}/{at:%Y/%m/%d/%H}"
