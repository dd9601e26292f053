"""The commands below `kedge report`."""

from pathlib import Path
from typing import Annotated

import typer

from kedge.domain.run import Monitor
from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="Send reports of your own detectors to a deployed stack.", no_args_is_help=True)


@app.callback()
def report() -> None:
    """Send reports of your own detectors to a deployed stack."""


@app.command()
def send(
    file: Annotated[
        Path,
        typer.Argument(help="The violations report, as Model Monitor writes it.", exists=True, dir_okay=False),
    ],
    *,
    monitor: Annotated[str, typer.Option("--monitor", "-m", help="The name of the detector, the same for each run.")],
    endpoint: Annotated[str | None, typer.Option("--endpoint", "-e", help="The endpoint that it measured.")] = None,
    kind: Annotated[
        Monitor | None, typer.Option("--type", help="The kind of monitor; by default the report decides.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="The end of the run, in ISO 8601 with its zone; by default now.")
    ] = None,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Send one report, signed. Kedge acts on it only if the stack's DetectorPrincipals name your role or user."""
    from workbench.cli.report.sending import send_report

    raise typer.Exit(send_report(file, monitor, endpoint, kind, at, stack, region, profile, as_json=as_json))
