"""The commands below `kedge monitor`."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="Check, publish and show the monitors of Kedge.", no_args_is_help=True)
_AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
_FILE = Annotated[
    Path | None,
    typer.Option("--file", help="A Monitors document, instead of the stack's.", dir_okay=False),
]


@app.command()
def lint(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="Monitors documents, in YAML or JSON.", exists=True, dir_okay=False, readable=True
        ),
    ],
    *,
    as_json: _AS_JSON = False,
) -> None:
    """Print each fault of a Monitors document with its place, reason and fix. Exit 1 if there is one."""
    from workbench.cli.monitor.document import lint as read

    raise typer.Exit(read(files, as_json=as_json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of Monitors documents, for editors."""
    from workbench.cli.monitor.json_schema import schema as show

    raise typer.Exit(show())


@app.command()
def push(
    file: Annotated[
        Path, typer.Argument(help="The Monitors document, in YAML.", exists=True, dir_okay=False, readable=True)
    ],
    *,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Check a Monitors document, publish it to a deployed stack, and wait for its deployment."""
    from workbench.cli.monitor.document import push as publish

    raise typer.Exit(publish(file, stack, region, profile, as_json=as_json))


@app.command(name="list")
def list_(
    *,
    file: _FILE = None,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Print the monitors of a stack, or of a file, with their next measurement."""
    from workbench.cli.monitor.listing import MonitorPlace, list_monitors

    place = MonitorPlace(file=file, stack=stack, region=region, profile=profile)
    raise typer.Exit(list_monitors(place, as_json=as_json))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The name of the monitor.")],
    *,
    file: _FILE = None,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Print one monitor with all its values, also those of the defaults."""
    from workbench.cli.monitor.listing import MonitorPlace, show_monitor

    place = MonitorPlace(file=file, stack=stack, region=region, profile=profile)
    raise typer.Exit(show_monitor(name, place, as_json=as_json))
