"""`kedge up`: the stack of the demo, staying up, with somebody who reads the mail aloud."""

import shlex
import signal
import threading
from pathlib import Path
from types import FrameType

from rich.console import Console

from workbench.demo.command import KEDGE, PARAMETERS
from workbench.demo.screen import Progress
from workbench.demo.stage import CHURN, Stage, set_the_stage
from workbench.exits import Exit
from workbench.stack.activity import StillBusy
from workbench.stack.deploy import SamFailed, build, deploy
from workbench.stack.local_stack import LocalStack, StackDidNotStart

_EVERY = 1.0
_SHOWN = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SAGEMAKER",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)


def up(folder: Path) -> Exit:
    """Stay up until Ctrl-C or SIGTERM; print each message when it is sent, and leave it as a file in `folder`."""
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    try:
        with LocalStack() as stack:
            with Progress() as progress:
                progress.say("building the application: sam build")
                build(KEDGE, stack.environment)
                progress.say("deploying it to this machine: sam deploy")
                deploy(stack, KEDGE, PARAMETERS)
                stage = set_the_stage(stack)
            # Only now: until here either of them breaks off whatever goes on.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, stop)
            _explain(stack)
            _read_aloud(stage, folder, asked)
    except (SamFailed, StackDidNotStart, StillBusy) as error:
        Console(stderr=True, soft_wrap=True).print(f"kedge up: {error}", markup=False)
        return Exit.FAILED
    return Exit.DONE


def _explain(stack: LocalStack) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print("Kedge is up on this machine. In another terminal, from this folder:\n")
    for name in _SHOWN:
        console.print(f"  export {name}={shlex.quote(stack.environment[name])}", markup=False)
    console.print("  export SAM_CLI_TELEMETRY=0\n")
    sam = ".venv/bin/sam remote invoke IntakeFunction --stack-name kedge"
    console.print(f"  {sam} --event-file events/sns.alarm.minimal.json", markup=False)
    console.print(f"  {sam} --event-file events/direct.violations.inline.json\n", markup=False)
    console.print(
        f"The local SageMaker at {stack.sagemaker} has {CHURN} with four hourly schedules. Let one of them run:\n"
    )
    run = '{"schedule": "churn-prod-data-quality", "scheduled_time": "2026-11-20T10:00:00Z", "verdict": "failed"}'
    console.print(f"  curl -s -X POST {stack.sagemaker}/_kedge/finish_run -d '{run}'\n", markup=False)
    console.print("Messages appear here. Ctrl-C ends everything.\n")


def _read_aloud(stage: Stage, folder: Path, asked: threading.Event) -> None:
    console = Console(highlight=False, soft_wrap=True)
    while not asked.wait(_EVERY):
        new = stage.inbox.read()
        stage.inbox.write(folder)
        for message in new:
            if message.channel == "mail":
                console.print(f"mail {message.number:03d}  {message.subject}", markup=False)
