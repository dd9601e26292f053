"""One thing that happens in the story, and all that has to come of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.domain.run import Monitor

if TYPE_CHECKING:
    from workbench.demo.stage import Stage


def nothing(stage: "Stage") -> Iterator[str]:
    """Of most scenes, what was told is all there is to see."""
    del stage
    yield from ()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One thing that happens. `mails` are the beginnings of the subjects that must come of it, and no others.

    `about` is the endpoint and the monitor whose incident has to stand, with its remedy, as `remedy` says: `roll_back asked`, or, where
    it is held back, `roll_back refused: cooldown`; empty where there must be none. `wrong` looks at the world and gives every
    way in which it is not as it should be.
    """

    title: str
    play: Callable[["Stage"], None]
    mails: tuple[str, ...] = ()
    quiet_because: str = ""
    about: tuple[str, Monitor] | None = None
    remedy: str = ""
    wrong: Callable[["Stage"], Iterator[str]] = nothing
