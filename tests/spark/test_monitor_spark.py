import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kedge.services.measurement.handover import RESULT, SparkResult
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.engines.embedded import MeasureSettings, measure
from kedge_monitor.engines.labelled import (
    ANALYSIS,
    LabelledWindow,
    fit_model_quality,
    measure_bias_window,
    measure_model_quality,
)
from kedge_monitor.files.cloudwatch import drift_metrics
from kedge_monitor.files.run_files import read_comparison
from kedge_monitor.files.struct_files import read_struct, write_struct
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import ProblemType
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.quality.verdict import VerdictRule
from tests.spark.conftest import SparkJobs
from tests.support.capture import HOUR
from tests.support.engine_data import WindowData, differences, fitted, write_window
from tests.support.processing import JobEnd, configure, finish, start

COLUMNS = QualityColumns(problem_type=ProblemType.BINARY, ground_truth_attribute="label", probability_attribute="_c0")
WAITING = LabelWaiting(fewest=1, share=0.0)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> WindowData:
    """Return a window whose baseline is that of data quality."""
    return write_window(tmp_path_factory.mktemp("window"))


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> WindowData:
    return write_window(tmp_path_factory.mktemp("window"))


def written(folder: Path, capture: Path) -> dict[str, bytes]:
    """Return the files that a job wrote, with keys below the folder of the capture."""
    prefix = f"{capture}/".encode()
    return {
        path.name: path.read_bytes().replace(b"file:" + prefix, b"").replace(prefix, b"")
        for path in folder.iterdir()
        if not path.name.startswith(".")
    }


def arguments(data: WindowData, capture: Path, out: Path, **options: Any) -> list[str | Path]:
    """Return the arguments of a job that measures the window of the data."""
    return [
        "--capture", capture, "--baseline", data.baseline, "--reports", out,
        "--start", "2026-11-20T23:00:00Z", "--end", "2026-11-21T00:00:00Z", "--options", json.dumps(options),
    ]  # fmt: skip


def labelled(data: WindowData, capture: Path, labels: Path | None) -> LabelledWindow:
    found = Labels()
    if labels is not None:
        found.read(data.sources(labels))
    return LabelledWindow(
        sources=data.sources(capture),
        labels=found,
        settings=CaptureSettings(window=HOUR),
        age=timedelta(days=30),
        waiting=WAITING,
        rule=VerdictRule(),
    )


def test_spark_a_container_and_three_hosts_write_what_one_process_writes(
    spark: SparkJobs, data: WindowData, tmp_path: Path
):
    compared = CompareSettings(rollups=(), keeps_history=False)
    settings = {"settings": {"compare": msgspec.to_builtins(compared)}}
    message = spark.play(*arguments(data, data.capture, tmp_path / "out", **settings))
    alone = measure(
        data.sources(data.capture), fitted(), MeasureSettings(capture=CaptureSettings(window=HOUR), compare=compared)
    )
    files = written(tmp_path / "out", data.capture)
    files.pop("kedge_history.json")
    assert message == alone.message
    assert differences(files, alone.files) == []
    for hosts in (("algo-1",), ("algo-1", "algo-2", "algo-3")):
        leader = on_hosts(tmp_path / f"hosts-{len(hosts)}", data, hosts)
        assert leader.message == message, leader.log
        assert differences(written(leader.reports, Path("churn", "AllTraffic")), alone.files) == []


def on_hosts(root: Path, data: WindowData, hosts: tuple[str, ...]) -> JobEnd:
    """Measure the window in containers, and return the end of the first one. Each host has all objects and reads its share."""
    environment = {
        "dataset_format": '{"sagemakerCaptureJson": {}}',
        "dataset_source": str(data.capture.parents[1]),
        "baseline_statistics": str(data.baseline / "statistics.json"),
        "baseline_constraints": str(data.baseline / "constraints.json"),
        "start_time": "2026-11-20T23:00:00Z",
        "end_time": "2026-11-21T00:00:00Z",
        "kedge_shared_folder": str(root / "shared"),
    }
    for host in hosts:
        configure(root / host, environment, hosts, host)
    processes = [start(root / host) for host in hosts]
    ends = [finish(process, root / host) for process, host in zip(processes, hosts, strict=True)]
    return ends[0]


@pytest.mark.parametrize("with_labels", [True, False])
def test_model_quality_is_that_of_one_process(spark: SparkJobs, data: WindowData, tmp_path: Path, with_labels: bool):
    capture, labels = (data.capture, data.labels) if with_labels else (data.merged, None)
    _, limits, _ = fit_model_quality(labelled(data, data.merged, None), COLUMNS)
    (data.baseline / "constraints.json").write_bytes(write_struct(limits))
    options = {"quality": COLUMNS, "waiting": WAITING, "labels": None if labels is None else str(labels)}
    message = spark.play(*arguments(data, capture, tmp_path / "out", **msgspec.to_builtins(options)))
    alone = measure_model_quality(labelled(data, capture, labels), COLUMNS, limits)
    assert message == alone.message
    assert written(tmp_path / "out", capture) == alone.files


def test_bias_is_that_of_one_process(spark: SparkJobs, data: WindowData, tmp_path: Path):
    columns = BiasColumns(
        facets=(Facet(name="_c11", values=("1",)),), ground_truth_attribute="label", probability_attribute="_c0"
    )
    baseline = measure_bias_window(labelled(data, data.merged, None), columns, ClarifyAnalysis()).files[ANALYSIS]
    (data.baseline / ANALYSIS).write_bytes(baseline)
    spark.play(
        *arguments(data, data.merged, tmp_path / "out", **msgspec.to_builtins({"bias": columns, "waiting": WAITING}))
    )
    alone = measure_bias_window(
        labelled(data, data.merged, None), columns, read_struct(baseline, ClarifyAnalysis, ANALYSIS)
    )
    assert written(tmp_path / "out", data.merged) == alone.files


def test_the_history_of_a_run_is_for_the_next_one(spark: SparkJobs, history: WindowData, tmp_path: Path):
    spark.play(*arguments(history, history.capture, tmp_path / "first"))
    file = tmp_path / "first" / "kedge_history.json"
    spark.play(*arguments(history, history.capture, tmp_path / "second", history=str(file)))
    first, second = (msgspec.json.decode((tmp_path / name / file.name).read_bytes()) for name in ("first", "second"))
    assert first["baseline"] == second["baseline"]
    assert first["windows"] == second["windows"] == [{"start": "2026-11-20T23:00:00Z", "end": "2026-11-21T00:00:00Z"}]


def test_a_job_of_the_stack_writes_its_result_with_the_digest_that_it_was_given(
    spark: SparkJobs, history: WindowData, tmp_path: Path
):
    spark.play(*arguments(history, history.capture, tmp_path / "job", inputs="digest"))
    found = msgspec.json.decode((tmp_path / "job" / RESULT).read_bytes(), type=SparkResult)
    comparison = read_comparison((tmp_path / "job" / "kedge_comparison.json").read_bytes())
    assert (found.inputs, str(found.verdict)) == ("digest", str(comparison.outcome))
    assert (found.records, found.metrics) == (comparison.records, drift_metrics(comparison))


def test_a_window_without_objects_is_no_data(spark: SparkJobs, history: WindowData, tmp_path: Path):
    message = spark.play(*arguments(history, tmp_path / "nothing", tmp_path / "out"))
    assert message.startswith("Job inputs had no data")
    assert not (tmp_path / "out" / "constraint_violations.json").exists()


def test_what_a_job_cannot_do_names_the_place_and_the_action(spark: SparkJobs, history: WindowData, tmp_path: Path):
    absent = spark.fail("--capture", history.capture, "--baseline", tmp_path / "b", "--reports", tmp_path / "out")
    assert "There are no files in" in absent
    wrong = spark.fail(*arguments(history, history.capture, tmp_path / "out", colour="blue"))
    assert "--options: Object contains unknown field `colour`" in wrong


def test_spark_is_of_the_version_of_the_documented_release(spark: SparkJobs):
    assert spark.version.startswith("4.0.")
