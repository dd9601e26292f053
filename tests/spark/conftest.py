"""One Spark session for all tests of this folder: it takes most of the time."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.spark.java import find_java_home
from tests.spark.session import ANSWER, ROOT

INTERPRETER: Final = ROOT / ".tools" / "spark" / "bin" / "python"


class SparkJobs:
    """A Spark session in another process. It plays one job at a time."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self._process, self._errors = process, errors
        self.version = str(self._answer()["version"])

    def play(self, *arguments: str | Path) -> str:
        """Play a job, and return its exit message."""
        answer = self._ask(arguments)
        assert answer.keys() == {"message"}, answer
        return str(answer["message"])

    def fail(self, *arguments: str | Path) -> str:
        """Play a job that cannot measure its window, and return the text of its error."""
        answer = self._ask(arguments)
        assert answer.keys() == {"error"}, answer
        return str(answer["error"])

    def _ask(self, arguments: tuple[str | Path, ...]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([str(each) for each in arguments]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(ANSWER):
                answer: dict[str, Any] = json.loads(line.removeprefix(ANSWER))
                return answer
        raise AssertionError(f"Spark has ended: {self._errors.read_text(encoding='utf-8')[-4000:]}")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkJobs]:
    """Yield a Spark session on local[2]. The first run on a machine installs its environment."""
    subprocess.run([ROOT / "scripts" / "setup", "spark"], check=True)
    folder = tmp_path_factory.mktemp("spark")
    home = find_java_home(INTERPRETER, folder / "java")
    variables = {
        **os.environ,
        **({} if home is None else {"JAVA_HOME": str(home)}),
        "PYSPARK_PYTHON": str(INTERPRETER),
        "PYTHONPATH": f"{ROOT / 'layers' / 'monitor'}",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
        "KEDGE_SPARK_FOLDER": str(folder / "warehouse"),
    }
    errors = folder / "stderr"
    with (
        errors.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [INTERPRETER, ROOT / "tests" / "spark" / "session.py"],
            env=variables,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield SparkJobs(process, errors)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(60)
