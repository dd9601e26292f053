"""A bucket in memory and the engine: the world of the tests of one measurement."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kedge.services.measurement.engine import EmbeddedEngine
from kedge.services.measurement.inputs import input_objects
from tests.fakes.captures import MemoryCaptures
from tests.support.measured_hours import capture_key, records
from tests.unit.services.measurement.test_window import task as plain_task

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = START + timedelta(hours=2)
CAPTURED = f"captures/{capture_key('churn-prod', START)}"


def task(number: int = 0, **changes: Any):
    """The measurement of the hour `number`."""
    window = type(plain_task().window)(START + HOUR * number, START + HOUR * (number + 1))
    earlier = tuple(window.end - HOUR * back for back in range(1, 13))
    return plain_task(window=window, earlier=earlier, **changes)


class NoJobs:
    def start(self, job):
        raise AssertionError(f"{job.name} was started for a window that is small")


class World:
    """A bucket with a baseline, and the engine."""

    def __init__(self, baseline: dict[str, bytes]) -> None:
        self.store = MemoryCaptures()
        self.engine = EmbeddedEngine(lambda: NOW, NoJobs())
        for name, data in baseline.items():
            self.store.put(f"baselines/churn/{name}", data)

    def capture(self, number: int, many: int, shift: float = 0.0) -> None:
        hour = START + HOUR * number
        self.store.put(f"captures/{capture_key('churn-prod', hour)}", records(100 + number, many, hour, shift))

    def measure(self, number: int = 0, **changes: Any):
        given = task(number, **changes)
        result = self.engine.measure(given, input_objects(given, self.store), self.store)
        for name, data in result.files.items():
            self.store.put(f"{given.report.removeprefix('s3://b/')}/{name}", data)
        return result
