"""`kedge monitor lint` and `kedge monitor push`: checks a Monitors document, and deploys it to a stack."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console

from workbench.cli.connection.ending import ending, say
from workbench.cli.connection.publishing import NotSound, place_of, publish_to, show_faults
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.lint_screen import print_results
from workbench.cli.policy_files import monitors_reading_of

LINT: Final = "monitor lint"
PUSH: Final = "monitor push"


class DeployedMonitors(Struct, frozen=True, kw_only=True):
    """A deployed document. `monitors` is its name in reports; `version` and `deployment` are AppConfig's numbers."""

    monitors: str
    version: int
    deployment: int


def lint(files: Sequence[Path], *, as_json: bool) -> Exit:
    """Read Monitors documents, print their faults on standard output, and return the exit code.

    It is FAILED if there is a fault, and USAGE if a file does not exist.
    """
    try:
        read = [(file, monitors_reading_of(file)) for file in files]
    except OSError as error:
        say(LINT, f"{error.filename or 'a file'} cannot be read: {error.strerror}")
        return Exit.USAGE
    return print_results(list(read), as_json=as_json)


def push(file: Path, stack: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    """Check a Monitors document, publish it, wait for its deployment, and return the exit code.

    It is FAILED if the document is invalid, and REFUSED if AWS refuses.
    """
    return ending(PUSH, lambda: _push(file, stack, region, profile, as_json=as_json))


def _push(file: Path, name: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    reading = monitors_reading_of(file)
    if reading.document is None:
        show_faults(PUSH, reading.faults)
        return Exit.FAILED
    try:
        stack = DeployedStack(name, region, profile)
        found = publish_to(stack, place_of(stack.outputs, name, "Monitors"), file, reading.document)
    except NotSound as error:
        say(PUSH, str(error))
        return Exit.FAILED
    deployed = DeployedMonitors(monitors=found.label, version=found.version, deployment=found.deployment)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(deployed) + b"\n")
    else:
        told = f"{deployed.monitors} is deployed to {name}, as version {deployed.version}; its monitors run within two minutes"
        Console(soft_wrap=True, highlight=False).print(told, markup=False)
    return Exit.DONE
