"""`kedge policy clear`: deletes the published versions. AppConfig otherwise prevents the deletion of the stack."""

import sys
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from rich.console import Console

from workbench.cli.connection.ending import ending
from workbench.cli.connection.publishing import Place, place_of
from workbench.cli.connection.stack import AwsRefused, DeployedStack
from workbench.cli.exits import Exit

COMMAND = "policy clear"


class Cleared(Struct, frozen=True, omit_defaults=True):
    """The deleted versions of the policy and of the Monitors document."""

    versions: tuple[int, ...]
    monitors: tuple[int, ...] = ()


def clear(stack: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    """Delete every published version and return the exit code; REFUSED if AWS refuses.

    Versions that were deleted before that stay deleted.
    """
    return ending(COMMAND, lambda: _clear(stack, region, profile, as_json=as_json))


def _clear(name: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    stack = DeployedStack(name, region, profile)
    try:
        appconfig = stack.client("appconfig")
        versions = deleted(appconfig, place_of(stack.outputs, name))
        # An older stack has no profile for monitors.
        has_monitors = "MonitorsProfileId" in stack.outputs
        monitors = deleted(appconfig, place_of(stack.outputs, name, "Monitors")) if has_monitors else ()
        cleared = Cleared(versions, monitors)
    except (ClientError, BotoCoreError) as error:
        raise AwsRefused(str(error)) from error
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(cleared) + b"\n")
    else:
        many = len(cleared.versions) + len(cleared.monitors)
        told = f"{many} published version{'s' if many != 1 else ''} deleted from {name}; the policy in force stays until the stack is deleted"
        Console(soft_wrap=True, highlight=False).print(told, markup=False)
    return Exit.DONE


def deleted(appconfig: Any, place: Place) -> tuple[int, ...]:
    """Delete all hosted versions of the profile, and return their numbers.

    All are listed before the first is deleted: a page may skip versions if others disappear in between. Raises
    ClientError or BotoCoreError.
    """
    whose = {"ApplicationId": place.application, "ConfigurationProfileId": place.profile}
    pages = appconfig.get_paginator("list_hosted_configuration_versions").paginate(**whose)
    numbers = tuple(int(found["VersionNumber"]) for page in pages for found in page["Items"])
    for number in numbers:
        appconfig.delete_hosted_configuration_version(**whose, VersionNumber=number)
    return numbers
