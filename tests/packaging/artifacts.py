"""The output of `sam build` for the template, and a folder that stands for the packages of Lambda's own runtime."""

import compileall
import re
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement

from tests.template.deployed import SLACK, Deployed, folders
from workbench.local_stack import environment
from workbench.local_stack.deploy import Application, build
from workbench.local_stack.local_stack import ROOT

# This folder is separate from the builds of the demo and the stack tests, so that they do not change it during a measurement.
PLACE = ROOT / ".kedge" / "packaging"
FUNCTIONS = {folder: function for function, folder in folders().items()}
LAYERS = ("KedgeLayer", "DependenciesLayer")
# Packages of Lambda's runtime: the client of its own API, and boto3.
_RUNTIME = ("awslambdaric", "boto3")
_NOWHERE = "http://127.0.0.1:9"
_REFERENCE = re.compile(r"\$\{(\w+)}")


class Artifacts(NamedTuple):
    """The folder of the build, by logical ids, and the folder that stands for the runtime's own packages."""

    built: Path
    runtime: Path

    def function(self, name: str) -> Path:
        """Return the folder of a function, which Lambda mounts as /var/task."""
        return self.built / FUNCTIONS[name]

    @property
    def layers(self) -> tuple[Path, ...]:
        """Return the folders of the layers, which Lambda merges under /opt."""
        return tuple(self.built / layer for layer in LAYERS)

    def path(self, function: Path, *more: str) -> str:
        """Return PYTHONPATH of a function: its folder, its layers and `more` of them, the runtime."""
        layers = (*self.layers, *(self.built / name for name in more))
        return ":".join(map(str, (function, *(layer / "python" for layer in layers), self.runtime)))


def artifacts() -> Artifacts:
    """Build the parts that are not built yet, and return them. Raises SamFailed."""
    built = PLACE / "build"
    build(Application(template=ROOT / "template.yaml", built=PLACE), environment.for_tools(_NOWHERE, _NOWHERE))
    return Artifacts(built, _runtime(PLACE / "runtime"))


def variables(function: str, physical: Mapping[str, str]) -> dict[str, str]:
    """Return a function's environment by the template; `physical` are the resources that it names there."""
    return {name: _REFERENCE.sub(lambda found: physical[found[1]], value) for name, value in _given(function).items()}


def references(function: str) -> set[str]:
    """Return the logical ids of the resources that the template names in a function's environment."""
    return {found for value in _given(function).values() for found in _REFERENCE.findall(value)}


def _given(function: str) -> dict[str, str]:
    given = _whole().properties(FUNCTIONS[function])["Environment"]["Variables"]
    return {name: str(value) for name, value in given.items()}


@cache
def _whole() -> Deployed:
    return Deployed(**SLACK)


def _runtime(folder: Path) -> Path:
    """Return a folder with only the runtime's packages and their dependencies, compiled."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in sorted(set(_closure(_RUNTIME))):
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or () if file.parts[0] != ".."} - {"__pycache__"}:
            there = Path(str(found.locate_file(top)))
            if there.is_dir():
                (folder / top).symlink_to(there)
            else:
                # Python looks for the compiled file beside the link, not beside the link's destination.
                shutil.copy2(there, folder)
    compileall.compile_dir(folder, quiet=1)
    return folder


def _closure(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        yield name
        needed = map(Requirement, distribution(name).requires or ())
        yield from _closure(tuple(one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})))
