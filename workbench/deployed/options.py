"""The options that every command for a deployed stack has."""

from typing import Annotated

import typer

STACK = Annotated[str, typer.Option(help="The stack's name.", envvar="KEDGE_STACK")]
REGION = Annotated[str | None, typer.Option(help="The region, instead of the environment's own.")]
PROFILE = Annotated[str | None, typer.Option(help="The profile of the AWS configuration to use.")]
JSON = Annotated[bool, typer.Option("--json", help="For programs: one JSON object for each line.")]
