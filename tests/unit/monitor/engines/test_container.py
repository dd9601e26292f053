"""The container as SageMaker runs it: a process, a folder in the place of /opt/ml, an exit code and a message."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from kedge_monitor.baseline.folder import read_baseline
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.engines.embedded import MeasureSettings, measure
from kedge_monitor.files.violations import read_violations
from tests.support.capture import HOUR, csv_lines, made_table, request, side
from tests.support.engine_data import WindowData, differences, fitted, write_window
from tests.support.processing import JobEnd, configure, finish, play, start

CAPTURE = {"dataset_format": '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}'}
MERGED = {"dataset_format": '{"SageMakerMergeJson": {"CaptureIndexNames": ["endpointOutput", "endpointInput"]}}'}
SOURCE = {"dataset_source": "/opt/ml/processing/input/endpoint"}
TIMES = {"start_time": "2026-11-20T23:00:00Z", "end_time": "2026-11-21T00:00:00Z "}
BASELINE = {
    "baseline_statistics": "/opt/ml/processing/baseline/statistics.json",
    "baseline_constraints": "/opt/ml/processing/baseline/constraints.json",
}
SCHEDULE = {
    "publish_cloudwatch_metrics": "Enabled",
    "sagemaker_endpoint_name": "churn",
    "sagemaker_monitoring_schedule_name": "churn-dq",
    "metric_time": "2026-11-20T23:00:00Z",
}
WINDOW = SOURCE | TIMES | BASELINE | CAPTURE
QUALITY = {"analysis_type": "MODEL_QUALITY", "problem_type": "BinaryClassification", "probability_attribute": "0"}
ALONE = MeasureSettings(capture=CaptureSettings(window=HOUR), compare=CompareSettings(rollups=(), keeps_history=False))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> WindowData:
    return write_window(tmp_path_factory.mktemp("window"))


def prepare(root: Path, data: WindowData, environment: Mapping[str, str], capture: Path | None = None) -> Path:
    """Put the data where a job finds it, and write the job's configuration."""
    (root / "processing" / "input").mkdir(parents=True)
    shutil.copytree((capture or data.capture).parents[1], root / "processing" / "input" / "endpoint")
    shutil.copytree(data.baseline, root / "processing" / "baseline")
    configure(root, environment)
    return root


def script(root: Path, *lines: str) -> str:
    """Write a script, and return its path as the environment has it."""
    path = root / "processing" / "code" / "script.py"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join((*lines, "")), encoding="utf-8")
    return "/opt/ml/processing/code/script.py"


def small(root: Path, environment: Mapping[str, str], *lines: bytes) -> Path:
    """Prepare a job that reads these captured requests."""
    folder = root / "processing" / "input" / "endpoint" / "churn" / "AllTraffic" / "2026" / "11" / "20" / "23"
    folder.mkdir(parents=True)
    (folder / "00-00-000-a.jsonl").write_bytes(b"".join(lines))
    configure(root, SOURCE | TIMES | CAPTURE | environment)
    return root


def table_job(root: Path, name: str, content: bytes, environment: Mapping[str, str]) -> Path:
    folder = root / "processing" / "input"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(content)
    configure(root, {"dataset_source": "/opt/ml/processing/input"} | environment)
    return root


def sharded(tmp_path: Path, data: WindowData, environment: Mapping[str, str], capture: Path) -> list[JobEnd]:
    """Run 3 hosts that each have some of the objects. The first is known by an address, the others by names."""
    hosts = ("127.0.0.1", "algo-2", "algo-3")
    inputs = [{"EndpointInput": {"LocalPath": SOURCE["dataset_source"], "S3DataDistributionType": "ShardedByS3Key"}}]
    roots = [prepare(tmp_path / host, data, environment, capture) for host in hosts]
    for number, (root, host) in enumerate(zip(roots, hosts, strict=True)):
        configure(root, environment, hosts, host, inputs)
        objects = sorted((root / "processing" / "input").rglob("*.jsonl"))
        for place, path in enumerate(objects):
            if place % 3 != number:
                path.unlink()
    processes = [start(root) for root in roots]
    return [finish(process, root) for process, root in zip(processes, roots, strict=True)]


@pytest.mark.parametrize("transport", ["network", "folder"])
def test_three_hosts_write_what_one_process_writes(tmp_path: Path, data: WindowData, free_port: int, transport: str):
    place = {"kedge_port": str(free_port)} if transport == "network" else {"kedge_shared_folder": str(tmp_path / "all")}
    leader, *others = sharded(tmp_path, data, WINDOW | place | {"kedge_host_seconds": "90"}, data.capture)
    alone = measure(data.sources(data.capture.parents[1]), fitted(), ALONE)
    assert (leader.code, leader.message) == (0, alone.message), leader.log
    assert [(each.code, each.files) for each in others] == [(0, {})] * 2
    assert differences(leader.files, alone.files) == []


def test_one_host_writes_what_one_process_writes_and_the_metrics(tmp_path: Path, data: WindowData):
    end = play(prepare(tmp_path, data, WINDOW | SCHEDULE))
    alone = measure(data.sources(data.capture.parents[1]), fitted(), ALONE)
    assert (end.code, end.message) == (0, "Completed: Job completed successfully with no violations."), end.log
    assert end.files == alone.files
    assert {metric["MetricName"] for metric in end.metrics} >= {"feature_baseline_drift_balance"}
    assert end.metrics[0]["Timestamp"] == "2026-11-20T23:00:00Z"
    assert end.metrics[0]["Dimensions"] == [
        {"Name": "Endpoint", "Value": "churn"},
        {"Name": "MonitoringSchedule", "Value": "churn-dq"},
    ]


def test_several_processes_of_a_host_write_what_one_process_writes(tmp_path: Path, data: WindowData):
    end = play(prepare(tmp_path, data, WINDOW | {"kedge_workers": "2"}))
    assert end.code == 0, end.log
    assert differences(end.files, measure(data.sources(data.capture.parents[1]), fitted(), ALONE).files) == []


def test_hosts_that_have_all_objects_count_each_record_once(tmp_path: Path, data: WindowData):
    environment = WINDOW | {"kedge_shared_folder": str(tmp_path / "all")}
    roots = [prepare(tmp_path / name, data, environment) for name in ("a", "b")]
    for root, host in zip(roots, ("algo-1", "algo-2"), strict=True):
        configure(root, environment, ("algo-1", "algo-2"), host)
    processes = [start(root) for root in roots]
    leader, _ = (finish(process, root) for process, root in zip(processes, roots, strict=True))
    statistics = json.loads(leader.files["statistics.json"])
    assert statistics["dataset"]["item_count"] == measure(data.sources(data.capture), fitted(), ALONE).profile.records


def test_a_host_that_does_not_come_is_named(tmp_path: Path, data: WindowData, free_port: int):
    root = prepare(tmp_path, data, {})
    configure(
        root, WINDOW | {"kedge_port": str(free_port), "kedge_host_seconds": "0.3"}, ("127.0.0.1", "algo-2", "algo-3")
    )
    end = play(root)
    assert end.code == 1
    assert "came from algo-2, algo-3 within 0.3 s" in end.message


def test_a_host_that_fails_is_named_with_its_reason(tmp_path: Path, data: WindowData):
    environment = WINDOW | {"kedge_shared_folder": str(tmp_path / "all")}
    roots = [prepare(tmp_path / name, data, environment) for name in ("a", "b")]
    configure(roots[0], environment, ("algo-1", "algo-2"), "algo-1")
    configure(roots[1], environment | {"exclude_features_attribute": "nothing"}, ("algo-1", "algo-2"), "algo-2")
    processes = [start(root) for root in roots]
    ends = [finish(process, root) for process, root in zip(processes, roots, strict=True)]
    assert [end.code for end in ends] == [1, 1]
    assert ends[0].message.startswith("Host algo-2 failed: The column 'nothing'")


def test_violations_are_counted_in_the_message_and_the_code_is_0(tmp_path: Path, data: WindowData):
    table = made_table(900, seed=3)
    rows = [line.partition(",") for line in csv_lines(table)]
    lines = [request(side(output), side("9" + given)) for output, _, given in rows]
    shutil.copytree(data.baseline, tmp_path / "processing" / "baseline")
    end = play(small(tmp_path, BASELINE, *lines))
    entries = read_violations(end.files["constraint_violations.json"])
    assert "balance" in {entry.feature_name for entry in entries}
    assert end.code == 0
    assert end.message == f"CompletedWithViolations: Job completed successfully with {len(entries)} violations."


def test_a_window_without_records_fails_with_the_words_of_the_service(tmp_path: Path, data: WindowData):
    shutil.copytree(data.baseline, tmp_path / "processing" / "baseline")
    end = play(small(tmp_path, BASELINE))
    assert end.code == 1
    assert end.message.startswith("Job inputs had no data")
    assert "constraint_violations.json" not in end.files


def test_an_unreadable_window_fails_with_object_and_line(tmp_path: Path, data: WindowData):
    shutil.copytree(data.baseline, tmp_path / "processing" / "baseline")
    end = play(small(tmp_path, BASELINE, b"no record\n"))
    assert end.code == 1
    assert "churn/AllTraffic/2026/11/20/23/00-00-000-a.jsonl, line 1" in end.message


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("train.csv", '{"csv": {"header": true, "output_columns_position": "START"}}'),
        ("train.csv", '{"CSV": {"Header": "True"}}'),
        ("train.parquet", '{"parquet": {}}'),
    ],
)
def test_a_job_without_a_baseline_makes_one(tmp_path: Path, name: str, form: str):
    table = made_table(1_500, seed=2)
    text = "\n".join([",".join(table.column_names), *csv_lines(table), ""])
    environment = {"dataset_format": form, "categorical_drift_method": "ChiSquared"}
    stored = pa.BufferOutputStream()
    pyarrow.parquet.write_table(table, stored)
    content = text.encode() if name.endswith("csv") else stored.getvalue().to_pybytes()
    end = play(table_job(tmp_path, name, content, environment))
    assert end.code == 0, end.log
    assert end.message == "Completed: Job completed successfully with no violations."
    baseline = read_baseline(end.files)
    assert baseline.profile.records == 1_500
    assert baseline.constraints.config.categorical_drift_method == "ChiSquared"


def test_a_table_is_compared_with_a_baseline_as_capture_is(tmp_path: Path, data: WindowData):
    rows = [
        dict(zip(fitted().profile.schema.names, line.split(","), strict=True)) for line in csv_lines(made_table(600))
    ]
    content = "".join(f"{json.dumps({k: v or None for k, v in row.items()})}\n" for row in rows).encode()
    shutil.copytree(data.baseline, tmp_path / "processing" / "baseline")
    form = {"dataset_format": '{"json": {"line": "true"}}'}
    end = play(table_job(tmp_path, "batch.jsonl", content, BASELINE | form))
    assert (end.code, json.loads(end.files["statistics.json"])["dataset"]["item_count"]) == (0, 600), end.log


def test_merged_records_give_model_quality_on_one_host_and_on_three(tmp_path: Path, data: WindowData, free_port: int):
    fit = play(prepare(tmp_path / "fit", data, SOURCE | TIMES | MERGED | QUALITY, data.merged))
    assert fit.code == 0, fit.log
    limits = tmp_path / "limits.json"
    limits.write_bytes(fit.files["constraints.json"])
    environment = SOURCE | TIMES | MERGED | QUALITY | SCHEDULE | {"baseline_constraints": str(limits)}
    one = play(prepare(tmp_path / "one", data, environment, data.merged))
    assert (one.code, one.message) == (0, "Completed: Job completed successfully with no violations."), one.log
    assert one.files["statistics.json"] == fit.files["statistics.json"]
    assert {"auc", "precision"} <= {metric["MetricName"] for metric in one.metrics}
    leader, *_ = sharded(tmp_path, data, environment | {"kedge_port": str(free_port)}, data.merged)
    assert leader.files == one.files, leader.log


def test_model_quality_without_a_label_fails(tmp_path: Path):
    lines = [request(side("0.7"), side("1,2"))] * 3
    end = play(small(tmp_path, MERGED | QUALITY, *lines))
    assert end.code == 1
    assert "No record has a label" in end.message


def test_a_baseline_of_model_quality_is_made_of_a_table(tmp_path: Path):
    text = "probability,label\n" + "0.9,1\n0.2,0\n0.7,1\n0.4,1\n0.1,0\n" * 60
    environment = {
        "dataset_format": '{"csv": {"header": true}}',
        **QUALITY,
        "probability_attribute": "probability",
        "ground_truth_attribute": "label",
    }
    end = play(table_job(tmp_path, "train.csv", text.encode(), environment))
    assert end.code == 0, end.log
    assert json.loads(end.files["statistics.json"])["binary_classification_metrics"]["recall"][
        "value"
    ] == pytest.approx(2 / 3)


PREPROCESS = [
    "import json",
    "def preprocess_handler(inference_record, logger):",
    "    logger.info('seen %s', inference_record.event_metadata.event_id)",
    "    assert inference_record.event_data.endpointInput is inference_record.endpoint_input",
    "    values = [inference_record.endpoint_output.data, *inference_record.endpoint_input.data.split(',')]",
    "    if values[1] == 'drop':",
    "        return []",
    "    return {str(i).zfill(20): value or None for i, value in enumerate(values)}",
]


def test_a_preprocessing_script_gives_the_rows_and_their_columns_by_position(tmp_path: Path, data: WindowData):
    shutil.copytree(data.baseline, tmp_path / "processing" / "baseline")
    rows = [line.partition(",") for line in csv_lines(made_table(400, seed=4))]
    lines = [request(side(output), side(given)) for output, _, given in rows] + [request(side("1"), side("drop"))]
    path = script(tmp_path, *PREPROCESS)
    end = play(small(tmp_path, BASELINE | {"record_preprocessor_script": path}, *lines))
    plain = measure_lines(lines[:-1])
    assert end.code == 0, end.log
    assert json.loads(end.files["statistics.json"])["dataset"]["item_count"] == 400
    assert end.files["constraint_violations.json"] == plain["constraint_violations.json"]
    assert end.files["statistics.json"] == plain["statistics.json"]


def measure_lines(lines: list[bytes]) -> dict[str, bytes]:
    from tests.support.capture import source

    return measure([source(*lines)], fitted(), ALONE).files


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return inference_record.missing", "AttributeError"),
        ("return {'a': {'b': 1}}", "the value of a is dict. Return a flat dict."),
        ("return 'text'", "the answer has str. Return a dict, a list of dicts, or []."),
        ("import os; os._exit(3)", "ended with code 3"),
        ("import time; time.sleep(60)", "took longer than 2 s"),
    ],
)
def test_a_faulty_script_fails_the_job_and_its_first_bad_record_is_named(tmp_path: Path, body: str, said: str):
    lines = [request(side("1"), side(text)) for text in ("good", "bad", "bad")]
    path = script(
        tmp_path,
        "def preprocess_handler(inference_record):",
        "    if inference_record.endpoint_input.data == 'good':",
        "        return {'a': 1}",
        f"    {body}",
    )
    end = play(small(tmp_path, {"record_preprocessor_script": path, "kedge_script_seconds": "2"}, *lines))
    assert end.code == 1
    assert said in end.message
    assert end.message.startswith(("The script script.py", "The process of the script script.py"))
    assert "00-00-000-a.jsonl, line 2" in end.message


def test_a_postprocessing_script_runs_after_the_reports_are_written(tmp_path: Path, data: WindowData):
    shutil.copytree(data.baseline, tmp_path / "processing" / "baseline")
    lines = [request(side(o), side(i)) for o, _, i in (line.partition(",") for line in csv_lines(made_table(100)))]
    reports = tmp_path / "processing" / "output"
    path = script(
        tmp_path, "import pathlib", "def postprocess_handler():", f"    folder = pathlib.Path({str(reports)!r})",
        "    (folder / 'post').write_text(str((folder / 'statistics.json').exists()))",
    )  # fmt: skip
    end = play(small(tmp_path, BASELINE | {"post_analytics_processor_script": path}, *lines))
    assert (end.code, end.files["post"]) == (0, b"True"), end.log


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"dataset_format": "{}"}, "dataset_format is {}"),
        ({"dataset_format": '{"json": {}}'}, "set lines to true"),
        ({"dataset_source": "/opt/ml/elsewhere"}, "which does not exist"),
        ({"analysis_type": "MODEL_BIAS"}, "analysis_type is MODEL_BIAS"),
        ({"baseline_constraints": "/opt/ml/absent.json"}, "where no file is"),
        ({"start_time": "yesterday"}, "start_time is 'yesterday'"),
        ({"kedge_settings": "[]"}, "kedge_settings is no JSON object"),
    ],
)
def test_a_wrong_variable_is_named_in_the_message(tmp_path: Path, environment: dict[str, str], said: str):
    end = play(small(tmp_path, environment, request(side("1"), side("2"))))
    assert end.code == 1
    assert said in end.message
