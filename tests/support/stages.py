"""The stages of a remedy as sets, for tests of each stage with a property."""

from typing import Final

from kedge.domain.stage import Stage

OVER: Final = frozenset(stage for stage in Stage if stage.is_over)
DONE: Final = frozenset(stage for stage in Stage if stage.is_done)
WAITING: Final = frozenset(stage for stage in Stage if stage.can_wait)
