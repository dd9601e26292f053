"""The commands below `kedge approval`."""

from typing import Annotated

import typer

from kedge.domain.action import Answer
from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="List, approve and reject plans of remedies.", no_args_is_help=True)

_PLAN = Annotated[str, typer.Argument(help="The plan id, or its unique beginning.")]


@app.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="Include all plans in progress, also without approval.")] = False,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """List the plans that wait for approval, by decision deadline."""
    from workbench.cli.approval.reading import list_plans

    raise typer.Exit(list_plans(stack, region, profile, every=every, as_json=as_json))


@app.command()
def show(
    plan: _PLAN, *, as_json: JSON = False, stack: STACK = "kedge", region: REGION = None, profile: PROFILE = None
) -> None:
    """Print a plan with its evidence, preconditions, approvers and answers."""
    from workbench.cli.approval.reading import show_plan

    raise typer.Exit(show_plan(plan, stack, region, profile, as_json=as_json))


@app.command()
def approve(
    plan: _PLAN,
    *,
    reason: Annotated[str, typer.Option("--reason", "-r", help="The reason, for other engineers.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for the name of the endpoint.")] = False,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Approve exactly this plan. AWS confirms your identity."""
    from workbench.cli.approval.deciding import answer

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
    """Reject a plan. Kedge does not carry it out."""
    from workbench.cli.approval.deciding import answer

    raise typer.Exit(answer(plan, Answer.REJECT, reason, stack, region, profile, sure=True, as_json=as_json))
