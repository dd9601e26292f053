"""Reports whether the deployed application still has work to do."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workbench.local_stack.complaints import complaints
from workbench.local_stack.deploy import resources
from workbench.local_stack.local_stack import LocalStack


class StillBusy(Exception):
    """The deadline passed. The message lists the remaining work and the complaints in the log."""


@dataclass(frozen=True)
class Activity:
    """One observation: messages in working queues, stream records that wait, and running functions and workflows.

    `messages` counts waiting, delayed and in-flight messages. `dead` is the messages by dead-letter queue. Dead letters
    are at rest, and so are workflows that wait for a person.
    """

    messages: dict[str, int]
    dead: dict[str, int]
    waiting: int
    running: int
    working: int

    @property
    def at_rest(self) -> bool:
        """Return whether nothing moves, and nothing is about to move."""
        return not any(self.messages.values()) and not self.waiting and not self.running and not self.working

    @property
    def left(self) -> str:
        """Return the remaining work, in words."""
        parts = [f"{count} in {queue}" for queue, count in sorted(self.messages.items()) if count]
        parts += [f"{self.waiting} stream records waiting"] if self.waiting else []
        parts += [f"{self.running} functions running"] if self.running else []
        parts += [f"{self.working} workflows under way"] if self.working else []
        return ", ".join(parts) or "nothing moves, but the awaited result is missing"


def look(stack: LocalStack, name: str = "kedge") -> Activity:
    """Return the current activity of the application deployed as `name`."""
    return _look(stack, resources(stack, "AWS::SQS::Queue", name))


def _look(stack: LocalStack, queues: Mapping[str, str]) -> Activity:
    """Return the activity by one request, as it is made many times a second. `queues` are the URLs by logical id."""
    seen = stack.ask("activity")
    inside = {logical: seen["queues"][url] for logical, url in queues.items()}
    return Activity(
        messages={logical: queue["messages"] for logical, queue in inside.items() if not queue["dead"]},
        dead={logical: queue["messages"] for logical, queue in inside.items() if queue["dead"]},
        waiting=seen["waiting"],
        running=seen["running"],
        working=seen["working"],
    )


def drain(
    stack: LocalStack,
    name: str = "kedge",
    *,
    seconds: float = 240.0,
    quiet: float = 0.4,
    settled: Callable[[], bool] = lambda: True,
    after_a_complaint: float | None = None,
) -> Activity:
    """Wait until nothing moves and `settled()` is true, in every observation during `quiet` seconds.

    A caller that expects no failure can wait less: `after_a_complaint` is the number of seconds to wait after the first
    complaint.

    Raises:
        StillBusy: `seconds` passed first.
    """
    began = time.monotonic()
    limit = began + seconds
    calm_since: float | None = None
    queues, log = resources(stack, "AWS::SQS::Queue", name), _Log(stack)
    while True:
        seen, now = _look(stack, queues), time.monotonic()
        if not (seen.at_rest and settled()):
            calm_since = None
        elif calm_since is None:
            calm_since = now
        elif now - calm_since >= quiet:
            return seen
        if after_a_complaint is not None and log.complains():
            limit, after_a_complaint = min(limit, now + after_a_complaint), None
        if now > limit:
            why = "".join(f"\n  {complaint}" for complaint in log.complaints())
            raise StillBusy(f"the stack is not at rest after {now - began:.0f} s: {seen.left}{why}")
        time.sleep(0.05)


class _Log:
    """The log of the stack. It is long, and is read again only if it has grown."""

    def __init__(self, stack: LocalStack) -> None:
        self._file = stack.log
        self._size = -1

    def complaints(self) -> list[str]:
        """Return the complaints so far."""
        return complaints(self._file.read_text(errors="replace"))

    def complains(self) -> bool:
        """Return whether there are complaints. A log of the same size as at the last check has none."""
        size = self._file.stat().st_size
        if size == self._size:
            return False
        self._size = size
        return bool(self.complaints())
