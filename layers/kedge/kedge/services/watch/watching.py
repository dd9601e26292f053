"""Runs one pass: lists everything since the last one, and sends what the ring did not receive.

The progress is stored after everything was sent. After a crash in between, the next pass sends some of it again, and
intake recognises it by its id.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.ports.storage import StoredDocument
from kedge.services.watch.check_steps import StepProgress, StepWatch
from kedge.services.watch.executions import ExecutionWatch
from kedge.services.watch.progress import IsTimeLeft, ListingProgress, PassResult
from kedge.services.watch.schedules import ScheduleWatch

RESERVE: Final = timedelta(seconds=60)
"""The minimum time left for another page: it may need 100 calls, and the progress must still be stored."""

type TimeLeft = Callable[[], timedelta]

type PassPart = Callable[[IsTimeLeft, PassResult], None]
"""A further part of a pass. It may raise Conflict, Transient or Permanent."""


class WatchState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The progress that a pass stores for the next one."""

    executions: ListingProgress | None = None
    schedules: ListingProgress | None = None
    steps: StepProgress | None = None


class Watch:
    """Finds what SageMaker did while its events were lost."""

    def __init__(
        self,
        executions: ExecutionWatch,
        schedules: ScheduleWatch,
        steps: StepWatch,
        stored: StoredDocument,
        *after: PassPart,
    ) -> None:
        """Connect the parts, and `stored`, which keeps the progress. The parts of `after` follow in their order."""
        self._executions = executions
        self._schedules = schedules
        self._steps = steps
        self._stored = stored
        self._after = after

    def look(self, time_left: TimeLeft) -> PassResult:
        """Run one pass, as far as the time allows.

        Raises:
            Conflict: another pass ended at the same time; both sent what they found.
            Transient, Permanent: the progress cannot be read or stored.
        """
        text, over = self._stored.load()
        before, done = _state(text), PassResult()

        def is_time_left() -> bool:
            return time_left() >= RESERVE

        after = WatchState(
            executions=self._executions.look(before.executions, is_time_left, done),
            schedules=self._schedules.look(before.schedules, is_time_left, done),
            steps=self._steps.look(before.steps, is_time_left, done),
        )
        self._stored.keep(msgspec.json.encode(after).decode(), over)
        # The lost runs come first and are stored: none of them waits for a part that takes long, or fails.
        for part in self._after:
            part(is_time_left, done)
        return done


def _state(text: str | None) -> WatchState:
    """Return the stored state; an empty one if there is none, or if another release wrote it in another form."""
    if text is None:
        return WatchState()
    try:
        return msgspec.json.decode(text, type=WatchState)
    except msgspec.DecodeError:
        return WatchState()
