"""`kedge policy push`: deploys a policy to a stack through AppConfig and its validator."""

import re
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from rich.console import Console

from kedge.policy.lint import LintResult
from kedge.policy.spec.document import PolicyDocument
from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.stack import AwsRefused, DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.policy_files import reading_of
from workbench.scenarios.playing import plays
from workbench.scenarios.reading import Sheet, sheet_of

COMMAND: Final = "policy push"
# The characters that AppConfig accepts in a label and that an HTTP header can hold, because the label is in a header.
_A_LABEL: Final = re.compile(r"(?=.*[^0-9])[!-~]{1,64}")
_PATIENCE: Final = 900.0
_BETWEEN_LOOKS: Final = 1.0
_UNDER_WAY: Final = ("VALIDATING", "DEPLOYING", "BAKING")

type Sleep = Callable[[float], None]


class NotSound(Exception):
    """The policy was refused; the message names the reason."""


class Place(Struct, frozen=True):
    """The AppConfig ids of a stack's policies."""

    application: str
    environment: str
    profile: str
    strategy: str


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
        _show_faults(reading)
        return Exit.FAILED
    try:
        _pass_its_tests(file)
        stack = DeployedStack(name, region, profile)
        place = place_of(stack.outputs, name)
        deployed = publish(stack.client("appconfig"), place, file.read_bytes(), reading.document, time.sleep)
    except NotSound as error:
        say(COMMAND, str(error))
        return Exit.FAILED
    except (ClientError, BotoCoreError) as error:
        raise AwsRefused(str(error)) from error
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


def place_of(outputs: dict[str, str], stack: str) -> Place:
    """Return the place of published policies from a stack's outputs. Raises Unwise if they do not name it."""
    try:
        return Place(*(outputs[f"Policy{what}Id"] for what in ("Application", "Environment", "Profile", "Strategy")))
    except KeyError as error:
        raise Unwise(f"{stack} has no output {error}: it is older than policies are; deploy a newer release") from error


def publish(appconfig: Any, place: Place, data: bytes, document: PolicyDocument, sleep: Sleep) -> Deployed:
    """Publish a valid policy, deploy it, and return the deployment.

    A text that was published before is deployed again, and not published twice. Raises NotSound, AwsRefused,
    ClientError or BotoCoreError.
    """
    label = label_of(document, data)
    version = _published(appconfig, place, label, data)
    if version is None:
        version = appconfig.create_hosted_configuration_version(
            ApplicationId=place.application,
            ConfigurationProfileId=place.profile,
            Content=data,
            ContentType="application/yaml",
            VersionLabel=label,
        )["VersionNumber"]
    deployment = _start(appconfig, place, version)
    _wait(appconfig, place, deployment, sleep)
    return Deployed(policy=f"{document.name}@{document.version}", version=version, deployment=deployment)


def label_of(document: PolicyDocument, data: bytes) -> str:
    """Return the label of an AppConfig version: the policy's name in decisions, or a digest if that is not possible."""
    label = f"{document.name}@{document.version}"
    return label if _A_LABEL.fullmatch(label) else f"sha256-{sha256(data).hexdigest()[:12]}"


def _published(appconfig: Any, place: Place, label: str, data: bytes) -> int | None:
    """Return the version with this label, or None. Raises NotSound if it has another text."""
    whose = {"ApplicationId": place.application, "ConfigurationProfileId": place.profile}
    pages = appconfig.get_paginator("list_hosted_configuration_versions").paginate(**whose, VersionLabel=label)
    for page in pages:
        for found in page["Items"]:
            if found.get("VersionLabel") == label:
                number = int(found["VersionNumber"])
                kept = appconfig.get_hosted_configuration_version(**whose, VersionNumber=number)["Content"].read()
                if kept != data:
                    raise NotSound(
                        f"{label} was published before with another text: give this one a version of its own, or none"
                    )
                return number
    return None


def _start(appconfig: Any, place: Place, version: int) -> int:
    try:
        return int(
            appconfig.start_deployment(
                ApplicationId=place.application,
                EnvironmentId=place.environment,
                ConfigurationProfileId=place.profile,
                ConfigurationVersion=str(version),
                DeploymentStrategyId=place.strategy,
            )["DeploymentNumber"]
        )
    except ClientError as error:
        details: Any = error.response.get("Details", {})
        refusals = details.get("InvalidConfiguration", [])
        if not refusals:
            raise
        said = "\n".join(str(refusal.get("Reason", "")) for refusal in refusals)
        raise NotSound(f"the stack's own check refuses it, which may be of another release:\n{said}") from error


def _wait(appconfig: Any, place: Place, deployment: int, sleep: Sleep) -> None:
    waited = 0.0
    while True:
        told = appconfig.get_deployment(
            ApplicationId=place.application, EnvironmentId=place.environment, DeploymentNumber=deployment
        )
        state = told["State"]
        if state == "COMPLETE":
            return
        if state not in _UNDER_WAY:
            raise AwsRefused(f"deployment {deployment} ended as {state}")
        if waited >= _PATIENCE:
            raise AwsRefused(f"deployment {deployment} is still {state} after {_PATIENCE / 60:.0f} minutes")
        sleep(_BETWEEN_LOOKS)
        waited += _BETWEEN_LOOKS


def _show_faults(reading: LintResult) -> None:
    screen = Console(stderr=True, soft_wrap=True, highlight=False)
    for fault in reading.faults:
        screen.print(str(fault), markup=False)
    say(COMMAND, "nothing was published")
