"""Plays the story and keeps score: what was detected, who was told, what was done, and whether that is what should have been."""

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

# Also what SageMaker refuses because of what was not done before.
_BROKEN: Final = (StoryBroken, ClientError, ApiError)


@dataclass(frozen=True, kw_only=True)
class Act:
    """A scene that was played, all that was sent because of it, and every way in which that is not what should be.

    `remedy` is how the remedy of the scene's incident stands after it.
    """

    scene: Scene
    sent: tuple[Message, ...]
    faults: tuple[str, ...]
    remedy: str = ""

    @property
    def mails(self) -> tuple[Message, ...]:
        """What people got."""
        return tuple(message for message in self.sent if message.channel == "mail")

    @property
    def cause(self) -> str:
        """What Kedge took it for, from the JSON that programs got; empty where nothing was sent."""
        causes = {msgspec.json.decode(message.body)["cause"] for message in self.sent if message.channel == "programs"}
        return ", ".join(sorted(causes))


def perform(stage: Stage, begun: Callable[[Scene], None]) -> Iterator[Act]:
    """Play every scene, waiting after each until nothing moves; `begun` is called before each. Raises StillBusy."""
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
    """What became of each remedy of the scenes that were played, in their order."""
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
