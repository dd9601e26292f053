"""The commands below `kedge report`."""

from pathlib import Path
from typing import Annotated

import typer

from kedge.domain.run import Monitor
from workbench.deployed.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="Hand reports of your own detectors to a deployed stack.", no_args_is_help=True)


@app.callback()
def report() -> None:
    """Hand reports of your own detectors to a deployed stack."""


@app.command()
def send(
    file: Annotated[
        Path,
        typer.Argument(help="The violations report, as Model Monitor writes it.", exists=True, dir_okay=False),
    ],
    *,
    monitor: Annotated[str, typer.Option("--monitor", "-m", help="The detector's name, the same at each run.")],
    endpoint: Annotated[str | None, typer.Option("--endpoint", "-e", help="The endpoint that it measured.")] = None,
    kind: Annotated[
        Monitor | None, typer.Option("--type", help="What it measures; if not given, the report tells.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="When the run ended, in ISO 8601 with its zone; now, if not given.")
    ] = None,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Send one report, signed. Kedge acts on it only if the stack's DetectorPrincipals name your role or user."""
    from workbench.reporting.sending import send_report

    raise typer.Exit(send_report(file, monitor, endpoint, kind, at, stack, region, profile, as_json=as_json))
