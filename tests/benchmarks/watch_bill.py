"""The bill of watch for a month, from the counted passes of an hour over a fleet."""

from typing import Final

from tests.benchmarks.bill import COMPRESSED, ENDPOINTS, HOURS, LATENCY, LOG_MONTHS, MONITORS, Line
from tests.benchmarks.watched_fleet import WatchUsage

SCHEDULES: Final = ENDPOINTS * MONITORS
PASSES: Final = HOURS * 6
_MEMORY: Final = 256
_ALARMS: Final = 2
# One line of JSON, and what CloudWatch adds to it.
_LOGGED: Final = 400
# Environments that Lambda starts anew, with the seconds of one.
_COLD: Final = 0.1
_COLD_SECONDS: Final = 3.0


def watching(usage: WatchUsage) -> list[Line]:
    """Return the lines of the passes of a month, without the alarms, which the bill of the stack has."""
    time = usage.seconds + LATENCY * usage.calls + _COLD * _COLD_SECONDS
    return [
        Line("lambda requests", PASSES, "a pass of watch every 10 minutes"),
        Line("lambda time", PASSES * time * _MEMORY / 1024, f"of watch, over {SCHEDULES} schedules"),
        # Eventually consistent reads cost half, and a case needs up to 2 units.
        Line("dynamodb reads", PASSES * (usage.keys + 1), "cases that watch compares with SageMaker's lists"),
        Line("dynamodb writes", PASSES, "the progress of watch"),
        Line("logs taken in", PASSES * _LOGGED, ""),
        Line("logs kept", PASSES * _LOGGED * COMPRESSED * LOG_MONTHS, ""),
        Line("sagemaker calls", PASSES * (usage.calls - 2), "lists and schedules of watch"),
    ]


def whole_of(usage: WatchUsage) -> list[Line]:
    """Return the lines of everything that watch costs, with its alarms."""
    return [*watching(usage), Line("cloudwatch alarms", _ALARMS, "on watch")]
