"""Sends a person's decision about an incident, signed, to the stack's function for people."""

from typing import Final

from rich.console import Console

from kedge.domain.reason import Reason
from kedge.domain.signal import OperatorAction
from workbench.cli.connection.ending import ending, say
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.incident.finding import story_of

_DONE: Final = {
    OperatorAction.ACKNOWLEDGE: Reason.ACKNOWLEDGED,
    OperatorAction.MITIGATE: Reason.MITIGATING,
    OperatorAction.RESOLVE: Reason.RESOLVED,
    OperatorAction.NOTE: Reason.NOTED,
}


def decide_about(
    text: str, act: OperatorAction, comment: str, stack: str, region: str | None, profile: str | None
) -> Exit:
    """Send the decision, print the result, and return the exit code; FAILED if it came too late."""

    def work() -> Exit:
        deployed = DeployedStack(stack, region, profile)
        incident = story_of(deployed, text).incident
        outcomes = deployed.say(
            "Decision Made",
            {
                "incident": incident.id,
                "target": str(incident.target),
                "monitor": incident.monitor,
                "act": act,
                "by": deployed.whoami(),
                "comment": comment,
            },
        )
        reason, because = outcomes[0]["reason"], outcomes[0]["because"]
        if reason != _DONE[act]:
            say("incident", f"{incident.id} is as it was: {because}")
            return Exit.FAILED
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"{incident.target.name} {incident.monitor}: {reason} ({because})", markup=False)
        return Exit.DONE

    return ending("incident", work)
