"""The start time of `intake`, against a function that only imports boto3 and makes one client; and the deployed size.

The start time of `monitor` is printed beside it: numpy, pyarrow and kedge_monitor are imported once, at the first window of a quiet hour.

Both run in turn under the Lambda Runtime Interface Emulator. They are compiled, because a machine may forbid writing
bytecode, and then each start would compile again.
"""

import compileall
import io
import statistics
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns

from tests.benchmarks.ratios import Row
from tests.packaging.artifacts import Artifacts, artifacts, references, variables
from tests.packaging.lambda_runtime import LambdaRuntime
from tests.support.samples import event

ROUNDS = 15
MONITOR_ROUNDS = 5
MOST = 1.25
LARGEST = 15 * 10**6

_BARE = """
import boto3

client = boto3.client("dynamodb")


def lambda_handler(event, context):
    return {}
"""
_NOBODY = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nobody",
    # Port 9 discards: no call may reach AWS.
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


def run() -> list[Row]:
    """Compare INIT with INIT, and return the rows with the size of the layers."""
    with _compiled(artifacts()) as (made, bare):
        monitor = [_monitor(made, bare, "compiled"), _monitor(artifacts(), bare, "as deployed")]
        intake = made.function("intake")
        named = {name: _physical(name) for name in references("intake")}
        ours_has, bare_has = _NOBODY | variables("intake", named), _NOBODY
        rounds = [
            (_init(intake, made.path(intake), ours_has), _init(bare, made.path(bare), bare_has))
            for _ in range(ROUNDS + 1)
        ][1:]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = ours / theirs
    figure = f"{ratio:.2f} x boto3 and a client ({ours:.0f} ms of {theirs:.0f} ms)"
    return [
        Row("INIT of intake, compiled", figure, f"<= {MOST:.2f} x", ratio <= MOST),
        *monitor,
        *_sizes(artifacts()),
    ]


def _monitor(made: Artifacts, bare: Path, how: str) -> Row:
    """Return the row of the function `monitor`. It has no limit: most of the imports are those of numpy and pyarrow."""
    folder = made.function("monitor")
    path = made.path(folder)
    has = _NOBODY | variables("monitor", {name: _physical(name) for name in references("monitor")})
    rounds = [
        (_init(folder, path, has, {"Records": []}), _init(bare, made.path(bare), _NOBODY))
        for _ in range(MONITOR_ROUNDS + 1)
    ][1:]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    return Row(
        f"INIT of monitor, {how}, imports included",
        f"{ours / theirs:.2f} x boto3 and a client ({ours:.0f} ms of {theirs:.0f} ms)",
        "",
        ok=True,
    )


def _physical(name: str) -> str:
    """Return a physical name for a resource that the template names to intake: a topic, the table, or a queue."""
    if name.endswith("Topic"):
        return f"arn:aws:sns:us-east-1:111122223333:{name}"
    return "kedge" if name == "Table" else f"https://127.0.0.1:9/111122223333/{name}"


def _init(folder: Path, path: str, has: Mapping[str, str], sent: object = None) -> float:
    """Return the milliseconds of INIT. The event is one that Kedge ignores without a call to AWS."""
    with LambdaRuntime(folder, path, has) as function:
        answer = function.invoke(sent or event("eventbridge.processing_job.in_progress"))
        assert sent or answer.error is None, answer.error
        return function.init_ms


@contextmanager
def _compiled(made: Artifacts) -> Iterator[tuple[Artifacts, Path]]:
    """Yield a compiled copy of the build, and a bare function beside it; the runtime's packages are already compiled."""
    with tempfile.TemporaryDirectory(prefix="kedge-bench-") as place:
        built = Path(place) / "built"
        copytree(made.built, built, ignore=ignore_patterns("__pycache__"))
        bare = Path(place) / "bare"
        bare.mkdir()
        (bare / "handler.py").write_text(_BARE)
        for folder in (built, bare):
            assert compileall.compile_dir(folder, quiet=1)
        yield Artifacts(built, made.runtime), bare


def _sizes(made: Artifacts) -> Iterator[Row]:
    files = [file for layer in made.layers for file in layer.rglob("*") if file.is_file()]
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(made.built))
    for how, size in (("unzipped", sum(file.stat().st_size for file in files)), ("zipped", zipped.tell())):
        yield Row(f"all layers, {how}", f"{size / 10**6:.1f} MB", f"< {LARGEST / 10**6:.0f} MB", size < LARGEST)
