"""Plays the story and keeps score: what was detected, who was told, and whether that is what should have been."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from workbench.demo.scenes import STORY, Scene
from workbench.demo.stage import NobodyListened, Stage
from workbench.stack.inbox import Message


@dataclass(frozen=True, kw_only=True)
class Act:
    """A scene that was played, all that was sent because of it, and every way in which that is not what should be."""

    scene: Scene
    sent: tuple[Message, ...]
    faults: tuple[str, ...]

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
        except NobodyListened as error:
            missed = (str(error),)
        sent = tuple(stage.settle())
        yield Act(scene=scene, sent=sent, faults=(*missed, *_faults(scene, sent, stage)))


def _faults(scene: Scene, sent: tuple[Message, ...], stage: Stage) -> Iterator[str]:
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
    yield from (f"{count} in {queue}" for queue, count in stage.dead_letters().items() if count)
