"""Finds the ended check steps of pipelines that the ring did not receive.

SageMaker lists executions by their start, not by their end. So the progress also holds the executions that still ran,
and a later pass asks for each of them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.ports.watched import ListedPipeline, Listings
from kedge.services.watch.found import of_step
from kedge.services.watch.progress import OVERLAP, IsTimeLeft, ListingProgress, PassResult, advance, start_of
from kedge.services.watch.sending import LostSignals
from kedge.sources.event_header import Home

MOST_RUNNING: Final = 200
"""The maximum number of running executions in the progress. The oldest one is forgotten first."""

_ENDED: Final = frozenset({"Succeeded", "Failed", "Stopped"})


class StepProgress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The progress over pipelines, and the ARNs of the executions that still ran, the oldest first."""

    listing: ListingProgress | None = None
    running: tuple[str, ...] = ()


class StepWatch:
    """Sends the lost check steps of an account and Region to the signals queue."""

    def __init__(self, listings: Listings, lost: LostSignals, home: Home, clock: Callable[[], datetime]) -> None:
        """Connect the ports. `home` is the account and Region of the lists."""
        self._listings = listings
        self._lost = lost
        self._home = home
        self._clock = clock

    def look(self, before: StepProgress | None, is_time_left: IsTimeLeft, done: PassResult) -> StepProgress:
        """Send what is new, and return the new progress. A failure is recorded, and the progress ends before it."""
        now, before = self._clock(), before or StepProgress()
        progress = start_of(before.listing, now)
        running = dict.fromkeys(before.running)
        asked = set[str]()

        def send_steps(page: tuple[ListedPipeline, ...]) -> None:
            since = progress.since - OVERLAP
            for pipeline in page:
                if pipeline.last_run is None or pipeline.last_run < since:
                    continue
                for execution in self._listings.pipeline_executions(pipeline.name, since):
                    asked.add(execution.arn)
                    self._follow(execution.arn, execution.status, running, done)

        def send_steps_of_running() -> None:
            for arn in before.running:
                if arn not in asked:
                    self._follow(arn, self._listings.pipeline_status(arn), running, done)

        pages = self._listings.pipelines(progress.made_after)
        listing = advance(pages, send_steps, progress, progress.until or now, is_time_left, done)
        with done.trying("send_steps_of_running"):
            send_steps_of_running()
        return StepProgress(listing=listing, running=tuple(running)[-MOST_RUNNING:])

    def _follow(self, arn: str, status: str | None, running: dict[str, None], done: PassResult) -> None:
        """Send the steps of an execution that has ended, and remember one that has not."""
        if status is None:
            running.pop(arn, None)
        elif status not in _ENDED:
            running[arn] = None
        else:
            now = self._clock()
            steps = (each for each in self._listings.check_steps(arn) if each.status in _ENDED)
            self._lost.send([of_step(each, arn, self._home, now) for each in steps], done)
            running.pop(arn, None)
