"""A window that is too large for the function: a job of Spark measures it, and a later repetition reads the result.

The job writes the files of the report itself, and its result as the last one. The token of a job is made of the window
and of the objects in it. So a repeated message starts nothing a second time, and later objects are a new job.
"""

import hashlib
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.run import Verdict
from kedge.monitors.spec import MonitoringType, SparkSpec
from kedge.monitors.task import MeasurementTask
from kedge.ports.captures import Captures
from kedge.ports.spark_jobs import SparkJob, SparkJobs
from kedge.services.measurement.inputs import InputObjects, bucket_and_key
from kedge.services.measurement.window import WindowResult, failed
from kedge_monitor.engines.embedded import MeasureSettings

RESULT: Final = "kedge_job.json"
"""The file that a job writes last."""

SCRIPT: Final = "monitor_spark.py"
ARCHIVE: Final = "monitor-spark.tar.gz"
_PYTHON: Final = "python3.13"


class SparkResult(Struct, frozen=True, kw_only=True):
    """The result of a job. `inputs` is the digest of the objects that were known when it started."""

    inputs: str
    verdict: Verdict
    message: str
    records: int
    features: int
    metrics: dict[str, float] = {}


def can_hand_over(task: MeasurementTask, inputs: InputObjects) -> bool:
    """Return whether a job can measure this window: data quality of captured records, of one variant or of all."""
    return (
        task.spark is not None
        and task.kind is MonitoringType.DATA_QUALITY
        and not inputs.transforms.all
        and len(task.target.variants) <= 1
    )


def hand_over(
    task: MeasurementTask,
    spark: SparkSpec,
    inputs: InputObjects,
    settings: MeasureSettings,
    history: str | None,
    captures: Captures,
    jobs: SparkJobs,
) -> WindowResult:
    """Return the result of the window's job; until it is there, start the job and say so.

    `history` is the file of the window before. The last repetition accepts a result without the newest objects.

    Raises Transient or Permanent, as the ports do.
    """
    digest = inputs.digest(task)
    found = _result(task, captures)
    if found is not None and (found.inputs == digest or task.is_last):
        return _of_job(task, found, captures)
    if task.is_last:
        return failed(
            f"The window is too large for the function, and the job of the application {spark.application} wrote no result. "
            "Read the log of the job run, fix its cause, and use shorter windows if it needs more time."
        )
    run = jobs.start(_job(task, spark, settings, history, digest))
    return WindowResult(
        verdict=Verdict.INCONCLUSIVE,
        message=f"The window is too large for the function. The job run {run} of the application {spark.application} "
        "measures it, and a later repetition sends its result.",
        is_pending=True,
    )


def _result(task: MeasurementTask, captures: Captures) -> SparkResult | None:
    data = _read(task, RESULT, captures)
    try:
        return None if data is None else msgspec.json.decode(data, type=SparkResult)
    except msgspec.DecodeError:
        return None  # a job of another release wrote it


def _of_job(task: MeasurementTask, found: SparkResult, captures: Captures) -> WindowResult:
    data = _read(task, "constraint_violations.json", captures) if found.verdict is Verdict.VIOLATED else None
    return WindowResult(
        verdict=found.verdict,
        message=found.message,
        violations=[] if data is None else msgspec.json.decode(data)["violations"],
        records=found.records,
        features=found.features,
        metrics=found.metrics,
    )


def _read(task: MeasurementTask, name: str, captures: Captures) -> bytes | None:
    bucket, key = bucket_and_key(task.report)
    return captures.read(bucket, f"{key}/{name}")


def _job(
    task: MeasurementTask, spark: SparkSpec, settings: MeasureSettings, history: str | None, digest: str
) -> SparkJob:
    options = {"settings": msgspec.to_builtins(settings), "history": history, "inputs": digest}
    code, window = spark.code.rstrip("/"), task.window
    python = ("spark.emr-serverless.driverEnv", "spark.executorEnv")
    parameters = {f"{name}.PYTHONPATH": "./monitor" for name in python}
    parameters |= {f"{name}.PYSPARK_PYTHON": _PYTHON for name in python}
    parameters["spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON"] = _PYTHON
    parameters["spark.archives"] = f"{code}/{ARCHIVE}#monitor"
    return SparkJob(
        application=spark.application,
        role=spark.job_role,
        name=f"kedge-monitor {task.source} {window.end:%FT%TZ}"[:256],
        token=hashlib.sha256(f"{task.source}/{window.end.isoformat()}/{digest}".encode()).hexdigest(),
        script=f"{code}/{SCRIPT}",
        arguments=(
            *("--capture", "/".join((task.capture, *task.target.variants))),
            *("--baseline", task.baseline),
            *("--reports", task.report),
            *("--start", f"{window.start:%FT%TZ}"),
            *("--end", f"{window.end:%FT%TZ}"),
            *("--options", msgspec.json.encode(options).decode()),
        ),
        parameters=" ".join(f"--conf {name}={value}" for name, value in sorted(parameters.items())),
    )
