"""The commands below `kedge approval`."""

from typing import Annotated

import typer

from kedge.domain.action import Answer
from workbench.deployed.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="See which remedies wait for approval, and approve or reject them.", no_args_is_help=True)

_PLAN = Annotated[str, typer.Argument(help="The plan's digest, or its beginning as long as only one begins so.")]


@app.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="All that are under way, also without an approval.")] = False,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """List the plans that wait for an answer, those that end first at the top."""
    from workbench.approvals.reading import list_plans

    raise typer.Exit(list_plans(stack, region, profile, every=every, as_json=as_json))


@app.command()
def show(
    plan: _PLAN, *, as_json: JSON = False, stack: STACK = "kedge", region: REGION = None, profile: PROFILE = None
) -> None:
    """Show one plan: what would be done, why, what must hold, who may answer, and what was answered."""
    from workbench.approvals.reading import show_plan

    raise typer.Exit(show_plan(plan, stack, region, profile, as_json=as_json))


@app.command()
def approve(
    plan: _PLAN,
    *,
    reason: Annotated[str, typer.Option("--reason", "-r", help="What others should know of why.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for the endpoint's name.")] = False,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Approve exactly this plan. You are who AWS says you are."""
    from workbench.approvals.deciding import answer

    raise typer.Exit(answer(plan, Answer.APPROVE, reason, stack, region, profile, sure=yes, as_json=as_json))


@app.command()
def reject(
    plan: _PLAN,
    *,
    reason: Annotated[
        str, typer.Option("--reason", "-r", help="The reason, for the engineer who fixes the problem by hand.")
    ],
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Reject this plan: nothing of it is done."""
    from workbench.approvals.deciding import answer

    raise typer.Exit(answer(plan, Answer.REJECT, reason, stack, region, profile, sure=True, as_json=as_json))
