"""When a queue offers again what could not be handled: soon after the first tries, later after more of them."""

from datetime import timedelta
from typing import Final

RECEIVES: Final = 10
"""How often a queue offers a message before it becomes a dead letter (template.yaml)."""

_FIRST: Final = timedelta(seconds=15)


def again_in(receive: int, longest: timedelta) -> timedelta:
    """Return how long a message waits after its `receive`-th failed try (from 1 on); `longest` is the queue's visibility timeout.

    Most faults pass within seconds, and somebody waits for the message. A fault that lasts must not be asked about too often.
    """
    return min(_FIRST * (1 << (min(receive, RECEIVES) - 1)), longest)


def again_after(receive: int, longest: timedelta) -> timedelta:
    """Return how long after its first try a message that failed `receive` times is tried again."""
    return sum((again_in(each, longest) for each in range(1, receive + 1)), timedelta())
