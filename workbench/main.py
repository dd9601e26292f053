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
from workbench.deployments.app import app as deployment
from workbench.incidents.app import app as incident
from workbench.policy.app import app as policy_app
from workbench.policy.app import route
from workbench.policy.options import ENVIRONMENT, POLICY
from workbench.reporting.app import app as report
from workbench.signals.app import app as signals_app
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
app.add_typer(signals_app, name="signals")
app.add_typer(report, name="report")
app.add_typer(policy_app, name="policy")
app.add_typer(route, name="route")


@app.callback(invoke_without_command=True)
def kedge(
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    """One accountable incident for every problem that a SageMaker monitor or a CloudWatch alarm finds."""
    if show_version:
        typer.echo(f"kedge {version('kedge')}")
        raise typer.Exit


_AGAINST = typer.Option(
    help="Another policy: count what it would change, instead of printing each decision.",
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
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Replace accounts, buckets and the names of what is in them by others.")
    ] = False,
    mapping: Annotated[
        Path | None, typer.Option(help="Write into this file which name stands for which; it is written nowhere else.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sum as one JSON object.")] = False,
) -> None:
    """Make a recording of an account's monitoring runs, reports and alarms. Reads, and changes nothing."""
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


_MESSAGES = Annotated[
    Path,
    typer.Option(
        "--messages", help="Where every message is left as a file; what an earlier run left there is removed."
    ),
]


@app.command()
def demo(*, messages: _MESSAGES = Path(".kedge/demo")) -> None:
    """Deploy Kedge to this machine, play a day of nine endpoints, and show who was told what, and what was done."""
    from workbench.demo.command import demo as play

    raise typer.Exit(play(messages.resolve()))


@app.command()
def up(*, messages: _MESSAGES = Path(".kedge/up")) -> None:
    """Deploy Kedge to this machine and keep it running until Ctrl-C."""
    from workbench.demo.up import up as stay

    raise typer.Exit(stay(messages.resolve()))


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
