"""The commands below `kedge silence`."""

from typing import Annotated

import typer

from workbench.deployed.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="Keep a deployed stack quiet for a while, and see what that hides.", no_args_is_help=True)

_MATCHERS = Annotated[
    list[str], typer.Argument(help="""Matchers, all of which must hold, such as 'endpoint="churn-prod"'.""")
]
_COMMENT = Annotated[str, typer.Option("--comment", "-c", help="Why; others read it when they miss a message.")]


@app.command()
def add(
    matchers: _MATCHERS,
    *,
    lasting: Annotated[str, typer.Option("--for", help="How long, such as 4h; 30 days at most.")],
    comment: _COMMENT,
    starts: Annotated[
        str | None, typer.Option(help="When it begins, in ISO 8601 with its zone; now, if not given.")
    ] = None,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Add a silence: Kedge keeps incidents that match, and sends no message about them until it ends."""
    from workbench.silences.changing import add_silence

    raise typer.Exit(
        add_silence(tuple(matchers), lasting, comment, stack, region, profile, starts=starts, as_json=as_json)
    )


@app.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="Ended ones, too.")] = False,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """List the silences that are in force or to come."""
    from workbench.silences.reading import list_silences

    raise typer.Exit(list_silences(stack, region, profile, every=every, as_json=as_json))


@app.command()
def expire(
    silence: Annotated[str, typer.Argument(help="The silence's id.")],
    *,
    comment: _COMMENT = "",
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """End a silence now. What it kept quiet, and is still so, is told within five minutes."""
    from workbench.silences.changing import expire_silence

    raise typer.Exit(expire_silence(silence, comment, stack, region, profile))


@app.command()
def preview(
    matchers: _MATCHERS,
    *,
    since: Annotated[str, typer.Option(help="How far back, such as 7d.")] = "7d",
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Show what a silence would have hidden, had it been in force: incidents, and the messages about them."""
    from workbench.silences.reading import preview_silence

    raise typer.Exit(preview_silence(tuple(matchers), since, stack, region, profile, as_json=as_json))
