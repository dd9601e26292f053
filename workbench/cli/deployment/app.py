"""The commands below `kedge deployment`."""

from typing import Annotated

import typer

from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(
    help="List the configs of an endpoint, and mark configs as good or vetoed.",
    no_args_is_help=True,
)

_ENDPOINT = Annotated[str, typer.Argument(help="The endpoint's name, or <account>/<region>/endpoint/<name>.")]
_CONFIG = Annotated[str, typer.Argument(help="The name of an endpoint config.")]
_COMMENT = Annotated[str, typer.Option("--comment", "-c", help="The reason, for other engineers.")]


@app.command("list")
def list_(
    endpoint: _ENDPOINT,
    *,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """List the configs of an endpoint, the newest first, with their runs and the results of remedies."""
    from workbench.cli.deployment.reading import list_deployments

    raise typer.Exit(list_deployments(endpoint, stack, region, profile, as_json=as_json))


@app.command()
def pin(
    endpoint: _ENDPOINT,
    config: _CONFIG,
    *,
    comment: _COMMENT,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Mark a config as good, whatever its runs show. A roll-back chooses it first."""
    _mark(endpoint, config, comment, stack, region, profile, good=True)


@app.command()
def veto(
    endpoint: _ENDPOINT,
    config: _CONFIG,
    *,
    comment: _COMMENT,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Veto a config. A roll-back never chooses it, whatever its runs show."""
    _mark(endpoint, config, comment, stack, region, profile, good=False)


@app.command()
def unmark(
    endpoint: _ENDPOINT,
    config: _CONFIG,
    *,
    comment: _COMMENT = "",
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Remove the mark of a config. Its runs decide again."""
    _mark(endpoint, config, comment, stack, region, profile, good=None)


def _mark(
    endpoint: str,
    config: str,
    comment: str,
    stack: str,
    region: str | None,
    profile: str | None,
    *,
    good: bool | None,
) -> None:
    from workbench.cli.deployment.marking import mark_config

    raise typer.Exit(mark_config(endpoint, config, comment, stack, region, profile, good=good))
