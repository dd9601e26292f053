"""`kedge demo`."""

import shutil
from pathlib import Path
from typing import Final

from rich.console import Console

from workbench.demo.performance import Act, perform
from workbench.demo.screen import Progress, show
from workbench.demo.stage import set_the_stage
from workbench.exits import Exit
from workbench.stack.activity import StillBusy
from workbench.stack.deploy import Application, SamFailed, build, deploy
from workbench.stack.local_stack import ROOT, LocalStack, StackDidNotStart

KEDGE: Final = Application(template=ROOT / "template.yaml", built=ROOT / ".kedge" / "application")
PARAMETERS: Final = {
    "AlertEmail": "oncall@example.com",
    "EnvironmentName": "demo",
    "RunbookUrl": "https://runbooks.example.com/models",
    "SlackWorkspaceId": "T0000000000",
    "SlackChannelId": "C0000000000",
}


def demo(folder: Path) -> Exit:
    """Build, deploy, play the story and show what came of it. Messages are left in `folder`, which is emptied first."""
    acts: list[Act] = []
    try:
        with Progress() as progress, LocalStack() as stack:
            progress.say("building the application: sam build")
            build(KEDGE, stack.environment)
            progress.say("deploying it to this machine: sam deploy")
            deploy(stack, KEDGE, PARAMETERS)
            progress.say("setting the stage: two endpoints, five schedules, an alarm")
            stage = set_the_stage(stack)
            acts.extend(perform(stage, lambda scene: progress.say(scene.title)))
            shutil.rmtree(folder, ignore_errors=True)
            stage.inbox.write(folder)
    except (SamFailed, StackDidNotStart, StillBusy) as error:
        Console(stderr=True, soft_wrap=True).print(f"kedge demo: {error}", markup=False)
        return Exit.FAILED
    show(acts, folder)
    return Exit.FAILED if any(act.faults for act in acts) else Exit.DONE
