"""One event of the story, and all its expected results."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.domain.run import Monitor

if TYPE_CHECKING:
    from workbench.demo.stage import Stage


def nothing(stage: "Stage") -> Iterator[str]:
    """Yield no difference: the messages of most scenes are their only result."""
    del stage
    yield from ()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One event. `mails` are the beginnings of the subjects of all expected mails.

    `about` is the endpoint and the monitor of the expected incident. `remedy` is the expected status of its remedy,
    such as `roll_back asked` or, if it is held back, `roll_back refused: cooldown`; empty for none. `wrong` yields
    every difference between the world and the expectation.
    """

    title: str
    play: Callable[["Stage"], None]
    mails: tuple[str, ...] = ()
    quiet_because: str = ""
    about: tuple[str, Monitor] | None = None
    remedy: str = ""
    wrong: Callable[["Stage"], Iterator[str]] = nothing
