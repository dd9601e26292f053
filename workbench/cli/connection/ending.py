"""The failures of commands for a deployed stack: one sentence on stderr, and an exit code."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError
from rich.console import Console

from kedge.domain.errors import Permanent, Transient
from workbench.cli.connection.stack import AwsRefused, NoRegion, NoSuchStack
from workbench.cli.exits import Exit


class Unwise(Exception):
    """The arguments of a command make no sense; the message names a correct form."""


def ending(command: str, work: Callable[[], Exit]) -> Exit:
    """Do the work and return the exit code: REFUSED if AWS refuses, USAGE if the arguments make no sense."""
    try:
        return work()
    except (NoSuchStack, NoRegion, Unwise) as error:
        say(command, str(error))
        return Exit.USAGE
    except (AwsRefused, Permanent, Transient, BotoCoreError) as error:
        say(command, str(error))
        return Exit.REFUSED


def say(command: str, what: str) -> None:
    """Print one sentence of a command on stderr."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"kedge {command}: {what}", markup=False)
