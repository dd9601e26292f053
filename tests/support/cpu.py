"""The processor time of work: a busy machine does not change it, unlike real time."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block uses more processor time. The matcher of expressions checks for signals as it runs."""

    def stop(number: int, frame: object) -> None:
        raise AssertionError("the work did not end")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor's seconds that one call takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def best(work: Callable[[], object], rounds: int = 3) -> float:
    """Return the processor's seconds of the fastest of some calls."""
    return min(seconds(work) for _ in range(rounds))
