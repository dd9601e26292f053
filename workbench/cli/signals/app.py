"""The commands below `kedge signals`."""

from typing import Annotated

import typer

from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="Send failed signals to a deployed stack again.", no_args_is_help=True)

_MOST = Annotated[int, typer.Option(help="The most dead letters.", min=1)]


# typer would turn a single command into the group itself.
@app.callback()
def signals() -> None:
    """Send failed signals to a deployed stack again."""


@app.command()
def redrive(
    *,
    most: _MOST = 1_000,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Send each dead letter of the signals to intake, print the result, and delete each one that intake accepts."""
    from workbench.cli.signals.redriving import redrive_signals

    raise typer.Exit(redrive_signals(stack, region, profile, most=most, as_json=as_json))
