"""Kedge's own measurements: what their message means, and whom it is believed from."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kedge.decide.record_counts import is_thin
from kedge.domain.errors import MalformedSignal
from kedge.domain.provenance import EntryPoint, Voucher
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.signal import Ignored
from kedge.policy.compiled import default_policy
from tests.support import samples
from tests.unit.sources.world import World

NAME = "kedge.measurement"


def event(**detail: Any) -> dict[str, Any]:
    """The sample with other fields in its detail; None removes one."""
    root = samples.event(NAME)
    root["detail"] = {key: value for key, value in (root["detail"] | detail).items() if value is not None}
    return root


def test_a_measurement_is_a_run_of_its_monitor_with_findings_records_and_measures():
    run = World().by(EntryPoint.EVENTS).one(NAME)
    assert (run.source, run.monitor, run.verdict) == ("churn-data", Monitor.DATA_QUALITY, Verdict.VIOLATED)
    assert run.at == run.window.end == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert [finding.feature for finding in run.evidence.findings] == ["tenure", "plan"]
    assert run.evidence.reading is Reading.READ
    assert run.evidence.uri.endswith("/constraint_violations.json")
    assert (run.evidence.records, run.evidence.features) == (4812, 20)
    assert [(each.name, each.value, each.limit) for each in run.evidence.measures] == [
        ("estimated_accuracy", 0.873, 0.91)
    ]


def test_a_verdict_under_a_promise_is_not_weighed_by_its_records_again():
    promised, other = World().one(event(records=60)), World().one(event(records=60, promised=None))
    policy = default_policy("test")
    assert (is_thin(policy, promised), is_thin(policy, other)) == (False, True)


def test_a_measurement_in_the_queue_is_confirmed_by_kedge_and_may_act():
    found = World().by(EntryPoint.EVENTS).one(NAME).provenance
    assert (found.entry_point, found.voucher, found.may_act) == (EntryPoint.EVENTS, Voucher.KEDGE, True)


def test_a_measurement_that_anyone_sends_directly_is_confirmed_by_no_authority():
    found = World().one(NAME).provenance
    assert (found.entry_point, found.voucher) == (EntryPoint.DIRECT, Voucher.NOBODY)


def test_a_measurement_that_the_queue_does_not_know_is_a_direct_call():
    world = World().by(EntryPoint.EVENTS)
    world.proven = False
    assert world.one(NAME).provenance.voucher is Voucher.NOBODY


def test_the_same_window_has_the_same_id_and_an_amended_verdict_another():
    world = World().by(EntryPoint.EVENTS)
    first, again, amended = world.one(NAME), world.one(event()), world.one(event(revision="2"))
    assert first.id == again.id != amended.id


def test_a_measurement_without_violations_in_its_message_reads_its_file():
    run = World().by(EntryPoint.EVENTS).one(event(violations=None))
    assert run.evidence.reading is Reading.ABSENT
    assert run.verdict is Verdict.VIOLATED


@pytest.mark.parametrize("verdict", ["clean", "no_data", "inconclusive", "failed"])
def test_each_verdict_is_taken_over(verdict: str):
    assert World().by(EntryPoint.EVENTS).one(event(verdict=verdict, violations=[])).verdict == verdict


@pytest.mark.parametrize(
    ("detail", "path"),
    [
        ({"monitor": None}, "$.detail.monitor"),
        ({"verdict": "alarm"}, "$.detail.verdict"),
        ({"monitoringType": "Weather"}, "$.detail.monitoringType"),
        ({"window": {"start": "2026-11-20T10:00:00Z", "end": "2026-11-20T09:00:00Z"}}, "$.detail.window"),
    ],
)
def test_a_wrong_field_is_named_with_its_path(detail: dict[str, Any], path: str):
    with pytest.raises(MalformedSignal) as caught:
        World().by(EntryPoint.EVENTS).one(event(**detail))
    assert caught.value.path == path


def test_a_file_that_the_monitor_wrote_is_not_a_second_run():
    root = samples.event("s3.object_created")
    root["detail"]["object"]["key"] = "kedge-monitoring/churn-prod/churn-data/2026/11/20/10/constraint_violations.json"
    assert World().by(EntryPoint.EVENTS).one(root) is Ignored.OWN_REPORT
