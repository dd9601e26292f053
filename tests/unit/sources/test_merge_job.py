"""Jobs that merge ground truth, before the analysis of model quality."""

from typing import Any

import pytest

from kedge.domain.provenance import Voucher
from kedge.domain.run import Monitor, Verdict, Window
from kedge.domain.signal import Ignored
from kedge.domain.target import TargetKind
from kedge.ports.readers import PipelineExecution
from tests.unit.sources.test_processing_job import NINE, TEN, run
from tests.unit.sources.world import (
    MERGER,
    REPORTS,
    SCHEDULE,
    STAMP,
    TARGET,
    World,
    job,
    processing_event,
)

MERGE: dict[str, Any] = {
    "name": f"groundtruth-merge-{STAMP}",
    "image": MERGER,
    "environment": {},
    "outputs": (f"{REPORTS}/merge",),
}


@pytest.mark.parametrize("changes", [MERGE, {**MERGE, "image": "mirror/merger"}, {**MERGE, "name": "renamed"}])
def test_a_merge_that_completed_says_nothing_and_costs_nothing(changes: dict[str, Any]):
    world = World(job(**changes))
    assert world.one(processing_event(job(**changes))) is Ignored.GROUND_TRUTH_MERGE
    assert world.monitors.calls == []


def test_a_merge_that_broke_takes_the_whole_run_with_it():
    found = run(job(**MERGE, status="Failed", exit_message=None, failure_reason="ClientError: no ground truth"))
    assert (found.verdict, str(found.target), found.source) == (Verdict.FAILED, TARGET, "churn-data-quality")
    assert found.window == Window(NINE, TEN)


BROKEN_MERGE: dict[str, Any] = {**MERGE, "status": "Failed", "exit_message": None, "schedule_arn": None}


def test_a_merge_that_broke_and_names_no_schedule_is_of_the_schedule_whose_execution_ran_it():
    merge = job(**BROKEN_MERGE)
    world = World(merge, SCHEDULE)
    world.monitors.executed[SCHEDULE.name] = (PipelineExecution(status="Failed", job=merge.arn),)
    found = world.one(processing_event(merge))
    assert (found.verdict, str(found.target), found.source) == (Verdict.FAILED, TARGET, SCHEDULE.name)
    assert found.provenance.voucher is Voucher.SAGEMAKER


def test_a_merge_of_which_no_schedule_is_known_is_known_by_where_it_writes():
    stamps = ("202611201000", "202611201100")
    hourly = [job(**BROKEN_MERGE | {"name": f"groundtruth-merge-{stamp}-de32d8"}) for stamp in stamps]
    one, other = (World(each).one(processing_event(each)) for each in hourly)
    assert (one.verdict, one.monitor, one.target.kind) == (Verdict.FAILED, Monitor.MODEL_QUALITY, TargetKind.SCHEDULE)
    assert one.target.name == REPORTS.removeprefix("s3://")
    assert (one.target, one.source) == (other.target, other.source)
    assert not one.provenance.is_vouched


def test_a_merge_that_says_not_even_where_it_writes_is_the_same_every_hour():
    names = [f"groundtruth-merge-{stamp}-de32d8" for stamp in ("202611201000", "202611201100")]
    hourly = [job(**BROKEN_MERGE | {"name": name, "outputs": ()}) for name in names]
    assert {World(each).one(processing_event(each)).source for each in hourly} == {"groundtruth-merge-de32d8"}


def test_a_job_that_is_only_called_like_a_merge_is_nobodys():
    assert run(job(**BROKEN_MERGE | {"image": "our-own"})) is Ignored.GROUND_TRUTH_MERGE


def test_a_merge_that_went_well_is_left_to_the_analysis_that_follows():
    assert run(job(**MERGE, schedule_arn=None)) is Ignored.GROUND_TRUTH_MERGE
