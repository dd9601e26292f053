"""The deployed artifacts contain everything that runs, and nothing else."""

import py_compile
import re
from importlib.metadata import distribution
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.packaging.artifacts import FUNCTIONS, ROOT, Artifacts

KEDGE = ROOT / "layers" / "kedge" / "kedge"
MONITOR = ROOT / "layers" / "monitor" / "kedge_monitor"
# Files that pip, or a developer's run, can leave in a source folder.
LEFT_OUT = {"__pycache__"}


def files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_its_handler_and_no_more(made: Artifacts, name: str):
    assert files(made.function(name)) == {"handler.py"}


def test_every_function_of_the_source_is_built(made: Artifacts):
    assert {folder.name for folder in (ROOT / "functions").iterdir() if (folder / "handler.py").exists()} == set(
        FUNCTIONS
    )
    assert {handler.parent.name for handler in made.built.glob("*/handler.py")} == set(FUNCTIONS.values())


def test_the_layer_holds_the_whole_package_with_its_templates_and_nothing_that_python_has_left_behind(made: Artifacts):
    shipped = files(made.layers[0] / "python" / "kedge")
    assert shipped == {name for name in files(KEDGE) if not LEFT_OUT.intersection(Path(name).parts)}
    assert {"messages/templates/mail.txt", "messages/templates/chat.txt", "py.typed"} <= shipped
    assert [path.name for path in (made.layers[0] / "python").iterdir()] == ["kedge"]


def test_the_layer_of_others_holds_the_locked_packages_and_no_more(made: Artifacts):
    lock = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text()
    locked = dict(re.findall(r"^([\w-]+)==([\w.]+)", lock, re.MULTILINE))
    python = made.layers[1] / "python"
    found = {info.name.removesuffix(".dist-info") for info in python.glob("*.dist-info")}
    assert found == {f"{name.replace('-', '_')}-{version}" for name, version in locked.items()}
    known = {file.parts[0] for name in locked for file in distribution(name).files or ()}
    # sam copies the list that it reads; `.data` holds the commands that a package would put on PATH.
    assert {
        path.name for path in python.iterdir() if path.name not in known and path.suffix not in (".dist-info", ".data")
    } == {"requirements.txt"}


def test_the_layer_of_the_monitor_holds_its_package_its_locked_packages_and_nothing_that_it_does_not_use(
    made: Artifacts,
):
    python = made.built / "MonitorLayer" / "python"
    assert _without_what_python_leaves(python / "kedge_monitor") == _without_what_python_leaves(MONITOR)
    lock = (ROOT / "layers" / "monitor" / "requirements.txt").read_text()
    locked = dict(re.findall(r"^([\w-]+)==([\w.]+)", lock, re.MULTILINE))
    found = {info.name.removesuffix(".dist-info") for info in python.glob("*.dist-info")}
    assert found == {f"{name.replace('-', '_')}-{version}" for name, version in locked.items()}
    assert not (python / "pyarrow" / "include").exists()
    assert list(python.rglob("*flight*.so*")) == []


def _without_what_python_leaves(folder: Path) -> set[str]:
    return {name for name in files(folder) if not LEFT_OUT.intersection(Path(name).parts)}


def test_the_layer_of_the_monitor_is_compiled_for_its_place_in_lambda_and_each_build_gives_the_same_files(
    made: Artifacts, tmp_path: Path
):
    python = made.built / "MonitorLayer" / "python"
    for source in (python / "kedge_monitor").rglob("*.py"):
        again = py_compile.compile(
            str(source),
            cfile=str(tmp_path / "again.pyc"),
            dfile=f"/opt/python/{source.relative_to(python)}",
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        assert again
        assert Path(cache_from_source(str(source))).read_bytes() == Path(again).read_bytes()
    compiled = {Path(cache_from_source(str(source))) for source in python.rglob("*.py")}
    assert compiled == set(python.rglob("*.pyc"))


def test_the_function_of_the_monitor_stays_below_230_megabytes_with_all_its_layers(made: Artifacts):
    folders = (made.function("monitor"), *made.layers_of("monitor"))
    size = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    assert size < 230 * 1024**2


def test_nothing_compiled_and_no_tests_are_shipped(made: Artifacts):
    shipped = {Path(name) for layer in made.layers for name in files(layer)}
    assert [
        path for path in shipped if path.suffix == ".pyc" or {"tests", "test", "__pycache__"} & set(path.parts)
    ] == []
    # boto3 comes from the runtime. A second copy would hide it, and be most of the layer.
    assert [path for path in shipped if {"boto3", "botocore"} & set(path.parts)] == []
