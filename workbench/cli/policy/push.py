"""`kedge policy push`: deploys a policy to a stack through AppConfig and its validator."""

import sys
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console

from workbench.cli.connection.ending import ending, say
from workbench.cli.connection.publishing import NotSound, place_of, publish_to, show_faults
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.policy_files import reading_of
from workbench.scenarios.playing import plays
from workbench.scenarios.reading import Sheet, sheet_of

COMMAND: Final = "policy push"


class Deployed(Struct, frozen=True, kw_only=True):
    """A deployed policy. `policy` is its name in decisions; `version` and `deployment` are AppConfig's numbers."""

    policy: str
    version: int
    deployment: int


def push(file: Path, stack: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    """Check a policy and play its tests, publish it, wait for its deployment, and return the exit code.

    It is FAILED if the policy is invalid or a test fails, and REFUSED if AWS refuses.
    """
    return ending(COMMAND, lambda: _push(file, stack, region, profile, as_json=as_json))


def _push(file: Path, name: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    reading = reading_of(file)
    if reading.document is None:
        show_faults(COMMAND, reading.faults)
        return Exit.FAILED
    try:
        _pass_its_tests(file)
        stack = DeployedStack(name, region, profile)
        found = publish_to(stack, place_of(stack.outputs, name), file, reading.document)
    except NotSound as error:
        say(COMMAND, str(error))
        return Exit.FAILED
    deployed = Deployed(policy=found.label, version=found.version, deployment=found.deployment)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(deployed) + b"\n")
    else:
        told = f"{deployed.policy} is deployed to {name}, as version {deployed.version}; it decides within two minutes"
        Console(soft_wrap=True, highlight=False).print(told, markup=False)
    return Exit.DONE


def _pass_its_tests(file: Path) -> None:
    """Play `policy.test.yaml` beside `policy.yaml`, if there is one.

    Raises NotSound if a test fails or cannot be played.
    """
    beside = file.with_name(f"{file.stem}.test.yaml")
    if not beside.is_file():
        return
    sheet = sheet_of(beside)
    if not isinstance(sheet, Sheet):
        raise NotSound("\n".join(["its tests cannot be played", *map(str, sheet)]))
    failed = [name for name, play in plays(sheet) if not play().ok]
    if failed:
        listed = "".join(f"\n  {name}" for name in failed)
        raise NotSound(f"its tests fail, and nothing was published; see kedge policy test {beside}:{listed}")
