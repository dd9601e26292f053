"""The commands below `kedge silence`."""

from typing import Annotated

import typer

from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="Manage silences of a deployed stack, and preview their effect.", no_args_is_help=True)

_MATCHERS = Annotated[list[str], typer.Argument(help="""Matchers, such as 'endpoint="churn-prod"'.""")]
_COMMENT = Annotated[str, typer.Option("--comment", "-c", help="The reason, for engineers who miss a message.")]


@app.command()
def add(
    matchers: _MATCHERS,
    *,
    lasting: Annotated[str, typer.Option("--for", help="The duration, such as 4h; at most 30 days.")],
    comment: _COMMENT,
    starts: Annotated[str | None, typer.Option(help="The start, in ISO 8601 with its zone; by default now.")] = None,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Add a silence. Kedge records matching incidents, and sends no message about them until it expires."""
    from workbench.cli.silence.changing import add_silence

    raise typer.Exit(
        add_silence(tuple(matchers), lasting, comment, stack, region, profile, starts=starts, as_json=as_json)
    )


@app.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="Include expired silences.")] = False,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """List active and planned silences."""
    from workbench.cli.silence.reading import list_silences

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
    """Expire a silence now. Kedge notifies of all that is still open within 5 minutes."""
    from workbench.cli.silence.changing import expire_silence

    raise typer.Exit(expire_silence(silence, comment, stack, region, profile))


@app.command()
def preview(
    matchers: _MATCHERS,
    *,
    since: Annotated[str, typer.Option(help="The age of the oldest incident, such as 7d.")] = "7d",
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Print the past incidents and messages that a silence would have suppressed."""
    from workbench.cli.silence.reading import preview_silence

    raise typer.Exit(preview_silence(tuple(matchers), since, stack, region, profile, as_json=as_json))
