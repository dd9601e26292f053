"""The commands below `kedge policy` and `kedge route`."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.connection.options import PROFILE, REGION, STACK
from workbench.cli.policy.options import ENVIRONMENT, POLICY

app = typer.Typer(help="Check, test, explain and publish a policy.", no_args_is_help=True)
_AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


@app.command()
def lint(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Policies, in YAML or JSON.", exists=True, dir_okay=False, readable=True),
    ],
    *,
    as_json: _AS_JSON = False,
) -> None:
    """Print each fault of a policy with its place, reason and fix. Exit 1 if there is one."""
    from workbench.cli.policy.lint import lint as read

    raise typer.Exit(read(files, as_json=as_json))


@app.command(name="test")
def play(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...", help="Files of tests, or folders with *.test.yaml; by default policies.", exists=True
        ),
    ] = None,
    *,
    run: Annotated[str | None, typer.Option(help="A regular expression for the names of tests.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit's XML into this file, too.", dir_okay=False)] = None,
    as_json: _AS_JSON = False,
) -> None:
    """Run tests of policies in virtual time, and print expected and actual results. See docs/policy-tests.md."""
    from workbench.scenarios.command import play as play_all

    raise typer.Exit(play_all(files or (), run, junit, as_json=as_json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of policies, for editors."""
    from workbench.cli.policy.schema import schema as show

    raise typer.Exit(show())


@app.command()
def push(
    policy: Annotated[Path, typer.Argument(help="The policy, in YAML.", exists=True, dir_okay=False, readable=True)],
    *,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Check a policy, publish it to a deployed stack, and wait for its deployment."""
    from workbench.cli.policy.push import push as publish

    raise typer.Exit(publish(policy, stack, region, profile, as_json=as_json))


@app.command()
def clear(
    *,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Delete all policies of a stack, before you delete the stack."""
    from workbench.cli.policy.clear import clear as delete

    raise typer.Exit(delete(stack, region, profile, as_json=as_json))


_LABELS = Annotated[
    list[str] | None,
    typer.Option(help="Labels, such as endpoint=churn-prod,severity=critical; other names are tags."),
]
_AT = Annotated[str | None, typer.Option(help="The time, in ISO 8601 with its zone; by default now.")]
_VERIFY = Annotated[str | None, typer.Option(help="The expected receivers, separated by commas.")]


@app.command()
def explain(
    *,
    policy: Annotated[Path | None, POLICY] = None,
    labels: _LABELS = None,
    event: Annotated[
        Path | None, typer.Option(help="One event as AWS delivered it, in JSON.", exists=True, dir_okay=False)
    ] = None,
    recording: Annotated[
        Path | None, typer.Option(help="A recording. With --event, Kedge uses only its answers and objects.")
    ] = None,
    number: Annotated[
        int | None,
        typer.Option("--signal", help="The line of signals.jsonl; by default the last one with a decision.", min=1),
    ] = None,
    incident: Annotated[str | None, typer.Option(help="The id of a past incident.")] = None,
    table: Annotated[str | None, typer.Option(help="The table of the incident, instead of --stack.")] = None,
    at: _AT = None,
    verify: _VERIFY = None,
    environment: ENVIRONMENT = "",
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Print the deciding rule and route, each step that suppresses a receiver, and the change that would notify it.

    Give labels, one event, one signal of a recording, or a past incident.
    """
    if sum(given is not None for given in (labels, event or recording, incident)) != 1:
        raise typer.BadParameter("give one of --labels, --event, --recording and --incident")
    if labels is not None:
        from workbench.cli.policy.route_test import route_test

        raise typer.Exit(
            route_test("policy explain", labels, policy, verify=verify, at=at, environment=environment, as_json=as_json)
        )
    if incident is not None:
        from workbench.cli.policy.past import explain_incident

        raise typer.Exit(
            explain_incident(
                incident,
                stack,
                table,
                policy,
                environment=environment,
                region=region,
                profile=profile,
                as_json=as_json,
            )
        )
    from workbench.cli.policy.explain import explain_event, explain_recording

    if event is not None:
        raise typer.Exit(explain_event(event, recording, at, policy, environment=environment, as_json=as_json))
    if recording is not None:
        raise typer.Exit(explain_recording(recording, number, policy, environment=environment, as_json=as_json))


route = typer.Typer(help="Print the receivers of incidents.", no_args_is_help=True)


@route.command("test")
def route_test_(
    *,
    labels: _LABELS = None,
    policy: Annotated[Path | None, POLICY] = None,
    verify: _VERIFY = None,
    at: _AT = None,
    environment: ENVIRONMENT = "",
    as_json: _AS_JSON = False,
) -> None:
    """Print the routes, receivers, group, timing and suppression for labels. Exit 1 if --verify names other receivers."""
    from workbench.cli.policy.route_test import route_test

    raise typer.Exit(
        route_test("route test", labels or [], policy, verify=verify, at=at, environment=environment, as_json=as_json)
    )
