"""`kedge demo` builds and deploys the application, plays the story and shows the result."""

from pathlib import Path
from typing import Final

from workbench.cli.exits import Exit
from workbench.demo import lending
from workbench.demo.cast import PIPELINES, arn
from workbench.demo.ending import ending_well_or_saying_why
from workbench.demo.messages import make_room, write_report
from workbench.demo.performance import Act, perform, remedies
from workbench.demo.screen import Progress, show
from workbench.demo.setting import set_the_stage
from workbench.demo.tables import show_acts
from workbench.local_stack.activity import StillBusy
from workbench.local_stack.deploy import Application, build, deploy
from workbench.local_stack.local_stack import ROOT, LocalStack

KEDGE: Final = Application(template=ROOT / "template.yaml", built=ROOT / ".kedge" / "application")
PARAMETERS: Final = {
    "AlertEmail": "oncall@example.com",
    "EnvironmentName": "demo",
    "RunbookUrl": "https://runbooks.example.com/models",
    "SlackWorkspaceId": "T0000000000",
    "SlackChannelId": "C0000000000",
    "RetrainPipelineArns": ",".join(arn(f"pipeline/{name}") for name in PIPELINES.values()),
}


def demo(folder: Path) -> Exit:
    """Build, deploy, play the story and show its result. Messages are written to `folder` as soon as they are sent."""
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
            progress.say("setting the stage: eleven endpoints with their monitors, two pipelines, a policy")
            stage = set_the_stage(stack)
            for act in perform(stage, lambda scene: progress.say(scene.title)):
                acts.append(act)
                stage.inbox.write(folder)
            answered = list(remedies(stage, acts))
            write_report(folder, lending.report(stage))
    except StillBusy:
        show_acts(acts)
        raise
    show(acts, answered, folder)
    return Exit.FAILED if any(act.faults for act in acts) else Exit.DONE
