"""The `kedge` command. Each command's own module is imported when it is called, so that `--help` is quick."""

import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from workbench.approvals.app import app as approval
from workbench.deployed.options import PROFILE, REGION, STACK
from workbench.deployments.app import app as deployment
from workbench.incidents.app import app as incident
from workbench.silences.app import app as silence

app = typer.Typer(
    name="kedge",
    help="One accountable incident for every problem that a SageMaker monitor or a CloudWatch alarm finds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.add_typer(incident, name="incident")
app.add_typer(approval, name="approval")
app.add_typer(deployment, name="deployment")
app.add_typer(silence, name="silence")


@app.callback(invoke_without_command=True)
def kedge(
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    """One accountable incident for every problem that a SageMaker monitor or a CloudWatch alarm finds."""
    if show_version:
        typer.echo(f"kedge {version('kedge')}")
        raise typer.Exit


_POLICY = typer.Option(
    help="The policy to decide by, instead of the recording's own or the default.",
    exists=True,
    dir_okay=False,
    readable=True,
)
_AGAINST = typer.Option(
    help="Another policy: count what it would change, instead of printing each decision.",
    exists=True,
    dir_okay=False,
    readable=True,
)
_ENVIRONMENT = Annotated[str, typer.Option(help="The environment that matchers may ask for, such as prod.")]


@app.command()
def replay(
    recordings: Annotated[
        list[Path],
        typer.Argument(metavar="RECORDING...", help="Folders with signals.jsonl; see docs/recordings.md."),
    ],
    *,
    policy: Annotated[Path | None, _POLICY] = None,
    against: Annotated[Path | None, _AGAINST] = None,
    environment: _ENVIRONMENT = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each signal; with --against, one of everything.")
    ] = False,
) -> None:
    """Take recordings through intake and decide, and print each decision and why; or what another policy would change."""
    if against is not None:
        from workbench.backtest.command import backtest

        raise typer.Exit(backtest(recordings, policy, against, environment=environment, as_json=as_json))
    from workbench.replay.command import replay as play

    raise typer.Exit(play(recordings, policy, environment=environment, as_json=as_json))


@app.command()
def record(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The folder to make; a recording that was broken off goes on in it.")
    ],
    *,
    since: Annotated[str, typer.Option(help="How far back, such as 7d, or a time.")] = "30d",
    until: Annotated[str | None, typer.Option(help="Up to which time; now, if you give none.")] = None,
    stack: Annotated[str | None, typer.Option(help="Only what this stack's ledger knows, with its policy.")] = None,
    table: Annotated[str | None, typer.Option(help="The same, by the name of the stack's table.")] = None,
    region: Annotated[str | None, typer.Option(help="The region, instead of the environment's own.")] = None,
    profile: Annotated[str | None, typer.Option(help="The profile of the AWS configuration to use.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sum as one JSON object.")] = False,
) -> None:
    """Make a recording of an account's monitoring runs, reports and alarms. Reads, and changes nothing."""
    from workbench.record.command import Wanted
    from workbench.record.command import record as take

    wanted = Wanted(
        folder=out, since=since, until=until, stack=stack, table=table, region=region, profile=profile, as_json=as_json
    )
    raise typer.Exit(take(wanted))


_MESSAGES = Annotated[
    Path,
    typer.Option(
        "--messages", help="Where every message is left as a file; what an earlier run left there is removed."
    ),
]


@app.command()
def demo(*, messages: _MESSAGES = Path(".kedge/demo")) -> None:
    """Deploy Kedge to this machine, play a day of six endpoints, and show who was told what."""
    from workbench.demo.command import demo as play

    raise typer.Exit(play(messages.resolve()))


@app.command()
def up(*, messages: _MESSAGES = Path(".kedge/up")) -> None:
    """Deploy Kedge to this machine and keep it running until Ctrl-C."""
    from workbench.demo.up import up as stay

    raise typer.Exit(stay(messages.resolve()))


policy_app = typer.Typer(help="Check, test, explain and publish a policy.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")
_AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]


@policy_app.command()
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


@policy_app.command(name="test")
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


@policy_app.command()
def schema() -> None:
    """Print the JSON Schema of policies, for editors."""
    from workbench.policy.schema import schema as show

    raise typer.Exit(show())


@policy_app.command()
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


_LABELS = Annotated[
    list[str] | None,
    typer.Option(help="Labels, such as endpoint=churn-prod,severity=critical; what is not Kedge's own is a tag."),
]
_AT = Annotated[str | None, typer.Option(help="At what time, in ISO 8601 with its zone; now, if you give none.")]
_VERIFY = Annotated[str | None, typer.Option(help="The receivers that should hear, with commas between them.")]


@policy_app.command()
def explain(
    *,
    policy: Annotated[Path | None, _POLICY] = None,
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
    environment: _ENVIRONMENT = "",
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


route_app = typer.Typer(help="Ask where incidents would be told.", no_args_is_help=True)
app.add_typer(route_app, name="route")


@route_app.command("test")
def route_test_(
    *,
    labels: _LABELS = None,
    policy: Annotated[Path | None, _POLICY] = None,
    verify: _VERIFY = None,
    at: _AT = None,
    environment: _ENVIRONMENT = "",
    as_json: _AS_JSON = False,
) -> None:
    """Say where labels lead: routes, receivers, group, timing, and what keeps quiet. Exit 1 where --verify says otherwise."""
    from workbench.policy.route_test import route_test

    raise typer.Exit(
        route_test("route test", labels or [], policy, verify=verify, at=at, environment=environment, as_json=as_json)
    )


def main() -> None:
    """Run the command, and end with its exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # What is ignored stays so: nohup asked for that.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)
    try:
        app()
    except BrokenPipeError:
        # Whoever read the output has had enough. Python would complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _leave(number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does, so that whatever was started is ended too. The code is the shell's own for a signal."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
