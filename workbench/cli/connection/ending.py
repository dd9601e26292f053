"""How a command that speaks to a deployed stack ends when it does not end well: one sentence on stderr, and an exit code."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError
from rich.console import Console

from kedge.domain.errors import Permanent, Transient
from workbench.cli.connection.stack import AwsRefused, NoSuchStack
from workbench.cli.exits import Exit


class Unwise(Exception):
    """What was asked for makes no sense; the message says what would."""


def ending(command: str, work: Callable[[], Exit]) -> Exit:
    """Do the work. What AWS refuses ends as REFUSED, what makes no sense as USAGE."""
    try:
        return work()
    except (NoSuchStack, Unwise) as error:
        say(command, str(error))
        return Exit.USAGE
    except (AwsRefused, Permanent, Transient, BotoCoreError) as error:
        say(command, str(error))
        return Exit.REFUSED


def say(command: str, what: str) -> None:
    """One sentence of a command about itself."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"kedge {command}: {what}", markup=False)
