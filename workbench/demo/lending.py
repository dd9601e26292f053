"""The story of lending-prod: no Model Monitor watches it, and Kedge measures its captured data itself."""

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.domain.run import Monitor
from kedge.ledger.items import ItemKind
from kedge.services.measurement.schedule import SentWindows
from workbench.demo.cast import BUCKET, LENDING
from workbench.demo.scene import Scene
from workbench.demo.stage import Stage

MONITOR: Final = "lending-data"
REPORT: Final = "report.html"

_DOCUMENT: Final = Path(__file__).with_name("monitors.yaml")
_RECORDS: Final = 1_500
_HOUR: Final = timedelta(hours=1)
# The wait of the monitor in its document, which the demo replaces.
_WRITTEN: Final = "offset: 15m"


def prepare(stage: Stage) -> None:
    """Store captured data of two hours, and a baseline made of good data."""
    end = stage.hour
    s3 = stage.stack.client("s3")
    for hours, drift in ((2, 0.0), (1, 1.0)):
        start = end - _HOUR * hours
        key = f"capture/{LENDING}/AllTraffic/{start:%Y/%m/%d/%H}/00-00-000-demo.jsonl"
        s3.put_object(Bucket=BUCKET, Key=key, Body=captured(start, hours, drift))
    with tempfile.TemporaryDirectory() as folder:
        data, baseline = Path(folder, "good.jsonl"), Path(folder, "baseline")
        data.write_bytes(captured(end - 48 * _HOUR, 7, 0.0) + captured(end - 47 * _HOUR, 8, 0.0))
        stage.kedge("monitor", "baseline", str(data), "--format", "capture", "--out", str(baseline))
        for file in sorted(path for path in baseline.iterdir() if path.is_file()):
            s3.put_object(Bucket=BUCKET, Key=f"baselines/{LENDING}/{file.name}", Body=file.read_bytes())


def report(stage: Stage) -> bytes | None:
    """Return the HTML report of the drifted hour, or None if there is none."""
    return _file(stage, stage.hour, REPORT)


def captured(start: datetime, seed: int, drift: float) -> bytes:
    """Return the captured requests of an hour as JSON Lines: income and debt of an applicant, and the probability of a default.

    With `drift`, applicants with more debt arrive, whose outcome the model finds harder to predict.
    """
    draws = Random(seed)
    lines = []
    for number in range(_RECORDS):
        debt = draws.gauss(drift, 1.0)
        income = round(draws.lognormvariate(10.5, 0.5), 2)
        purpose = draws.choices(["car", "home", "study"], [5, 3, 2])[0]
        score = 1 / (1 + 2.718281828 ** -(2.0 * debt - 2.0 + draws.gauss(0, 0.3)))
        at = start + timedelta(seconds=number * 3_600 / _RECORDS)
        lines.append(
            _line(
                f"{seed}-{number}",
                at,
                {"score": round(score, 6)},
                {"debt": round(debt, 4), "income": income, "purpose": purpose},
            )
        )
    return "".join(lines).encode()


def _line(name: str, at: datetime, answer: dict[str, Any], given: dict[str, Any]) -> str:
    def side(mode: str, data: dict[str, Any]) -> dict[str, str]:
        return {"observedContentType": "application/json", "mode": mode, "data": json.dumps(data), "encoding": "JSON"}

    record = {
        "captureData": {"endpointInput": side("INPUT", given), "endpointOutput": side("OUTPUT", answer)},
        "eventMetadata": {"eventId": name, "inferenceTime": f"{at:%FT%TZ}"},
        "eventVersion": "0",
    }
    return json.dumps(record) + "\n"


def _measure(stage: Stage) -> None:
    _publish(stage)
    stage.until("the verdict of the drifted hour", lambda: stage.minute() and _verdict(stage, stage.hour) is not None)


def _publish(stage: Stage) -> None:
    """Publish the monitor as if it had not run for two hours: it catches up on both.

    Only now: reconcile runs every minute, and would measure both hours in an earlier scene.
    """
    offset = (datetime.now(UTC) - stage.hour) // timedelta(minutes=1)
    moment = stage.hour - 2 * _HOUR + timedelta(minutes=offset + 1)
    sent = {MONITOR: SentWindows(first=moment, until=moment)}
    DynamoStoredDocument(stage.table, ItemKind.MONITORS, "SENT").keep(msgspec.json.encode(sent).decode(), 0)
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, _DOCUMENT.name)
        document.write_text(
            _DOCUMENT.read_text(encoding="utf-8").replace(_WRITTEN, f"offset: {offset}m"), encoding="utf-8"
        )
        stage.kedge("monitor", "push", str(document))
    stage.read_documents_anew()


def _verdict(stage: Stage, end: datetime) -> str | None:
    data = _file(stage, end, "kedge_run.json")
    return None if data is None else str(json.loads(data)["verdict"])


def _file(stage: Stage, end: datetime, name: str) -> bytes | None:
    s3 = stage.stack.client("s3")
    key = f"kedge-monitoring/{LENDING}/{MONITOR}/{end:%Y/%m/%d/%H}/{name}"
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=key).get("Contents", [])
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() if found else None


def _wrong(stage: Stage) -> Iterator[str]:
    verdicts = [_verdict(stage, end) for end in (stage.hour - _HOUR, stage.hour)]
    if verdicts != ["clean", "violated"]:
        yield f"the verdicts of {LENDING} are {verdicts}"
    incident = stage.incident(LENDING, Monitor.DATA_QUALITY)
    if incident is None or "without labels" not in incident.problem.estimate:
        yield f"the incident of {LENDING} has no estimated accuracy"
    if report(stage) is None:
        yield f"{LENDING} has no report"


SCENES: Final = (
    Scene(
        title=f"{LENDING}: Kedge measures a clean hour and a drifted hour itself",
        play=_measure,
        mails=(f"[CRITICAL] {LENDING}: 2 of 4 features drifted",),
        about=(LENDING, Monitor.DATA_QUALITY),
        wrong=_wrong,
    ),
)
