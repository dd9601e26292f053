"""Writes the samples of `events/capture`: a table for a baseline, a clean hour, a drifted hour, and labels.

Run `python -m workbench.sample_capture`. The files are the same on each machine: all chance is of Python's own generator.
"""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parents[1] / "events" / "capture"
TABLE: Final = "churn-train.csv"
LABELS: Final = "labels/2026/11/21/06/labels.jsonl"
HOURS: Final = (datetime(2026, 11, 20, 22, tzinfo=UTC), datetime(2026, 11, 20, 23, tzinfo=UTC))
_NAMES: Final = ("probability", "tenure", "charge", "calls", "plan", "region")
_PLANS: Final = ("basic", "plus", "pro")
_REGIONS: Final = 8
_ROWS: Final = 2_500
_REQUESTS: Final = 130
_PER_REQUEST: Final = 4


class _Customer(NamedTuple):
    probability: float
    tenure: int
    charge: float
    calls: int
    plan: str
    region: str
    label: int

    @property
    def given(self) -> str:
        return f"{self.tenure},{self.charge:.2f},{self.calls},{self.plan},{self.region}"


def sample_files() -> dict[str, bytes]:
    """Return the samples by their paths below `events/capture`."""
    table = [_customer(Random(f"train {number}"), drifted=False) for number in range(_ROWS)]
    rows = [f"{each.probability:.4f},{each.given},{each.label}" for each in table]
    files = {TABLE: "\n".join([",".join((*_NAMES, "churned")), *rows, ""])}
    labels: list[str] = []
    for hour in HOURS:
        key = f"churn-prod/AllTraffic/{hour:%Y/%m/%d/%H}/00-12-345-4d0a1b2c.jsonl"
        files[key] = "".join(_requests(hour, labels))
    files[LABELS] = "".join(labels)
    return {name: text.encode() for name, text in files.items()}


def _customer(chance: Random, *, drifted: bool) -> _Customer:
    """Return a customer whose label follows the probability. Drift: more calls, higher charges, and a new plan."""
    tenure = min(72, int(chance.expovariate(1 / 24)))
    charge = round(chance.lognormvariate(3.6, 0.35) * (1.25 if drifted else 1.0), 2)
    calls = sum(chance.random() < (0.5 if drifted else 0.25) for _ in range(8))
    plans, weights = (*_PLANS, "family"), (40, 35, 17, 8) if drifted else (60, 30, 10, 0)
    plan = chance.choices(plans, weights)[0]
    odds = 0.45 * calls - 0.05 * tenure + 0.01 * charge - (0.8 if plan == "pro" else 0.0) - 1.1
    probability = round(1 / (1 + math.exp(-odds)), 4)
    region = f"r{min(_REGIONS - 1, int(chance.expovariate(0.5)))}"
    return _Customer(probability, tenure, charge, calls, plan, region, int(chance.random() < probability))


def _requests(hour: datetime, labels: list[str]) -> Iterator[str]:
    """Yield the captured requests of an hour, each with several records, and add their labels."""
    for number in range(_REQUESTS):
        chance = Random(f"{hour:%H} {number}")
        rows = [_customer(chance, drifted=hour == HOURS[1]) for _ in range(_PER_REQUEST)]
        event = f"{hour:%H}{number:06d}-8025-47e3-8f6a-4d0a1b2c3d4e"
        sides = {
            "endpointInput": _side("INPUT", "\n".join(each.given for each in rows)),
            "endpointOutput": _side("OUTPUT", "\n".join(f"{each.probability}" for each in rows)),
        }
        moment = hour + timedelta(seconds=number * 3600 / _REQUESTS)
        metadata = {"eventId": event, "inferenceTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
        yield _line({"captureData": sides, "eventMetadata": metadata, "eventVersion": "0"})
        data = "\n".join(str(each.label) for each in rows)
        labels.append(
            _line(
                {
                    "groundTruthData": {"data": data, "encoding": "CSV"},
                    "eventMetadata": {"eventId": event},
                    "eventVersion": "0",
                }
            )
        )


def _side(mode: str, data: str) -> dict[str, str]:
    return {"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": "CSV"}


def _line(record: dict[str, object]) -> str:
    return json.dumps(record, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    for name, content in sample_files().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_bytes(content)
