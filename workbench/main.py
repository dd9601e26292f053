"""The `kedge` command. Each command's own module is imported when it is called, so that `--help` is quick."""

import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from workbench.deployed.options import PROFILE, REGION, STACK
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


_MESSAGES = Annotated[
    Path,
    typer.Option(
        "--messages", help="Where every message is left as a file; what an earlier run left there is removed."
    ),
]


@app.command()
def demo(*, messages: _MESSAGES = Path(".kedge/demo")) -> None:
    """Deploy Kedge to this machine, play a day of two models, and show who was told what."""
    from workbench.demo.command import demo as play

    raise typer.Exit(play(messages.resolve()))


@app.command()
def up(*, messages: _MESSAGES = Path(".kedge/up")) -> None:
    """Deploy Kedge to this machine and keep it running until Ctrl-C."""
    from workbench.demo.up import up as stay

    raise typer.Exit(stay(messages.resolve()))


policy_app = typer.Typer(help="Check a policy before you trust it.", no_args_is_help=True)
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
