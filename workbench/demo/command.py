"""`kedge demo`."""

from pathlib import Path
from typing import Final

from workbench.demo.ending import ending_well_or_saying_why
from workbench.demo.messages import make_room
from workbench.demo.performance import Act, perform
from workbench.demo.screen import Progress, show, show_acts
from workbench.demo.stage import set_the_stage
from workbench.exits import Exit
from workbench.stack.activity import StillBusy
from workbench.stack.deploy import Application, build, deploy
from workbench.stack.local_stack import ROOT, LocalStack

KEDGE: Final = Application(template=ROOT / "template.yaml", built=ROOT / ".kedge" / "application")
PARAMETERS: Final = {
    "AlertEmail": "oncall@example.com",
    "EnvironmentName": "demo",
    "RunbookUrl": "https://runbooks.example.com/models",
    "SlackWorkspaceId": "T0000000000",
    "SlackChannelId": "C0000000000",
}


def demo(folder: Path) -> Exit:
    """Build, deploy, play the story and show what came of it. Messages are left in `folder`, as soon as they are sent."""
    return ending_well_or_saying_why("demo", lambda: _demo(folder))


def _demo(folder: Path) -> Exit:
    acts: list[Act] = []
    make_room(folder)
    try:
        with Progress() as progress, LocalStack() as stack:
            progress.say("building the application: sam build")
            build(KEDGE, stack.environment)
            progress.say("deploying it to this machine: sam deploy")
            deploy(stack, KEDGE, PARAMETERS)
            progress.say("setting the stage: six endpoints, nine schedules, an alarm")
            stage = set_the_stage(stack)
            for act in perform(stage, lambda scene: progress.say(scene.title)):
                acts.append(act)
                stage.inbox.write(folder)
    except StillBusy:
        show_acts(acts)
        raise
    show(acts, folder)
    return Exit.FAILED if any(act.faults for act in acts) else Exit.DONE
