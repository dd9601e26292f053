"""The story, from its first scene to its last."""

from typing import Final

from workbench.demo import drift, held, lending, regression, traffic, watched
from workbench.demo.scene import Scene

STORY: Final[tuple[Scene, ...]] = (
    *drift.SCENES,
    *regression.SCENES,
    *traffic.SCENES,
    *lending.SCENES,
    *watched.SCENES,
    *held.SCENES,
)
