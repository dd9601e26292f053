import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.engines.processing_job import ContainerJob, JobMisconfigured, Records, read_format
from tests.support.processing import configure


@pytest.mark.parametrize(
    ("text", "records", "sides"),
    [
        ('{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}', Records.CAPTURE, 2),
        ('{"SAGEMAKER_CAPTURE_JSON": {"capture_index_names": "endpointOutput"}}', Records.CAPTURE, 1),
        ('{"sagemakerMergeJson": {}}', Records.MERGED, 2),
    ],
)
def test_records_are_read_in_any_spelling(text: str, records: Records, sides: int):
    found = read_format(text)
    assert (found.records, len(found.sides)) == (records, sides)


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ('{"csv": {"header": true, "output_columns_position": "START"}}', TableFormat.CSV),
        ('{"Csv": {"Header": "false"}}', TableFormat.CSV_WITHOUT_HEADER),
        ('{"csv": {}}', TableFormat.CSV_WITHOUT_HEADER),
        ('{"json": {"line": "true"}}', TableFormat.JSON_LINES),
        ('{"JSON": {"lines": true}}', TableFormat.JSON_LINES),
        ('{"parquet": {}}', TableFormat.PARQUET),
    ],
)
def test_tables_are_read_in_any_spelling(text: str, table: TableFormat):
    assert read_format(text).table is table


@pytest.mark.parametrize("text", ["", "[]", '{"avro": {}}', '{"sagemakerCaptureJson": {"captureIndexNames": []}}'])
def test_an_unknown_format_is_refused_with_the_choice(text: str):
    with pytest.raises(JobMisconfigured, match=r"dataset_format|captureIndexNames"):
        read_format(text)


def test_the_job_counts_and_not_the_process_if_there_is_a_configuration(tmp_path: Path):
    configure(tmp_path, {"dataset_source": "/opt/ml/processing/input", "START_TIME": " 2021-05-06 T22:00:00Z "})
    job = ContainerJob(tmp_path, {"dataset_source": "/elsewhere"})
    assert job.path("dataset_source") == tmp_path / "processing" / "input"
    assert job.metric_time == datetime(2021, 5, 6, 22, tzinfo=UTC)


def test_the_environment_of_the_process_counts_without_a_configuration(tmp_path: Path):
    assert ContainerJob(tmp_path, {"Output_Path": "/opt/ml/out"}).output == tmp_path / "out"


@pytest.mark.parametrize(
    ("kind", "shared"), [("ShardedByS3Key", ["a.csv", "b.csv", "c.csv"]), ("FullyReplicated", ["b.csv"])]
)
def test_a_host_reads_its_own_objects_or_its_share_of_all(tmp_path: Path, kind: str, shared: list[str]):
    folder = tmp_path / "processing" / "input"
    folder.mkdir(parents=True)
    for name in ("c.csv", "a.csv", "b.csv", ".hidden", "_SUCCESS"):
        (folder / name).touch()
    inputs = [{"S3Input": {"LocalPath": "/opt/ml/processing/input", "S3DataDistributionType": kind}}]
    configure(tmp_path, {"dataset_source": "/opt/ml/processing/input"}, ("algo-1", "algo-2"), "algo-2", inputs)
    assert [source.key for source in ContainerJob(tmp_path, {}).sources()] == shared


def test_an_object_can_be_the_whole_dataset(tmp_path: Path):
    (tmp_path / "train.csv").write_bytes(b"a\n1\n")
    job = ContainerJob(tmp_path, {"dataset_source": str(tmp_path / "train.csv")})
    (found,) = job.sources()
    assert (found.key, job.file(found)) == ("train.csv", tmp_path / "train.csv")


def test_a_configuration_that_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "resourceconfig.json").write_text(
        json.dumps({"hosts": ["algo-1"], "current_host": "algo-9"})
    )
    with pytest.raises(JobMisconfigured, match="algo-9"):
        ContainerJob(tmp_path, {})
    (tmp_path / "config" / "resourceconfig.json").write_text("{")
    with pytest.raises(JobMisconfigured, match=r"resourceconfig\.json cannot be read"):
        ContainerJob(tmp_path, {})
