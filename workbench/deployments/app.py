"""The commands below `kedge deployment`."""

from typing import Annotated

import typer

from workbench.deployed.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(
    help="See which configs ran on an endpoint, and say which are good, or never to be gone back to.",
    no_args_is_help=True,
)

_ENDPOINT = Annotated[str, typer.Argument(help="The endpoint's name, or <account>/<region>/endpoint/<name>.")]
_CONFIG = Annotated[str, typer.Argument(help="The name of an endpoint config.")]
_COMMENT = Annotated[str, typer.Option("--comment", "-c", help="Why; others read it.")]


@app.command("list")
def list_(
    endpoint: _ENDPOINT,
    *,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """List the configs that ran, the newest first, with what is known of each, and how remedies have worked there."""
    from workbench.deployments.reading import list_deployments

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
    """Say that a config is good, whatever its runs say: a roll-back goes to it before any other."""
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
    """Say that a config is never to be gone back to, however well its runs went."""
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
    """Take back what was said of a config: its runs decide again."""
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
    from workbench.deployments.marking import mark_config

    raise typer.Exit(mark_config(endpoint, config, comment, stack, region, profile, good=good))
