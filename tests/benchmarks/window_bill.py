"""A month's bill of one endpoint whose data quality Kedge measures by itself every hour, beside the price of Model Monitor."""

from collections.abc import Mapping
from typing import Final

from tests.benchmarks.bill import COMPRESSED, HOURS, LATENCY, LOG_MONTHS, Line, moving
from tests.benchmarks.counted import Usage
from tests.benchmarks.measured_windows import Look, WindowUsage

MEMORY: Final = 1769  # MB, one CPU
# An hour is longer than Lambda keeps an idle environment, so every measurement pays for INIT. The benchmark of the cold start
# measures 0.8 seconds; Lambda is taken to need more than twice as long.
COLD_SECONDS: Final = 2.0
# Bytes a second that one connection to S3 brings.
S3_RATE: Final = 80e6
# The files of a run are kept for a year: the product never deletes them.
REPORT_MONTHS: Final = 12
# A violated feature is one more while it is violated.
METRICS: Final = 3
# A line of log, and the metrics of the window.
LOGGED: Final = 3_000
# A message of SQS is sent, received and deleted.
REQUESTS: Final = 3
# Model Monitor: minutes that a run keeps its instance, for start, Spark and analysis. A run of 1,000,000 records takes longer.
MODEL_MONITOR_MINUTES: Final = 5


def windows(measured: WindowUsage, usage: Mapping[str, Usage]) -> list[Line]:
    """Return the lines of a month of hourly windows. Each window is looked at twice, and each look sends a signal."""
    looks = (measured.first, measured.second)

    def calls(name: str) -> float:
        return HOURS * sum(look.calls.get(name, 0) for look in looks)

    written = measured.first.written  # the second look writes the same keys
    return [
        Line("lambda requests", HOURS * len(looks), "a measurement, and a second look for records that came late"),
        Line("lambda time", HOURS * sum(map(_seconds, looks)) * MEMORY / 1024, _said()),
        Line("sqs fifo requests", HOURS * len(looks) * REQUESTS, "the task: sent, received, deleted"),
        Line("s3 gets", calls("s3:GetObject"), "captured objects, baseline, history, profiles of earlier windows"),
        Line("s3 lists", calls("s3:ListBucket"), "the variants, three hours of objects, the baseline"),
        Line("s3 puts", calls("s3:PutObject"), "the files of the run"),
        Line("s3 storage", HOURS * REPORT_MONTHS * written, "the files of a year"),
        Line("cloudwatch metrics", METRICS, "records, violations, the largest distance"),
        Line("logs taken in", HOURS * len(looks) * LOGGED, "a line and the metrics"),
        Line("logs kept", HOURS * len(looks) * LOGGED * COMPRESSED * LOG_MONTHS, "90 days"),
        Line("kms requests", HOURS * len(looks), "the function's variables at each cold start"),
        *moving(usage, {"clean run": HOURS, "repeated event": HOURS}),
    ]


def model_monitor() -> list[Line]:
    """Return the line of Model Monitor for the same windows: its processing jobs alone."""
    hours = HOURS * MODEL_MONITOR_MINUTES / 60
    return [Line("processing", hours, f"{MODEL_MONITOR_MINUTES} minutes a run, one ml.m5.xlarge, its default")]


def _seconds(look: Look) -> float:
    return COLD_SECONDS + look.seconds + LATENCY * sum(look.calls.values()) + look.read / S3_RATE


def _said() -> str:
    return f"processor time, {LATENCY * 1000:.0f} ms a call, {S3_RATE / 1e6:.0f} MB a second, a cold start each"
