"""The container of a monitoring schedule: `python -m kedge_monitor.engines.container [ROOT]`.

It obeys the contract of SageMaker Processing below ROOT, which is /opt/ml in a job, and calls no AWS service.
"""

import sys
import traceback
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from kedge_monitor.engines.container_data import DataQualityRun
from kedge_monitor.engines.container_model import ModelQualityRun
from kedge_monitor.engines.container_run import JobResult, JobRun
from kedge_monitor.engines.hosts import HostMissing, Hosts, connect_hosts
from kedge_monitor.engines.processing_job import ROOT, ContainerJob, JobMisconfigured, variables_of_process
from kedge_monitor.engines.script_process import ScriptTask
from kedge_monitor.engines.scripts import run_script
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.cloudwatch import metric_lines
from kedge_monitor.files.run_files import failure_message

PORT: Final = 7117
_HOST_SECONDS: Final = 3600.0
_RUNS: Final[dict[str, type[JobRun]]] = {
    "": DataQualityRun,
    "data_quality": DataQualityRun,
    "model_quality": ModelQualityRun,
}


def main(root: Path) -> int:
    """Run the job below a folder, write its exit message, and return its exit code: 0 whether clean or violated."""
    try:
        result = _run(ContainerJob(root, variables_of_process()))
    except MonitorError as error:
        result = JobResult(message=str(error), failed=True)
    except Exception as error:  # noqa: BLE001  the schedule shows the message, so a fault of this program needs one, too
        traceback.print_exc()
        result = JobResult(message=f"Internal error of the monitor: {type(error).__name__}: {error}", failed=True)
    if result.message:
        (root / "output").mkdir(parents=True, exist_ok=True)
        message = failure_message(result.message)
        (root / "output" / "message").write_text(message, encoding="utf-8")
        sys.stdout.write(f"{message}\n")
    return 1 if result.failed else 0


def _run(job: ContainerJob) -> JobResult:
    kind = (job.get("analysis_type") or "").lower()
    if kind not in _RUNS:
        raise JobMisconfigured(
            f"analysis_type is {kind.upper()}. This container measures DATA_QUALITY and MODEL_QUALITY."
        )
    with TemporaryDirectory() as folder, _connect(job) as hosts:
        try:
            result = _RUNS[kind](job, hosts, Path(folder)).measure()
        except Exception as error:
            with suppress(HostMissing):  # the other end may be gone, and the first error counts
                hosts.fail(str(error))
            raise
        if result is None:  # the first host goes on
            return JobResult(message="")
        _write(job, result)
        if not result.failed:
            _postprocess(job, Path(folder))
        return result


def _connect(job: ContainerJob) -> Hosts:
    seconds, port = job.number("kedge_host_seconds", _HOST_SECONDS), int(job.number("kedge_port", PORT))
    shared = job.path("kedge_shared_folder")
    folder = None if shared is None else shared / (job.arn.rpartition("/")[2] or "job")
    return connect_hosts(job.host, seconds, port, job.arn, folder)


def _write(job: ContainerJob, result: JobResult) -> None:
    """Write the reports. The file that says what is violated comes last, so that a reader of it finds the others."""
    job.output.mkdir(parents=True, exist_ok=True)
    for name in sorted(result.files, key=lambda name: "violations" in name):
        (job.output / name).write_bytes(result.files[name])
    if result.metrics and job.is_on("publish_cloudwatch_metrics"):
        folder = job.root / "output" / "metrics" / "cloudwatch"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cloudwatch_metrics.jsonl").write_bytes(metric_lines(result.metrics))


def _postprocess(job: ContainerJob, folder: Path) -> None:
    script = job.path("post_analytics_processor_script")
    if script is not None:
        own = folder / "post"
        own.mkdir()
        run_script(ScriptTask(script=script, handler="postprocess_handler", folder=own), job.script_seconds)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
