"""Reports whether the deployed application still has work to do."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from workbench.local_stack.complaints import complaints
from workbench.local_stack.deploy import resources
from workbench.local_stack.local_stack import LocalStack

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


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
        return ", ".join(parts) or "nothing moves, but what was waited for has not come"


def look(stack: LocalStack, name: str = "kedge") -> Activity:
    """Return the current activity of the application deployed as `name`.

    Functions are read first and last, because work moves on meanwhile.
    """
    before = stack.ask("activity")
    sqs, messages, targets = stack.client("sqs"), {}, set()
    queues = resources(stack, "AWS::SQS::Queue", name)
    arns: dict[str, str] = {}
    for logical, url in queues.items():
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        arns[attributes["QueueArn"]] = logical
        messages[logical] = sum(int(attributes[count]) for count in _COUNTS)
        if "RedrivePolicy" in attributes:
            targets.add(json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"])
    dead = {arns[arn] for arn in targets if arn in arns}
    after = stack.ask("activity")
    return Activity(
        messages={queue: count for queue, count in messages.items() if queue not in dead},
        dead={queue: count for queue, count in messages.items() if queue in dead},
        waiting=max(before["waiting"], after["waiting"]),
        running=max(before["running"], after["running"]),
        working=max(before["working"], after["working"]),
    )


def drain(
    stack: LocalStack,
    name: str = "kedge",
    *,
    seconds: float = 60.0,
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
    said: list[str] = []
    while True:
        seen, now = look(stack, name), time.monotonic()
        if not (seen.at_rest and settled()):
            calm_since = None
        elif calm_since is None:
            calm_since = now
        elif now - calm_since >= quiet:
            return seen
        if after_a_complaint is not None and not said and (said := _complaints(stack)):
            limit = min(limit, now + after_a_complaint)
        if now > limit:
            why = "".join(f"\n  {complaint}" for complaint in _complaints(stack))
            raise StillBusy(f"the stack is not at rest after {now - began:.0f} s: {seen.left}{why}")
        time.sleep(0.05)


def _complaints(stack: LocalStack) -> list[str]:
    return complaints(stack.log.read_text(errors="replace"))
