"""Monitors of Kedge on the deployed ring: a document in force, its first measurements, and the files of their reports."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.table import Table
from kedge.ledger.items import ItemKind
from kedge.monitors.spec import MonitorsDocument
from kedge.services.policy_store.stored import read
from tests.stack.deployed_ring import BUCKET, DeployedRing
from tests.stack.publishing import publish, start_again

HOUR: Final = timedelta(hours=1)
_NOW: Final = datetime.now(UTC)
END: Final = _NOW.replace(minute=0, second=0, microsecond=0)
"""The end of the last full hour, which these monitors measure."""

# This hour is due now, and the next one an hour later: no other window becomes due during the tests.
_OFFSET: Final = f"{(_NOW - END) // timedelta(minutes=1)}m"


def put(ring: DeployedRing, key: str, data: bytes, bucket: str = BUCKET) -> None:
    """Write an object."""
    ring.stack.client("s3").put_object(Bucket=bucket, Key=key, Body=data)


def put_in_force(ring: DeployedRing, name: str, monitors: Sequence[Mapping[str, Any]]) -> Callable[[], bool]:
    """Publish a Monitors document and wait until it is kept.

    Return a round of reconcile, which says whether the first windows of all monitors were sent.
    """
    defaults = {"reports": f"s3://{BUCKET}", "catch_up": 1, "offset": _OFFSET}
    text = {"apiVersion": "kedge/v1", "kind": "Monitors", "name": name, "version": "1", "defaults": defaults}
    publish(ring, json.dumps(text | {"monitors": monitors}), "Monitors")
    start_again(ring, "Reconcile")

    def is_kept() -> bool:
        ring.minute()
        document = read(_shelf(ring).load()[0]).sound(MonitorsDocument)
        return document is not None and document.name == name

    def is_sent() -> bool:
        ring.minute()
        text, _ = _shelf(ring, "SENT").load()
        return text is not None and json.loads(text).keys() == {each["name"] for each in monitors}

    ring.until(is_kept)
    # It has read the monitors before the new ones were kept, and uses them for a while.
    start_again(ring, "Reconcile")
    return is_sent


def forget_rounds(ring: DeployedRing, monitor: str, past: timedelta) -> None:
    """Store that the last round of reconcile for a monitor was some time ago, so that all of that time is due again."""
    shelf = _shelf(ring, "SENT")
    text, over = shelf.load()
    sent = json.loads(text or "{}")
    sent[monitor]["until"] = (datetime.now(UTC) - past).isoformat()
    shelf.keep(json.dumps(sent), over)


def report_of(ring: DeployedRing, folder: str, end: datetime = END) -> dict[str, bytes]:
    """Return the files of the report of a window, by their names. `folder` is the endpoint's and the monitor's."""
    s3, prefix = ring.stack.client("s3"), f"kedge-monitoring/{folder}/{end:%Y/%m/%d/%H}/"
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return {
        each["Key"].removeprefix(prefix): s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in found
    }


def _shelf(ring: DeployedRing, name: str = "KEPT") -> DynamoStoredDocument:
    return DynamoStoredDocument(
        Table(ring.stack.client("dynamodb"), ring.outputs["TableName"]), ItemKind.MONITORS, name
    )
