"""The commands below `kedge incident`."""

from typing import Annotated

import typer

from kedge.domain.signal import Act
from workbench.deployed.options import JSON, PROFILE, REGION, STACK

app = typer.Typer(help="List, show and settle incidents of a deployed stack.", no_args_is_help=True)

_ID = Annotated[str, typer.Argument(help="The incident's id, or the last part of it as long as only one has it.")]
_COMMENT = Annotated[str, typer.Option("--comment", "-c", help="What others should know.")]


@app.command("list")
def list_(
    *,
    every: Annotated[bool, typer.Option("--all", help="Resolved ones, too.")] = False,
    since: Annotated[str, typer.Option(help="How far back, such as 7d.")] = "30d",
    matching: Annotated[
        list[str] | None, typer.Option("--match", "-m", help="""A matcher, such as severity="critical".""")
    ] = None,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """List the incidents that are open, the newest first."""
    from workbench.incidents.reading import list_incidents

    raise typer.Exit(
        list_incidents(
            stack, region, profile, open_only=not every, since=since, matching=tuple(matching or ()), as_json=as_json
        )
    )


@app.command()
def show(
    incident: _ID, *, as_json: JSON = False, stack: STACK = "kedge", region: REGION = None, profile: PROFILE = None
) -> None:
    """Show one incident with its timeline: what was decided and why, who was told, and who was not."""
    from workbench.incidents.reading import show_incident

    raise typer.Exit(show_incident(incident, stack, region, profile, as_json=as_json))


@app.command()
def ack(
    incident: _ID,
    *,
    mitigating: Annotated[bool, typer.Option("--mitigating", help="You are already fixing it.")] = False,
    comment: _COMMENT = "",
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Say that you look after it: no more reminders, unless it gets worse."""
    _settle(incident, Act.MITIGATE if mitigating else Act.ACKNOWLEDGE, comment, stack, region, profile)


@app.command()
def resolve(
    incident: _ID,
    *,
    comment: _COMMENT,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Say that it is over. If the next run is bad, it is opened again."""
    _settle(incident, Act.RESOLVE, comment, stack, region, profile)


@app.command()
def note(
    incident: _ID,
    comment: Annotated[str, typer.Argument(help="What to write on its timeline.")],
    *,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Write something on its timeline."""
    _settle(incident, Act.NOTE, comment, stack, region, profile)


def _settle(incident: str, act: Act, comment: str, stack: str, region: str | None, profile: str | None) -> None:
    from workbench.incidents.deciding import decide_about

    raise typer.Exit(decide_about(incident, act, comment, stack, region, profile))
