"""The result of the watchdog for one target, as the function watch sends it."""

from typing import Any

import pytest

from kedge.domain.errors import MalformedSignal
from kedge.domain.finding import Check
from kedge.domain.provenance import EntryPoint, Voucher
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.target import TargetKind
from kedge.sources.event_header import Home
from tests.support import samples
from tests.unit.sources.world import World

HERE = Home("111122223333", "us-east-1")
FAULTY = "kedge.watchdog.fault"


def event(**detail: object) -> dict[str, Any]:
    sample: dict[str, Any] = samples.event(FAULTY)
    return sample | {"detail": sample["detail"] | detail}


def read(entry_point: EntryPoint = EntryPoint.EVENTS, **detail: object) -> Any:
    return World(home=HERE).by(entry_point).one(event(**detail))


def test_each_fault_is_a_finding_with_evidence_and_fix_in_two_lines():
    run = read()
    assert (str(run.target), run.monitor, run.source) == (
        "111122223333/us-east-1/endpoint/churn-prod",
        Monitor.WATCH,
        "watchdog",
    )
    assert (run.verdict, run.evidence.reading, run.provenance.voucher) == (
        Verdict.VIOLATED,
        Reading.READ,
        Voucher.KEDGE,
    )
    (finding,) = run.evidence.findings
    assert (finding.check, finding.metric, finding.measured) == (Check.CAPTURE_LOST, "churn-prod", None)
    assert finding.said.splitlines() == [
        "Config churn-prod-42 has no data capture; config churn-prod-41 before it captured 100 % of the requests.",
        "Run `kedge model onboard churn-prod`, which plans a config with data capture.",
    ]


def test_a_target_without_a_fault_is_clean():
    assert read(faults=[]).verdict is Verdict.CLEAN


def test_the_account_is_a_target():
    assert read(kind="account", name="monitoring").target.kind is TargetKind.ACCOUNT


def test_a_direct_caller_confirms_nothing():
    assert read(EntryPoint.DIRECT).provenance.voucher is Voucher.NOBODY


@pytest.mark.parametrize(
    ("detail", "place"),
    [
        ({"kind": "pipeline"}, "kind"),
        ({"name": ""}, "name"),
        ({"faults": [{"check": "baseline_drift_check", "subject": "x", "evidence": "y"}]}, "check"),
        ({"faults": [{"check": "capture_lost_check", "evidence": "y"}]}, "subject"),
        ({"faults": [{"check": "capture_lost_check", "subject": "x"}]}, "evidence"),
    ],
)
def test_a_broken_message_is_refused_with_its_place(detail: dict[str, object], place: str):
    with pytest.raises(MalformedSignal, match=place):
        read(**detail)
