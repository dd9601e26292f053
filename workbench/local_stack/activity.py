"""Whether the deployed application still has something to do."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workbench.local_stack.complaints import complaints
from workbench.local_stack.deploy import resources
from workbench.local_stack.local_stack import LocalStack


class StillBusy(Exception):
    """The deadline passed; the message says what was left, and what was complained of."""


@dataclass(frozen=True)
class Activity:
    """One look: messages in working queues (waiting, delayed or in flight), stream records waiting, functions and workflows running.

    `dead` is messages by dead-letter queue; they are at rest, and so are workflows that wait for somebody.
    """

    messages: dict[str, int]
    dead: dict[str, int]
    waiting: int
    running: int
    working: int

    @property
    def at_rest(self) -> bool:
        """Nothing moves, and nothing is about to."""
        return not any(self.messages.values()) and not self.waiting and not self.running and not self.working

    @property
    def left(self) -> str:
        """What keeps it from being at rest, in words."""
        parts = [f"{count} in {queue}" for queue, count in sorted(self.messages.items()) if count]
        parts += [f"{self.waiting} stream records waiting"] if self.waiting else []
        parts += [f"{self.running} functions running"] if self.running else []
        parts += [f"{self.working} workflows under way"] if self.working else []
        return ", ".join(parts) or "nothing moves, but what was waited for has not come"


def look(stack: LocalStack, name: str = "kedge") -> Activity:
    """What the application deployed as `name` is doing now."""
    return _look(stack, resources(stack, "AWS::SQS::Queue", name))


def _look(stack: LocalStack, queues: Mapping[str, str]) -> Activity:
    """One request, as it is made many times a second. `queues` are the URLs by logical id."""
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
    """Wait until nothing moves and `settled()`, in every look during `quiet` seconds. Raises StillBusy after `seconds`.

    Who expects that nothing goes wrong need not wait so long: `after_a_complaint` is how many seconds to wait once something has.
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
    """What the stack says. It is long, and is read again only when there is more of it."""

    def __init__(self, stack: LocalStack) -> None:
        self._file = stack.log
        self._size = -1

    def complaints(self) -> list[str]:
        """What went wrong so far."""
        return complaints(self._file.read_text(errors="replace"))

    def complains(self) -> bool:
        """Whether anything went wrong so far. The same size as before is the same answer: no."""
        size = self._file.stat().st_size
        if size == self._size:
            return False
        self._size = size
        return bool(self.complaints())
