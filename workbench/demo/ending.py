"""Ends `kedge demo` and `kedge up` after a failure: a sentence on stderr, an exit code, and no process left."""

from collections.abc import Callable
from urllib.error import URLError

from botocore.exceptions import BotoCoreError
from rich.console import Console

from workbench.cli.exits import Exit
from workbench.demo.messages import NoRoom
from workbench.local_stack.activity import StillBusy
from workbench.local_stack.deploy import SamFailed
from workbench.local_stack.local_stack import StackDidNotStart


def ending_well_or_saying_why(command: str, work: Callable[[], Exit]) -> Exit:
    """Do the work, which ends all processes that it starts.

    A failure that is possible on any machine becomes FAILED and one line on stderr.
    """
    try:
        return work()
    except (NoRoom, SamFailed, StackDidNotStart, StillBusy) as error:
        say(command, str(error))
    except (BotoCoreError, URLError) as error:
        say(command, f"the local stack answers no more: {error}")
    except OSError as error:
        say(command, f"{error.strerror}: {error.filename}" if error.filename else str(error))
    except (KeyboardInterrupt, SystemExit):
        say(command, "stopped. Nothing is left running.")
        raise
    return Exit.FAILED


def say(command: str, what: str) -> None:
    """Print one sentence of a command about itself."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"kedge {command}: {what}", markup=False)
