"""The ring as deployed to the local stack: a storm of signals, with exactly one notification of each problem per receiver.

The throughput is that of an emulator on one machine. The important result is that no message is lost or doubled for it.
"""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from tests.benchmarks.deployed import deployed
from tests.benchmarks.ratios import Row
from tests.stack.deployed_ring import DeployedRing
from workbench.local_sagemaker.world import Document
from workbench.local_stack.activity import drain

TARGETS = 200
SIGNALS = 1_000

# Two violated runs, an hour apart, neither in the future. SageMaker sends the event of the first 3 times, of the second twice.
_TIMES = (3, 2)


def run() -> list[Row]:
    """Build, deploy, send 1,000 events in any order, wait until nothing moves, and return the counts of messages."""
    with deployed() as ring:
        targets = [f"model-{number:03d}" for number in range(TARGETS)]
        events = _storm(ring, targets)
        assert len(events) == SIGNALS, len(events)
        began = time.monotonic()
        ring.stack.bus.put_events(events)
        at_rest = drain(ring.stack, seconds=500)
        seconds = time.monotonic() - began
        told = _told(ring)
    mails = Counter(target for channel, target in told if channel == "mail")
    figure = f"{SIGNALS / seconds:.0f} signals a second, {sum(mails.values())} mails to {len(mails)} targets"
    once = told == Counter((channel, target) for channel in ("mail", "programs") for target in targets)
    ok = once and not any(at_rest.dead.values())
    return [Row(f"ring, {SIGNALS:,} signals of {TARGETS} targets", figure, "each told once, none lost", ok)]


def _storm(ring: DeployedRing, targets: list[str]) -> list[Document]:
    """Return the events of all runs, with repetitions, in random order."""
    events: list[Document] = []
    ring.stack.send_events_to(events.append)
    ring.monitor(*targets)
    control = ring.stack.server.control
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for target in targets:
        for ago, times in zip((3, 2), _TIMES, strict=True):
            control.send_again(ring.run(target, now - timedelta(hours=ago), "violated"), times - 1)
    events = [event for event in events if event["detail"].get("ProcessingJobStatus") == "Completed"]
    Random(7).shuffle(events)  # noqa: S311  the same disorder every time
    return events


def _told(ring: DeployedRing) -> Counter[tuple[str, str]]:
    """Return the number of notifications about each target, by channel."""
    ring.inbox.read()
    return Counter(
        (message.channel, message.attributes["target"].rpartition("/")[2]) for message in ring.inbox.messages
    )
