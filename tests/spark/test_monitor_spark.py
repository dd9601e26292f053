from pathlib import Path

import pytest

from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.engines.embedded import MeasureSettings, measure
from tests.spark.conftest import SparkJobs
from tests.support.capture import HOUR
from tests.support.engine_data import WindowData, fitted, without_sketch, write_window


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> WindowData:
    return write_window(tmp_path_factory.mktemp("window"))


def written(folder: Path, capture: Path) -> dict[str, bytes]:
    """Return the files that a job wrote, with keys below the folder of the capture."""
    prefix = f"file:{capture}/".encode()
    return {
        path.name: path.read_bytes().replace(prefix, b"") for path in folder.iterdir() if not path.name.startswith(".")
    }


def test_spark_writes_what_one_process_writes(spark: SparkJobs, data: WindowData, tmp_path: Path):
    message = spark.play(
        "--capture", data.capture, "--baseline", data.baseline, "--reports", tmp_path / "out",
        "--start", "2026-11-20T23:00:00Z", "--end", "2026-11-21T00:00:00Z",
    )  # fmt: skip
    alone = measure(data.sources(data.capture), fitted(), MeasureSettings(capture=CaptureSettings(window=HOUR)))
    files = written(tmp_path / "out", data.capture)
    assert message == alone.message
    assert set(files) == {*alone.files, "kedge_history.json"}
    assert {name: without_sketch(name, files[name]) for name in alone.files} == {
        name: without_sketch(name, content) for name, content in alone.files.items()
    }
