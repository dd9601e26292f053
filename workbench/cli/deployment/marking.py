"""Sends a person's mark of a config, signed, to the stack's function for people."""

from typing import Final

from rich.console import Console

from kedge.domain.reason import Reason
from kedge.domain.signal import ChangeKind
from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.deployment.finding import endpoint_of
from workbench.cli.exits import Exit

_WORDS: Final = {True: ("pin", "pinned as good"), False: ("veto", "vetoed"), None: ("unmark", "not marked any more")}


def mark_config(
    endpoint: str,
    config: str,
    comment: str,
    stack: str,
    region: str | None,
    profile: str | None,
    *,
    good: bool | None,
) -> Exit:
    """Send the mark, print the result, and return the exit code; FAILED if another person changed the mark later."""
    command, done = f"deployment {_WORDS[good][0]}", _WORDS[good][1]

    def work() -> Exit:
        if good is not None and not comment.strip():
            raise Unwise("a mark needs a comment, which others read: give --comment")
        deployed = DeployedStack(stack, region, profile)
        target = endpoint_of(deployed, endpoint)
        outcomes = deployed.say(
            "Config Marked",
            {
                "target": str(target),
                "config": config,
                "good": good,
                "by": deployed.whoami(),
                "comment": comment,
            },
        )
        reason, because = outcomes[0]["reason"], outcomes[0]["because"]
        if reason != Reason.NOTED:
            say(command, f"{config} is as it was: {because}")
            return Exit.FAILED
        known = deployed.ledger.load(target, ChangeKind.ENDPOINT)[0].deployments
        if good is not None and config not in {each.config for each in known.history}:
            say(command, f"{config} never ran on {target.name}, as far as is known: is the name right?")
        Console(highlight=False, soft_wrap=True).print(f"{target.name} {config}: {done}", markup=False)
        return Exit.DONE

    return ending(command, work)
