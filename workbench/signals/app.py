"""The commands below `kedge signals`."""

from typing import Annotated

import typer

from workbench.deployed.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="Hand signals that failed to a deployed stack again.", no_args_is_help=True)

_MOST = Annotated[int, typer.Option(help="How many dead letters, at most.", min=1)]


# With one command alone typer would make it the group itself.
@app.callback()
def signals() -> None:
    """Hand signals that failed to a deployed stack again."""


@app.command()
def redrive(
    *,
    most: _MOST = 1_000,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Hand each dead letter of the signals to intake, print what came of it, and delete those that intake took."""
    from workbench.signals.redriving import redrive_signals

    raise typer.Exit(redrive_signals(stack, region, profile, most=most, as_json=as_json))
