import subprocess
from pathlib import Path

from tests.spark.conftest import INTERPRETER, SparkJobs
from tests.spark.java import SUPPORTED, wrap_bundled_java


def test_java_from_the_package_index_starts_without_the_module_that_it_lacks(spark: SparkJobs, tmp_path: Path):
    java = wrap_bundled_java(INTERPRETER, tmp_path) / "bin" / "java"
    done = subprocess.run(
        [java, "--add-modules=jdk.incubator.vector", "-version"], check=True, capture_output=True, text=True
    )
    assert any(f'version "{version}' in done.stderr for version in SUPPORTED)
