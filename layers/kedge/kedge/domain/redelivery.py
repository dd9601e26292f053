"""The times at which a queue delivers a failed message again: soon after the first tries, later after more of them."""

from datetime import timedelta
from typing import Final

RECEIVES: Final = 10
"""The number of receives before a message becomes a dead letter (template.yaml)."""

_FIRST: Final = timedelta(seconds=15)


def again_in(receive: int, longest: timedelta) -> timedelta:
    """Return how long a message waits after its failed try number `receive`, from 1 on.

    `longest` is the queue's visibility timeout. Most faults pass within seconds, and the message is urgent. A lasting
    fault must not be tried too often.
    """
    return min(_FIRST * (1 << (min(receive, RECEIVES) - 1)), longest)


def again_after(receive: int, longest: timedelta) -> timedelta:
    """Return how long after its first try a message that failed `receive` times is tried again."""
    return sum((again_in(each, longest) for each in range(1, receive + 1)), timedelta())
