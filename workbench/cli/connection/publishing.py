"""Publishes a document to a stack through AppConfig: a version, its deployment, and the wait for its end."""

import re
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from rich.console import Console

from kedge.policy.lint import Fault
from kedge.policy.spec.types import VersionedDocument
from workbench.cli.connection.ending import Unwise, say
from workbench.cli.connection.stack import AwsRefused, DeployedStack

# The characters that AppConfig accepts in a label and that an HTTP header can hold, because the label is in a header.
_A_LABEL: Final = re.compile(r"(?=.*[^0-9])[!-~]{1,64}")
_PATIENCE: Final = 900.0
_BETWEEN_LOOKS: Final = 1.0
_UNDER_WAY: Final = ("VALIDATING", "DEPLOYING", "BAKING")

type Sleep = Callable[[float], None]


class NotSound(Exception):
    """The document was refused; the message names the reason."""


class Place(Struct, frozen=True):
    """The AppConfig ids of a stack's documents of one kind."""

    application: str
    environment: str
    profile: str
    strategy: str


class PublishedVersion(Struct, frozen=True, kw_only=True):
    """A deployed document: its name in decisions and reports, and AppConfig's numbers of version and deployment."""

    label: str
    version: int
    deployment: int


def place_of(outputs: dict[str, str], stack: str, profile: str = "Policy") -> Place:
    """Return the place of published documents from a stack's outputs. Raises Unwise if they do not name it.

    `profile` is the word before `ProfileId` in the outputs: Policy or Monitors.
    """
    names = ("PolicyApplicationId", "PolicyEnvironmentId", f"{profile}ProfileId", "PolicyStrategyId")
    try:
        return Place(*(outputs[name] for name in names))
    except KeyError as error:
        older = "policies are" if profile == "Policy" else "monitors are"
        raise Unwise(f"{stack} has no output {error}: it is older than {older}; deploy a newer release") from error


def publish_to(stack: DeployedStack, place: Place, file: Path, document: VersionedDocument) -> PublishedVersion:
    """Publish the text of a file to a stack. Raises NotSound or AwsRefused."""
    try:
        return publish(stack.client("appconfig"), place, file.read_bytes(), document, time.sleep)
    except (ClientError, BotoCoreError) as error:
        raise AwsRefused(str(error)) from error


def publish(appconfig: Any, place: Place, data: bytes, document: VersionedDocument, sleep: Sleep) -> PublishedVersion:
    """Publish a valid document, deploy it, and return the deployment.

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
    return PublishedVersion(label=document.label, version=version, deployment=deployment)


def label_of(document: VersionedDocument, data: bytes) -> str:
    """Return the label of an AppConfig version: the document's own label, or a digest if that is not possible."""
    return document.label if _A_LABEL.fullmatch(document.label) else f"sha256-{sha256(data).hexdigest()[:12]}"


def show_faults(command: str, faults: tuple[Fault, ...]) -> None:
    """Print the faults of a document that is not published."""
    screen = Console(stderr=True, soft_wrap=True, highlight=False)
    for fault in faults:
        screen.print(str(fault), markup=False)
    say(command, "nothing was published")


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
