"""Sends an approver's answer to a plan to the stack's approve function."""

import sys

import msgspec
import typer
from rich.console import Console

from kedge.domain.action import Action, Answer
from kedge.remediation.approval import ApprovalOutcome
from workbench.cli.approval.finding import action_of
from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit


def answer(
    text: str,
    given: Answer,
    reason: str,
    stack: str,
    region: str | None,
    profile: str | None,
    *,
    sure: bool,
    as_json: bool,
) -> Exit:
    """Approve or reject a plan, print the result, and return the exit code; FAILED if the answer does not count."""

    def work() -> Exit:
        if given is Answer.REJECT and not reason.strip():
            raise Unwise("a rejection needs a reason, for the engineer who fixes the problem by hand")
        deployed = DeployedStack(stack, region, profile)
        action = action_of(deployed, text)
        if not sure and not _is_meant(action):
            say("approval approve", "that is not its name, so nothing was approved")
            return Exit.FAILED
        said = deployed.answer(action.digest, given, reason)
        return _shown(action, given, said, as_json=as_json)

    return ending(f"approval {given}", work)


def _is_meant(action: Action) -> bool:
    """Return whether the approver types the name of what would change, after reading the plan."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(action.plan.sentence, markup=False)
    name = action.plan.target.name
    typed = typer.prompt(f"Type {name} to approve it", err=True, default="", show_default=False)
    return bool(typed.strip() == name)


def _shown(action: Action, given: Answer, said: dict[str, object], *, as_json: bool) -> Exit:
    outcome, says = str(said.get("outcome", "")), str(said.get("says", ""))
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
        sys.stdout.buffer.flush()
    if outcome in {ApprovalOutcome.APPROVED, ApprovalOutcome.REJECTED, ApprovalOutcome.WAITING}:
        if not as_json:
            line = f"{action.plan.target.name}, {action.plan.brief}: {outcome} ({says})"
            Console(highlight=False, soft_wrap=True).print(line, markup=False)
        return Exit.DONE
    say(f"approval {given}", f"it does not count: {says or outcome or 'the approve function gave no answer'}")
    return Exit.FAILED
