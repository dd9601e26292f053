"""Sends the finds that the ring did not receive."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from kedge.domain.errors import Transient
from kedge.domain.ids import mark
from kedge.domain.run import Monitor
from kedge.domain.target import Target
from kedge.ports.readers import Queue
from kedge.services.watch.found import FoundSignal
from kedge.services.watch.progress import PassResult

type Case = tuple[Target, Monitor]


class ReceivedSignals(Protocol):
    """The signals that the ring has received."""

    def received(self, cases: frozenset[Case]) -> Mapping[Case, frozenset[str]]:
        """Return the marks of the newest signals of some cases. Raises Transient or Permanent."""


class LostSignals:
    """Compares what was found with the cases, and sends the rest to the signals queue."""

    def __init__(self, received: ReceivedSignals, queue: Queue) -> None:
        """Connect the ports."""
        self._received = received
        self._queue = queue

    def send(self, found: Sequence[FoundSignal], done: PassResult) -> None:
        """Send what no case has received, and count it. Raises Transient or Permanent if any of it was not accepted."""
        if not found:
            return
        known = self._received.received(frozenset(each.case for each in found if each.case is not None))
        new = {each.ids[0]: each.body for each in found if not _is_known(each, known)}
        refused = self._queue.send(new) if new else set()
        done.sent += len(new) - len(refused)
        if refused:
            raise Transient(f"the signals queue refused {len(refused)} of {len(new)} messages")


def _is_known(found: FoundSignal, known: Mapping[Case, frozenset[str]]) -> bool:
    marks = known.get(found.case, frozenset()) if found.case is not None else frozenset()
    return bool(marks) and any(mark(each) in marks for each in found.ids)
