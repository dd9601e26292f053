"""The options that every command for a deployed stack has."""

from typing import Annotated

import typer

STACK = Annotated[str, typer.Option(help="The name of the stack.", envvar="KEDGE_STACK")]
REGION = Annotated[str | None, typer.Option(help="The Region; by default that of the environment.")]
PROFILE = Annotated[str | None, typer.Option(help="The profile of the AWS configuration.")]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object per line, for programs.")]
