"""The options of commands that use a policy file."""

from typing import Annotated, Final

import typer

POLICY: Final = typer.Option(
    help="The policy to use, instead of the recording's own or the default.",
    exists=True,
    dir_okay=False,
    readable=True,
)
ENVIRONMENT = Annotated[str, typer.Option(help="The environment for matchers, such as prod.")]
