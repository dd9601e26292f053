"""Lists and shows plans. It changes nothing."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.cause import Cause
from kedge.domain.stage import Stage
from kedge.remediation.approval import expiry
from workbench.cli.approval.finding import MOST, action_of
from workbench.cli.approval.screen import print_plan, print_plans
from workbench.cli.connection.ending import ending
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit


class Shown(Struct, frozen=True, kw_only=True):
    """A plan with its result, and with the cause of its incident and the evidence for it."""

    action: Action
    cause: Cause | None = None
    evidence: tuple[str, ...] = ()


def list_plans(stack: str, region: str | None, profile: str | None, *, every: bool, as_json: bool) -> Exit:
    """Print the plans that wait for an answer; with `every`, all plans in progress. Return the exit code."""

    def work() -> Exit:
        found = DeployedStack(stack, region, profile).actions.open(MOST)
        asked = [each for each in found if every or each.stage is Stage.ASKED]
        shown = sorted(asked, key=lambda each: (each.stage is not Stage.ASKED, expiry(each), each.digest))
        if as_json:
            _write(shown)
        else:
            print_plans(shown, datetime.now(UTC), every=every)
        return Exit.DONE

    return ending("approval list", work)


def show_plan(text: str, stack: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    """Print one plan with everything that an approver should know, and return the exit code."""

    def work() -> Exit:
        deployed = DeployedStack(stack, region, profile)
        shown = _shown(deployed, action_of(deployed, text))
        if as_json:
            _write([shown])
        else:
            print_plan(shown.action, shown.cause, shown.evidence, datetime.now(UTC))
        return Exit.DONE

    return ending("approval show", work)


def _shown(deployed: DeployedStack, action: Action) -> Shown:
    story = deployed.incidents.story(action.plan.incident)
    if story is None:
        return Shown(action=action)
    return Shown(action=action, cause=story.incident.cause, evidence=story.incident.evidence)


def _write(things: Iterable[Struct]) -> None:
    for thing in things:
        sys.stdout.buffer.write(msgspec.json.encode(thing) + b"\n")
    sys.stdout.buffer.flush()
