"""Runs are kept with their values as they come, and read where a deployment is suspected, and nowhere else."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.cause import Cause
from kedge.domain.finding import Check, Finding
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Evidence, Measure, Monitor, Reading, Verdict, Window
from kedge.domain.signal import AlarmChanged, DeploymentChanged, EndpointChanged, RunFinished, TimerFired
from kedge.policy.spec.remediation import RemedyRuleSpec
from tests.fakes.ledger import MemoryLedger
from tests.support.remedies import limited
from tests.support.ring import Ring
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, CHURN, alarm, hour, run

QUALITY = Monitor.MODEL_QUALITY


class Watched(MemoryLedger):
    """Counts how often the kept runs are read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def measured(self, *args, **more):
        self.reads += 1
        return super().measured(*args, **more)


def quality(at: str, auc: float, limit: float = 0.7, **more: object) -> RunFinished:
    """An hourly run of model quality that measured an AUC."""
    bad = auc < limit
    findings = (Finding(check=Check.BELOW, metric="auc", measured=auc, allowed=limit),) if bad else ()
    told = run(at, Verdict.VIOLATED if bad else Verdict.CLEAN, monitor=QUALITY, source="churn-mq")
    measures = (Measure("auc", auc, limit),)
    evidence = Evidence(reading=Reading.READ, findings=findings, measures=measures, records=4_000)
    return msgspec.structs.replace(told, evidence=evidence, **more)


def deployed(at: str) -> tuple[EndpointChanged, DeploymentChanged, EndpointChanged]:
    """churn-40 since the night, and churn-41 from a time on."""
    common = {"target": CHURN, "provenance": BY_SAGEMAKER}
    soon = hour(at) - timedelta(minutes=10)
    return (
        EndpointChanged(id="e-40", at=hour("00:30"), status="InService", config="churn-40", **common),
        DeploymentChanged(id="d-41", at=soon, status="Updating", config="churn-40", pending="churn-41", **common),
        EndpointChanged(id="e-41", at=hour(at), status="InService", config="churn-41", **common),
    )


def played(*runs: RunFinished, ledger: MemoryLedger | None = None) -> Ring:
    """A ring that heard of a deployment in service at 10:00 between the runs before and after."""
    ring = Ring(ledger=ledger)
    first, *rest = deployed("10:00")
    ring.take_in(first, *(each for each in runs if each.at <= hour("10:00")), *rest)
    ring.take_in(*(each for each in runs if each.at > hour("10:00")))
    return ring


STEADY = tuple(quality(f"{number:02}:00", 0.81) for number in range(2, 11))
SINKING = tuple(quality(f"{number:02}:00", 0.93 - number / 50) for number in range(2, 11))


def cause_of(ring: Ring) -> Cause:
    incident = ring.ledger.load(CHURN, QUALITY)[0].incident
    assert incident is not None
    return incident.cause


def test_a_clean_run_writes_its_values_and_reads_none():
    ledger = Watched()
    played(*STEADY, ledger=ledger)
    assert ledger.reads == 0
    kept = MemoryLedger.measured(ledger, CHURN, QUALITY, hour("00:00"))
    assert [(each.at, each.values) for each in kept] == [(each.at, (Measure("auc", 0.81, 0.7),)) for each in STEADY]


def test_a_fall_after_steady_values_is_the_deployments():
    ledger = Watched()
    assert cause_of(played(*STEADY, quality("11:00", 0.6), ledger=ledger)) is Cause.DEPLOYMENT_REGRESSION
    assert ledger.reads == 1


def test_a_fall_that_goes_on_as_before_is_a_question():
    ring = played(*SINKING, quality("11:00", 0.69))
    assert cause_of(ring) is Cause.INCONCLUSIVE
    incident = ring.ledger.load(CHURN, QUALITY)[0].incident
    assert incident.suspect == "churn-41"
    assert incident.explanations == ("is it the decline that had begun before",)


@pytest.mark.parametrize("order", ["as they come", "backwards", "twice"])
def test_the_order_in_which_clean_runs_come_changes_nothing(order):
    before = {"as they come": SINKING, "backwards": SINKING[::-1], "twice": (*SINKING, *SINKING)}[order]
    ring = Ring()
    first, *rest = deployed("10:00")
    ring.take_in(first, *before, *rest, quality("11:00", 0.69))
    assert len(ring.ledger.measured(CHURN, QUALITY, hour("00:00"))) == len(SINKING) + 1


def test_values_that_nobody_confirms_excuse_nothing_that_is_confirmed():
    said = tuple(
        msgspec.structs.replace(each, id=f"said/{each.id}", provenance=BY_NOBODY, job=None, source="churn-mq")
        for each in SINKING
    )
    assert cause_of(played(*said, *STEADY, quality("11:00", 0.69))) is Cause.DEPLOYMENT_REGRESSION


def test_a_decline_with_late_labels_is_seen_by_its_windows():
    late = tuple(msgspec.structs.replace(each, finished=each.finished + timedelta(days=2)) for each in SINKING)
    bad = quality("11:00", 0.69)
    assert cause_of(played(*late, msgspec.structs.replace(bad, finished=bad.finished + timedelta(days=2)))) is (
        Cause.INCONCLUSIVE
    )


def test_a_window_on_both_sides_is_not_compared_with():
    half = timedelta(minutes=30)
    shifted = tuple(
        msgspec.structs.replace(
            each, at=each.at - half, window=Window(each.at - half - timedelta(hours=1), each.at - half)
        )
        for each in (*STEADY, quality("11:00", 0.72))
    )
    bad = quality("12:00", 0.6)
    bad = msgspec.structs.replace(
        bad, at=bad.at - half, window=Window(bad.at - half - timedelta(hours=1), bad.at - half)
    )
    assert cause_of(played(*shifted, bad)) is Cause.DEPLOYMENT_REGRESSION


def rang(at: str, verdict: Verdict, value: float, limit: float) -> AlarmChanged:
    told = alarm(at, verdict, namespace="AWS/SageMaker", metric="ModelLatency")
    return msgspec.structs.replace(told, observed=value, limit=limit)


@pytest.mark.parametrize(("limit", "cause"), [(5.0, Cause.DEPLOYMENT_REGRESSION), (6.0, Cause.INCONCLUSIVE)])
def test_an_alarm_that_is_judged_again_after_a_deployment_is_compared_with_what_it_showed_before(limit, cause):
    ledger = Watched()
    ring = Ring(ledger=ledger, policy=limited(RemedyRuleSpec(remedy=RemedyName.ROLL_BACK, mode=Mode.AUTO)))
    first, *rest = deployed("10:00")
    before, after = rang("07:00", Verdict.OK, 5.1, limit), rang("09:55", Verdict.ALARM, 5.2, 5.0)
    for signal in (first, before, rest[0], after, rest[1]):
        ring.now = signal.at
        ring.take_in(signal)
    (incident, reads) = ledger.load(CHURN, Monitor.ALARM)[0].incident, ledger.reads
    assert (incident.cause, incident.suspect) == (Cause.INCONCLUSIVE, "churn-41")
    assert incident.remedy is not None
    ring.now = incident.remedy.until
    ring.take_in(TimerFired(id="timer", at=ring.now, target=CHURN, monitor=Monitor.ALARM))
    assert ledger.reads == reads + 1
    assert ledger.load(CHURN, Monitor.ALARM)[0].incident.cause is cause
