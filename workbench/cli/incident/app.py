"""The commands below `kedge incident`."""

from typing import Annotated

import typer

from kedge.domain.signal import OperatorAction
from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="List, show and change incidents of a deployed stack.", no_args_is_help=True)

_ID = Annotated[str, typer.Argument(help="The id of the incident, or its unique last part.")]
_COMMENT = Annotated[str, typer.Option("--comment", "-c", help="A comment for other engineers.")]


@app.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="Include resolved incidents.")] = False,
    since: Annotated[str, typer.Option(help="The age of the oldest incident, such as 7d.")] = "30d",
    matching: Annotated[
        list[str] | None, typer.Option("--match", "-m", help="""A matcher, such as severity="critical".""")
    ] = None,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """List open incidents, the newest first."""
    from workbench.cli.incident.reading import list_incidents

    raise typer.Exit(
        list_incidents(
            stack, region, profile, open_only=not every, since=since, matching=tuple(matching or ()), as_json=as_json
        )
    )


@app.command()
def show(
    incident: _ID, *, as_json: JSON = False, stack: STACK = "kedge", region: REGION = None, profile: PROFILE = None
) -> None:
    """Print an incident with its timeline: decisions, reasons, notifications and suppressed notifications."""
    from workbench.cli.incident.reading import show_incident

    raise typer.Exit(show_incident(incident, stack, region, profile, as_json=as_json))


@app.command()
def ack(
    incident: _ID,
    *,
    mitigating: Annotated[bool, typer.Option("--mitigating", help="The mitigation is in progress.")] = False,
    comment: _COMMENT = "",
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Acknowledge an incident. Kedge sends no more reminders, unless its severity rises."""
    _settle(
        incident, OperatorAction.MITIGATE if mitigating else OperatorAction.ACKNOWLEDGE, comment, stack, region, profile
    )


@app.command()
def resolve(
    incident: _ID,
    *,
    comment: _COMMENT,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Resolve an incident. If the next run is bad, Kedge reopens it."""
    _settle(incident, OperatorAction.RESOLVE, comment, stack, region, profile)


@app.command()
def note(
    incident: _ID,
    comment: Annotated[str, typer.Argument(help="The text of the note.")],
    *,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Add a note to the timeline."""
    _settle(incident, OperatorAction.NOTE, comment, stack, region, profile)


def _settle(
    incident: str, act: OperatorAction, comment: str, stack: str, region: str | None, profile: str | None
) -> None:
    from workbench.cli.incident.deciding import decide_about

    raise typer.Exit(decide_about(incident, act, comment, stack, region, profile))
