"""The number of messages if everything breaks at once: 10,000 incidents of 1,000 models within a minute.

The incidents pass through the real intake, ledger, reconcile and dispatch, with the default policy and without AWS. Each
model has an endpoint with 6 monitors and a batch job with 4. Every incident must be notified: by itself, in a list, or
counted in a digest.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

from kedge.domain.effect import ChannelName
from kedge.domain.finding import Check, Finding
from kedge.domain.run import Evidence, Monitor, Reading, Verdict, Window
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished
from kedge.domain.target import Target, TargetKind
from kedge.ports.channels import Message
from tests.benchmarks.ratios import Row, seconds
from tests.support.ledgers import NOW
from tests.support.ring import Ring
from tests.support.samples import event

INCIDENTS = 10_000
MODELS = 1_000
# Against json.loads of as many events. 10 times the present value would be a minute of one core on a common machine. Then
# a minute of incidents would take more than a minute, and the delay of notifications would grow.
MOST = 200.0
# The time until every receiver is notified: the span of the limit, and a few rounds of a minute each.
_MINUTES = 10

_OF_A_BATCH_JOB = (
    Monitor.DATA_QUALITY,
    Monitor.MODEL_QUALITY,
    Monitor.MODEL_BIAS,
    Monitor.MODEL_EXPLAINABILITY,
)
_OF_AN_ENDPOINT = (*_OF_A_BATCH_JOB, Monitor.CUSTOM)


class Storm(NamedTuple):
    """The outcome: `counted` incidents in `messages`, the bearable number of messages (`allowed`), and the seconds of one core."""

    incidents: int
    counted: int
    messages: int
    allowed: int
    seconds: float


def run() -> list[Row]:
    """Break everything, count the messages to people, and return the rows."""
    found = storm(INCIDENTS, MODELS)
    body = json.dumps(event("eventbridge.processing_job.completed"))
    ratio = found.seconds / seconds(lambda: [json.loads(body) for _ in range(INCIDENTS)], time.process_time)
    name = f"noise, {found.incidents:,} incidents of {MODELS:,} models in a minute"
    return [
        Row(name, f"{found.messages} messages", f"<= {found.allowed}", found.messages <= found.allowed),
        Row(
            f"{name}, told",
            f"{found.counted:,}",
            f"= {INCIDENTS:,}",
            found.counted == found.incidents == INCIDENTS,
        ),
        Row(f"{name}, time", f"{ratio:.0f} x json.loads ({found.seconds:.1f} s)", f"<= {MOST:.0f} x", ratio <= MOST),
    ]


def storm(incidents: int, models: int) -> Storm:
    """Start the incidents evenly within a minute, run reconcile each minute until all are notified, and return the outcome."""
    ring = Ring(channels=(ChannelName.PROGRAMS,))
    signals = list(islice(_breaking(models), incidents))
    began = time.process_time()
    for number, signal in enumerate(signals):
        ring.now = NOW + timedelta(minutes=1) * number / len(signals)
        ring.take_in(signal)
    ring.minutes(_MINUTES)
    seconds = time.process_time() - began
    opened = {incident.id for incident in ring.ledger.incidents.values() if incident.monitor is not Monitor.FLEET}
    sent = defaultdict(list)
    for effect in ring.ledger.outbox:
        sent[effect.receiver].append(effect.at)
    rules = ring.policy.receivers
    return Storm(
        incidents=len(opened),
        counted=sum(map(_told_by, ring.programs.sent)),
        messages=len(ring.programs.sent),
        allowed=sum(rules[name].messages * (1 + (at[-1] - at[0]) // rules[name].per) for name, at in sent.items()),
        seconds=seconds,
    )


def _told_by(message: Message) -> int:
    """Return how many incidents a message lists or counts."""
    document = json.loads(message.body)
    more = document["more"]
    return len(document["incidents"]) + sum(more["by_severity"].values()) + more["resolved"] + more["over"]


def _breaking(models: int) -> Iterator[AnySignal]:
    """Yield a violation of one monitor of every model, then of the next monitor of every model, and so on."""
    for monitor in _OF_AN_ENDPOINT:
        yield from (_run(_target(TargetKind.ENDPOINT, number), monitor) for number in range(models))
    yield from (_alarm(_target(TargetKind.ENDPOINT, number)) for number in range(models))
    for monitor in _OF_A_BATCH_JOB:
        yield from (_run(_target(TargetKind.SCHEDULE, number), monitor) for number in range(models))


def _target(kind: TargetKind, number: int) -> Target:
    return Target(account="111122223333", region="us-east-1", kind=kind, name=f"model-{number:04d}")


def _run(target: Target, monitor: Monitor) -> RunFinished:
    # Each has its own column: the same column on many targets would be one upstream incident.
    findings = tuple(
        Finding(check=Check.DRIFT, feature=f"{target.name}-column-{number}", said="Baseline drift distance: 0.41")
        for number in range(7)
    )
    name = f"{target.kind}/{target.name}/{monitor}"
    return RunFinished(
        id=name,
        at=NOW,
        target=target,
        monitor=monitor,
        source=name,
        verdict=Verdict.VIOLATED,
        finished=NOW,
        evidence=Evidence(reading=Reading.READ, findings=findings, uri="s3://reports/x", records=4_000, features=24),
        window=Window(NOW - timedelta(hours=1), NOW),
        job=f"arn:aws:sagemaker:us-east-1:111122223333:processing-job/{name}",
    )


def _alarm(target: Target) -> AlarmChanged:
    name = f"{target.name}-latency"
    return AlarmChanged(id=f"alarm/{name}", at=NOW, target=target, alarm=name, verdict=Verdict.ALARM)
