"""A merge of which no schedule is known has recovered when an analysis follows one."""

import pytest
from msgspec.structs import replace

from kedge.domain.ground_truth import place_before
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import RunFinished
from kedge.domain.target import Target, TargetKind
from tests.support.stories import BY_NOBODY, CHURN, hour, run
from tests.unit.services.test_source_lookup import World

PLACE = replace(CHURN, kind=TargetKind.SCHEDULE, name="reports/monitoring")
BATCH = replace(CHURN, kind=TargetKind.SCHEDULE, name="nightly")


def merge(at: str) -> RunFinished:
    """A merge that broke."""
    told = run(at, Verdict.FAILED, monitor=Monitor.MODEL_QUALITY, source=PLACE.name, provenance=BY_NOBODY)
    return replace(told, target=PLACE)


def analysis(
    at: str, verdict: Verdict = Verdict.CLEAN, where: str = "reports/monitoring/churn-prod/churn-mq", **more: object
) -> RunFinished:
    told = run(at, verdict, monitor=Monitor.MODEL_QUALITY, source="churn-mq")
    evidence = replace(told.evidence, uri=f"s3://{where}/2026/11/20/{hour(at).hour:02d}")
    return replace(told, evidence=evidence, **more)


@pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.VIOLATED])
def test_the_first_analysis_ends_what_merges_opened_that_never_worked_before(verdict: Verdict):
    world = World()
    world.hear(merge("10:00"), merge("11:00"))
    assert world.is_open(PLACE, Monitor.MODEL_QUALITY)
    world.hear(analysis("12:00", verdict))
    assert not world.is_open(PLACE, Monitor.MODEL_QUALITY)
    assert world.state(PLACE, Monitor.MODEL_QUALITY).unconfirmed == {}


def test_the_analysis_after_a_gap_ends_what_merges_opened_in_it():
    world = World()
    world.hear(analysis("09:00"), merge("10:00"), analysis("11:00"))
    assert not world.is_open(PLACE, Monitor.MODEL_QUALITY)


def test_an_analysis_says_nothing_of_a_merge_that_broke_after_it():
    world = World()
    world.hear(merge("12:00"), analysis("11:00"))
    assert world.is_open(PLACE, Monitor.MODEL_QUALITY)


def test_what_no_authority_confirms_ends_no_fault_of_a_merge():
    world = World()
    world.hear(merge("10:00"), replace(analysis("12:00"), provenance=BY_NOBODY))
    assert world.is_open(PLACE, Monitor.MODEL_QUALITY)


@pytest.mark.parametrize(
    ("target", "source", "uri", "place"),
    [
        (CHURN, "churn-mq", "s3://b/out/churn-prod/churn-mq/2026/11/20/10", "b/out"),
        (CHURN, "churn-mq", "s3://b/out/Churn-Prod/Churn-MQ/2026/11/20/10/constraint_violations.json", "b/out"),
        (BATCH, "nightly", "s3://b/nightly/2026/11/20/10", "b"),
        (CHURN, "churn-mq", "s3://b/out/other/2026/11/20/10", ""),
        (CHURN, "churn-mq", "s3://b/out/churn-mq", ""),
        (CHURN, "churn-mq", None, ""),
    ],
)
def test_merge_and_analysis_of_a_schedule_write_into_one_place(
    target: Target, source: str, uri: str | None, place: str
):
    told = analysis("10:00")
    assert place_before(replace(told, target=target, source=source, evidence=replace(told.evidence, uri=uri))) == place


def test_data_quality_merges_nothing():
    assert place_before(analysis("10:00", monitor=Monitor.DATA_QUALITY)) == ""
