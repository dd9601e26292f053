"""The `kedge` command. Each command's own module is imported when it is called, so that `--help` is quick."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from kedge.domain.incident import Severity
from workbench.cli.approval.app import app as approval
from workbench.cli.connection.options import JSON, PROFILE, REGION, STACK
from workbench.cli.deployment.app import app as deployment
from workbench.cli.incident.app import app as incident
from workbench.cli.model.app import app as model
from workbench.cli.monitor.app import app as monitor
from workbench.cli.policy.app import app as policy_app
from workbench.cli.policy.app import route
from workbench.cli.policy.options import ENVIRONMENT, POLICY
from workbench.cli.report.app import app as report
from workbench.cli.signals.app import app as signals_app
from workbench.cli.silence.app import app as silence

app = typer.Typer(
    name="kedge",
    help="Alerting and remediation for models on Amazon SageMaker.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.add_typer(incident, name="incident")
app.add_typer(approval, name="approval")
app.add_typer(deployment, name="deployment")
app.add_typer(silence, name="silence")
app.add_typer(signals_app, name="signals")
app.add_typer(report, name="report")
app.add_typer(monitor, name="monitor")
app.add_typer(model, name="model")
app.add_typer(policy_app, name="policy")
app.add_typer(route, name="route")


@app.callback(invoke_without_command=True)
def kedge(
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Alerting and remediation for models on Amazon SageMaker."""
    if show_version:
        from importlib.metadata import version

        typer.echo(f"kedge {version('kedge')}")
        raise typer.Exit


_AGAINST = typer.Option(
    help="Another policy. Kedge prints the changes, instead of each decision.",
    exists=True,
    dir_okay=False,
    readable=True,
)


@app.command()
def replay(
    recordings: Annotated[
        list[Path],
        typer.Argument(metavar="RECORDING...", help="Folders with signals.jsonl; see docs/recordings.md."),
    ],
    *,
    policy: Annotated[Path | None, POLICY] = None,
    against: Annotated[Path | None, _AGAINST] = None,
    environment: ENVIRONMENT = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per signal; with --against, one in all.")
    ] = False,
) -> None:
    """Replay recordings and print each decision with its reason, or the changes by another policy."""
    if against is not None:
        from workbench.backtest.command import backtest

        raise typer.Exit(backtest(recordings, policy, against, environment=environment, as_json=as_json))
    from workbench.replay.command import replay as play

    raise typer.Exit(play(recordings, policy, environment=environment, as_json=as_json))


@app.command()
def record(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The folder of the recording. An interrupted recording continues.")
    ],
    *,
    since: Annotated[str, typer.Option(help="The start, as a time or an age such as 7d.")] = "30d",
    until: Annotated[str | None, typer.Option(help="The end; by default now.")] = None,
    stack: Annotated[str | None, typer.Option(help="Record only the signals of this stack, with its policy.")] = None,
    table: Annotated[str | None, typer.Option(help="The table of the stack, instead of --stack.")] = None,
    region: Annotated[str | None, typer.Option(help="The Region; by default that of the environment.")] = None,
    profile: Annotated[str | None, typer.Option(help="The profile of the AWS configuration.")] = None,
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Replace accounts, buckets and names by pseudonyms.")
    ] = False,
    mapping: Annotated[
        Path | None, typer.Option(help="The file for the names of the pseudonyms. Kedge writes them only there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
) -> None:
    """Record the monitoring runs, reports and alarms of an account. The command only reads."""
    from workbench.record.command import Wanted
    from workbench.record.command import record as take

    wanted = Wanted(
        folder=out,
        since=since,
        until=until,
        stack=stack,
        table=table,
        region=region,
        profile=profile,
        pseudonyms=pseudonyms,
        mapping=mapping,
        as_json=as_json,
    )
    raise typer.Exit(take(wanted))


@app.command()
def doctor(
    endpoint: Annotated[
        str | None, typer.Argument(help="Check the monitoring of this endpoint only; by default that of all.")
    ] = None,
    *,
    live_checks: Annotated[
        bool,
        typer.Option("--live-checks", help="Also try the account itself, with a test alarm; see docs/first-hour.md."),
    ] = False,
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Find what is wrong with Kedge itself and with the monitoring of endpoints. The command only reads."""
    from workbench.cli.doctor.command import doctor as look

    raise typer.Exit(look(endpoint, stack, region, profile, live=live_checks, as_json=as_json))


@app.command()
def drill(
    *,
    receiver: Annotated[str, typer.Option("--receiver", help="Notify only this receiver of the policy.")] = "",
    severity: Annotated[Severity, typer.Option("--severity", help="The severity, which selects routes.")] = (
        Severity.WARNING
    ),
    endpoint: Annotated[str, typer.Option("--endpoint", "-e", help="The endpoint whose routes are tested.")] = "",
    comment: Annotated[str, typer.Option("--comment", "-c", help="A comment for the receivers.")] = "",
    ack: Annotated[bool, typer.Option("--ack", help="Also wait for an acknowledgement.")] = False,
    timeout: Annotated[str, typer.Option("--timeout", help="The time to wait, such as 10m.")] = "2m",
    as_json: JSON = False,
    stack: STACK = "kedge",
    region: REGION = None,
    profile: PROFILE = None,
) -> None:
    """Send a marked drill to the real receivers of a deployed stack, and show which of them accepted it.

    A drill is no incident of a model, and ends by itself. The exit code is 1 if a receiver did not accept it or has no
    confirmed subscriber. With --ack it is also 1 without an acknowledgement in time.
    """
    from workbench.cli.drill.drilling import drill as start
    from workbench.cli.drill.screen import print_json, print_result

    raise typer.Exit(
        start(
            stack,
            region,
            profile,
            severity=severity,
            receiver=receiver,
            endpoint=endpoint,
            comment=comment,
            ack=ack,
            timeout=timeout,
            show=print_json if as_json else print_result,
        )
    )


_MESSAGES = Annotated[
    Path,
    typer.Option("--messages", help="The folder of the message files. Files of an earlier run are deleted."),
]


@app.command()
def demo(*, messages: _MESSAGES = Path(".kedge/demo")) -> None:
    """Deploy Kedge to a local stack, play a day of 11 endpoints, and print each notification and remedy."""
    from workbench.demo.command import demo as play

    raise typer.Exit(play(messages.resolve()))


@app.command()
def up(*, messages: _MESSAGES = Path(".kedge/up")) -> None:
    """Deploy Kedge to a local stack and keep it running until Ctrl-C."""
    from workbench.demo.up import up as stay

    raise typer.Exit(stay(messages.resolve()))


def main() -> None:
    """Run the command, and end with its exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        # An ignored signal stays ignored: nohup asked for that.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)
    try:
        app()
    except BrokenPipeError:
        # The reader of the output has closed it. Python would complain when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _leave(number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does, so that every started process ends, too. The code is the shell's own for a signal."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
