"""The time of a decision, with the default policy and the mix of signals of a fleet.

It is a ratio: against json.loads of the same signals' events, which every signal costs anyway.
"""

import json
import random
import time
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from kedge.decide.pipeline import decide
from kedge.domain.decision import CaseState
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.run import Evidence, Monitor, Reading, Verdict, Window
from kedge.domain.signal import AlarmChanged, AnySignal, ChangeKind, RunFinished
from kedge.domain.target import Target
from kedge.policy.compiled import default_policy
from kedge.services.intake import case_of
from tests.benchmarks.ratios import Row, interleaved
from tests.support.samples import event
from tests.support.stories import CHURN, DAY, drift

TARGETS = 200
HOURS = 25
# The mix must take decide through most of its paths.
LEAST_REASONS = 8
# decide may cost at most 2.5 times as much as json.loads of the event.
MOST = 2.5

_MONITORS = (Monitor.DATA_QUALITY, Monitor.MODEL_QUALITY, Monitor.MODEL_BIAS, Monitor.MODEL_EXPLAINABILITY)
_FINDINGS = drift(*(f"feature_{number}" for number in range(7)))
# Per 100 runs. One event in 10 comes twice, one in 20 comes an hour late, and one in 20 is a message that no authority confirms.
_VERDICTS = (
    (Verdict.CLEAN, 88),
    (Verdict.VIOLATED, 6),
    (Verdict.FAILED, 2),
    (Verdict.NO_DATA, 3),
    (Verdict.STOPPED, 1),
)
_TWICE, _LATE, _SAID = 0.1, 0.05, 0.05


def run() -> list[Row]:
    """Decide on a day of 200 targets with 4 hourly monitors and an alarm each, in order of arrival, and return the rows."""
    signals = list(_day())
    size = len(json.dumps(event("eventbridge.processing_job.completed")))
    bodies = [json.dumps(event("eventbridge.processing_job.completed"))] * len(signals)
    reasons = _decide_all(signals)
    # The time of one core does not depend on the other load of the machine.
    ours, theirs = interleaved(
        lambda: _decide_all(signals), lambda: [json.loads(body) for body in bodies], rounds=5, clock=time.process_time
    )
    rate, ratio = len(signals) / ours, ours / theirs
    assert len(reasons) >= LEAST_REASONS, reasons
    return [
        Row(
            f"decide, {len(signals):,} signals of {TARGETS} targets, against their events ({size / 1000:.1f} kB each)",
            f"{ratio:.2f} x json.loads ({rate:,.0f} a second)",
            f"<= {MOST:.2f} x",
            ratio <= MOST,
        )
    ]


def _decide_all(signals: list[AnySignal]) -> dict[str, int]:
    """Return how often each reason was the result."""
    policy, nothing, now = default_policy(), CaseState(), DAY + timedelta(days=2)
    states: dict[tuple[Target, Monitor | ChangeKind], CaseState] = {}
    reasons: dict[str, int] = {}
    for signal in signals:
        case = (signal.target, case_of(signal))
        decision = decide(policy, states.get(case, nothing), signal, now)
        states[case] = decision.state
        reasons[decision.reason] = reasons.get(decision.reason, 0) + 1
    return reasons


def _day() -> Iterator[AnySignal]:
    chance = random.Random(7)  # noqa: S311  the same day every time
    arrivals: list[tuple[float, AnySignal]] = []
    for hour in range(HOURS):
        for number in range(TARGETS):
            target = msgspec.structs.replace(CHURN, name=f"model-{number:03d}")
            made = [_run(target, monitor, hour, chance) for monitor in _MONITORS] + [_alarm(target, hour, chance)]
            for confirmed in made:
                signal = _only_said(confirmed) if chance.random() < _SAID else confirmed
                late = 1.0 if chance.random() < _LATE else 0.0
                arrivals.append((hour + late + chance.random(), signal))
                if chance.random() < _TWICE:
                    arrivals.append((hour + late + chance.random(), signal))
    arrivals.sort(key=lambda arrival: arrival[0])
    return (signal for _, signal in arrivals)


def _only_said(signal: RunFinished | AlarmChanged) -> RunFinished | AlarmChanged:
    return msgspec.structs.replace(signal, provenance=Provenance(says="a file in s3://reports"))


def _run(target: Target, monitor: Monitor, hour: int, chance: random.Random) -> RunFinished:
    end = DAY + timedelta(hours=hour)
    verdict = chance.choices([verdict for verdict, _ in _VERDICTS], [weight for _, weight in _VERDICTS])[0]
    findings = _FINDINGS if verdict is Verdict.VIOLATED else ()
    return RunFinished(
        id=f"{target.name}/{monitor}/{hour}/{verdict}",
        at=end,
        target=target,
        monitor=monitor,
        source=f"{target.name}-{monitor}",
        verdict=verdict,
        finished=end + timedelta(minutes=12),
        evidence=Evidence(reading=Reading.READ, findings=findings, uri="s3://reports/x", records=4_000, features=24),
        window=Window(end - timedelta(hours=1), end),
        provenance=Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.SAGEMAKER, says="processing job"),
        job=f"arn:aws:sagemaker:us-east-1:111122223333:processing-job/{target.name}-{monitor}-{hour}",
    )


def _alarm(target: Target, hour: int, chance: random.Random) -> AlarmChanged:
    verdict = chance.choice((Verdict.ALARM, Verdict.OK, Verdict.INSUFFICIENT_DATA))
    return AlarmChanged(
        id=f"alarm/{target.name}/{hour}/{verdict}",
        at=DAY + timedelta(hours=hour, minutes=chance.randrange(60)),
        target=target,
        alarm=f"{target.name}-latency",
        provenance=Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.CLOUDWATCH, says="DescribeAlarms"),
        verdict=verdict,
    )
