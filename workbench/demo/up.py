"""`kedge up` keeps the stack of the demo running, and prints each mail."""

import shlex
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from rich.console import Console

from workbench.cli.exits import Exit
from workbench.demo.cast import CHURN
from workbench.demo.command import KEDGE, PARAMETERS
from workbench.demo.ending import ending_well_or_saying_why, say
from workbench.demo.messages import make_room
from workbench.demo.screen import Progress, short
from workbench.demo.setting import set_the_stage
from workbench.demo.stage import Stage
from workbench.local_stack.deploy import build, deploy
from workbench.local_stack.environment import SERVED_BESIDE
from workbench.local_stack.local_stack import ROOT, LocalStack

_EVERY = 1.0
_SHOWN = (
    "AWS_ENDPOINT_URL",
    *SERVED_BESIDE,
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    # Without it, the token of a real session would be sent with the fake key.
    "AWS_SESSION_TOKEN",
)


def up(folder: Path) -> Exit:
    """Stay up until Ctrl-C or SIGTERM; print each message when it is sent, and write it as a file to `folder`."""
    return ending_well_or_saying_why("up", lambda: _up(folder))


def _up(folder: Path) -> Exit:
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    make_room(folder)
    with LocalStack() as stack:
        with Progress() as progress:
            progress.say("building the application: sam build")
            build(KEDGE, stack.environment)
            progress.say("deploying it to this machine: sam deploy")
            deploy(stack, KEDGE, PARAMETERS)
            progress.say("setting the stage: eleven endpoints with their monitors, two pipelines, a policy")
            stage = set_the_stage(stack)
        # Only now: before this point either of them interrupts the work.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        _explain(stack, folder)
        _read_aloud(stage, folder, asked)
    say("up", "stopped. Nothing is left running.")
    return Exit.DONE


def _explain(stack: LocalStack, folder: Path) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print("Kedge is up on this machine. In another terminal:\n")
    console.print(f"  cd {shlex.quote(str(ROOT))}", markup=False)
    for name in _SHOWN:
        console.print(f"  export {name}={shlex.quote(stack.environment[name])}", markup=False)
    console.print("  export SAM_CLI_TELEMETRY=0\n")
    sam = ".venv/bin/sam remote invoke IntakeFunction --stack-name kedge"
    console.print(f"  {sam} --event-file events/sns.alarm.minimal.json", markup=False)
    console.print(f"  {sam} --event-file events/direct.violations.inline.json\n", markup=False)
    console.print(
        f"The local SageMaker at {stack.sagemaker} has the demo's endpoints with hourly schedules. Let one of them run:\n"
    )
    hour = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:00:00Z")
    run = f'{{"schedule": "{CHURN}-data-quality", "scheduled_time": "{hour}", "verdict": "failed"}}'
    console.print(f"  curl -s -X POST {stack.sagemaker}/_kedge/finish_run -d '{run}'\n", markup=False)
    console.print(f"Mails appear here, and every message is a file under {short(folder)}. Ctrl-C ends everything.\n")


def _read_aloud(stage: Stage, folder: Path, asked: threading.Event) -> None:
    console = Console(highlight=False, soft_wrap=True)
    while not asked.wait(_EVERY):
        if not (new := stage.inbox.read()):
            continue
        stage.inbox.write(folder)
        for message in new:
            if message.channel == "mail":
                console.print(f"mail {message.number:03d}  {message.subject}", markup=False)
