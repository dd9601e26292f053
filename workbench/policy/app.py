"""The commands below `kedge policy` and `kedge route`."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.deployed.options import PROFILE, REGION, STACK
from workbench.policy.options import ENVIRONMENT, POLICY

app = typer.Typer(help="Check, test, explain and publish a policy.", no_args_is_help=True)
_AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]


@app.command()
def lint(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Policies, in YAML or JSON.", exists=True, dir_okay=False, readable=True),
    ],
    *,
    as_json: _AS_JSON = False,
) -> None:
    """Say everything that is wrong with a policy: where, why, and how to mend it. Exit 1 where anything is."""
    from workbench.policy.lint import lint as read

    raise typer.Exit(read(files, as_json=as_json))


@app.command(name="test")
def play(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...", help="Files of tests, or folders with *.test.yaml; policies if none.", exists=True
        ),
    ] = None,
    *,
    run: Annotated[str | None, typer.Option(help="Only tests whose name this regular expression finds.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit's XML into this file, too.", dir_okay=False)] = None,
    as_json: _AS_JSON = False,
) -> None:
    """Play tests of policies in virtual time, and print what was expected against what came. See docs/policy-tests.md."""
    from workbench.policytest.command import play as play_all

    raise typer.Exit(play_all(files or (), run, junit, as_json=as_json))


@app.command()
def schema() -> None:
    """Print the JSON Schema of policies, for editors."""
    from workbench.policy.schema import schema as show

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
    """Check a policy, publish it to a deployed stack, and wait until it is deployed there."""
    from workbench.policy.push import push as publish

    raise typer.Exit(publish(policy, stack, region, profile, as_json=as_json))


@app.command()
def clear(
    *,
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Delete every policy that was published to a stack, before the stack itself is deleted."""
    from workbench.policy.clear import clear as delete

    raise typer.Exit(delete(stack, region, profile, as_json=as_json))


_LABELS = Annotated[
    list[str] | None,
    typer.Option(help="Labels, such as endpoint=churn-prod,severity=critical; what is not Kedge's own is a tag."),
]
_AT = Annotated[str | None, typer.Option(help="At what time, in ISO 8601 with its zone; now, if you give none.")]
_VERIFY = Annotated[str | None, typer.Option(help="The receivers that should hear, with commas between them.")]


@app.command()
def explain(
    *,
    policy: Annotated[Path | None, POLICY] = None,
    labels: _LABELS = None,
    event: Annotated[
        Path | None, typer.Option(help="One event as it was delivered, in JSON.", exists=True, dir_okay=False)
    ] = None,
    recording: Annotated[
        Path | None, typer.Option(help="A recording; with --event, only its answers and objects are used.")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--signal", help="The line of signals.jsonl; the last that was decided on.", min=1)
    ] = None,
    incident: Annotated[str | None, typer.Option(help="An incident of the past, by its id.")] = None,
    table: Annotated[str | None, typer.Option(help="The table that remembers it, instead of --stack.")] = None,
    at: _AT = None,
    verify: _VERIFY = None,
    environment: ENVIRONMENT = "",
    as_json: _AS_JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Say which rule and route decide, which step keeps whom quiet, and what would have to change.

    Of labels, of one event, of one signal of a recording, or of an incident of the past.
    """
    if sum(given is not None for given in (labels, event or recording, incident)) != 1:
        raise typer.BadParameter("give one of --labels, --event, --recording and --incident")
    if labels is not None:
        from workbench.policy.route_test import route_test

        raise typer.Exit(
            route_test("policy explain", labels, policy, verify=verify, at=at, environment=environment, as_json=as_json)
        )
    if incident is not None:
        from workbench.policy.past import explain_incident

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
    from workbench.policy.explain import explain_event, explain_recording

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
    """Say where labels lead: routes, receivers, group, timing, and what keeps quiet. Exit 1 where --verify says otherwise."""
    from workbench.policy.route_test import route_test

    raise typer.Exit(
        route_test("route test", labels or [], policy, verify=verify, at=at, environment=environment, as_json=as_json)
    )
