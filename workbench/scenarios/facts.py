"""The facts for a plan, read from the world of a test."""

from collections.abc import Callable
from datetime import datetime
from typing import override

import msgspec

from kedge.domain.facts import Facts, Needs
from kedge.domain.target import Target
from kedge.services.fact_reader import FactReader
from workbench.scenarios.world import World


class WorldFacts(FactReader):
    """The facts of a test's world. The buckets that the operator named may change from one moment to the next."""

    def __init__(self, world: World, clock: Callable[[], datetime]) -> None:
        """Connect to a world; `clock` returns the time of a read."""
        super().__init__(world.endpoints, world.endpoints, world.pipelines, clock)
        self._world = world

    @override
    def read(self, needs: Needs, target: Target) -> Facts:
        return msgspec.structs.replace(super().read(needs, target), buckets=self._world.named_buckets)
