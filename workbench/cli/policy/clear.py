"""`kedge policy clear`: deletes the published versions. AppConfig otherwise prevents the deletion of the stack."""

import sys
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from rich.console import Console

from workbench.cli.connection.ending import ending
from workbench.cli.connection.stack import AwsRefused, DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.policy.push import Place, place_of

COMMAND = "policy clear"


class Cleared(Struct, frozen=True):
    """The deleted versions of the configuration profile."""

    versions: tuple[int, ...]


def clear(stack: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    """Delete every published version and return the exit code; REFUSED if AWS refuses.

    Versions that were deleted before that stay deleted.
    """
    return ending(COMMAND, lambda: _clear(stack, region, profile, as_json=as_json))


def _clear(name: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    stack = DeployedStack(name, region, profile)
    try:
        cleared = deleted(stack.client("appconfig"), place_of(stack.outputs, name))
    except (ClientError, BotoCoreError) as error:
        raise AwsRefused(str(error)) from error
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(cleared) + b"\n")
    else:
        many = len(cleared.versions)
        told = f"{many} published version{'s' if many != 1 else ''} deleted from {name}; the policy in force stays until the stack is deleted"
        Console(soft_wrap=True, highlight=False).print(told, markup=False)
    return Exit.DONE


def deleted(appconfig: Any, place: Place) -> Cleared:
    """Delete all hosted versions of the profile, and return their numbers.

    All are listed before the first is deleted: a page may skip versions if others disappear in between. Raises
    ClientError or BotoCoreError.
    """
    whose = {"ApplicationId": place.application, "ConfigurationProfileId": place.profile}
    pages = appconfig.get_paginator("list_hosted_configuration_versions").paginate(**whose)
    numbers = tuple(int(found["VersionNumber"]) for page in pages for found in page["Items"])
    for number in numbers:
        appconfig.delete_hosted_configuration_version(**whose, VersionNumber=number)
    return Cleared(numbers)
