"""Plays the story and checks it: detections, notifications, actions, and their differences from the expectation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
from botocore.exceptions import ClientError

from workbench.demo.answered import Answered, answered, standing
from workbench.demo.scene import Scene
from workbench.demo.scenes import STORY
from workbench.demo.stage import Stage, StoryBroken
from workbench.local_sagemaker.errors import ApiError
from workbench.local_stack.inbox import Message

# This includes SageMaker's refusals after an earlier scene failed.
_BROKEN: Final = (StoryBroken, ClientError, ApiError)


@dataclass(frozen=True, kw_only=True)
class Act:
    """A played scene, its messages, and every difference from the expectation.

    `remedy` is the status of the remedy of the scene's incident after it.
    """

    scene: Scene
    sent: tuple[Message, ...]
    faults: tuple[str, ...]
    remedy: str = ""

    @property
    def mails(self) -> tuple[Message, ...]:
        """Return the mails to people."""
        return tuple(message for message in self.sent if message.channel == "mail")

    @property
    def cause(self) -> str:
        """Return the cause, from the JSON for programs; empty if there are no messages."""
        causes = {msgspec.json.decode(message.body)["cause"] for message in self.sent if message.channel == "programs"}
        return ", ".join(sorted(causes))


def perform(stage: Stage, begun: Callable[[Scene], None]) -> Iterator[Act]:
    """Play every scene, and wait after each until nothing moves; `begun` is called before each. Raises StillBusy."""
    for scene in STORY:
        begun(scene)
        missed: tuple[str, ...] = ()
        try:
            scene.play(stage)
        except _BROKEN as error:
            missed = (str(error),)
        sent = tuple(stage.settle())
        remedy = standing(stage.incident(*scene.about)) if scene.about is not None else ""
        yield Act(scene=scene, sent=sent, remedy=remedy, faults=(*missed, *_faults(scene, sent, remedy, stage)))


def remedies(stage: Stage, acts: list[Act]) -> Iterator[Answered]:
    """Yield the description of each remedy of the played scenes, in their order."""
    for endpoint, monitor in dict.fromkeys(act.scene.about for act in acts if act.scene.about is not None):
        incident = stage.incident(endpoint, monitor)
        story = stage.ledger.story(incident.id) if incident is not None else None
        acting = incident.remedy if incident is not None else None
        if story is not None and acting is not None:
            yield answered(story, acting, stage.action(acting.digest) if acting.digest is not None else None)


def _faults(scene: Scene, sent: tuple[Message, ...], remedy: str, stage: Stage) -> Iterator[str]:
    subjects = [message.subject for message in sent if message.channel == "mail"]
    if len(subjects) != len(scene.mails):
        yield f"{len(subjects)} mails instead of {len(scene.mails)}: {subjects}"
    for wanted, got in zip(scene.mails, subjects, strict=False):
        if not got.startswith(wanted):
            yield f"{got!r} instead of {wanted!r}…"
    for channel in stage.inbox.channels - {"mail"}:
        count = sum(message.channel == channel for message in sent)
        if count != len(scene.mails):
            yield f"{count} messages on {channel} instead of {len(scene.mails)}"
    if remedy != scene.remedy:
        yield f"the remedy is {remedy or 'none'!r} instead of {scene.remedy or 'none'!r}"
    try:
        yield from scene.wrong(stage)
    except _BROKEN as error:
        yield str(error)
    yield from (f"{count} in {queue}" for queue, count in stage.dead_letters().items() if count)
