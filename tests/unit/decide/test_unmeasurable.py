"""How many records a run needs, and when people hear that a target stays unmeasurable: to the record, the run and the minute."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from kedge.decide.record_counts import effective_verdict, is_thin, one_more, shows_schema
from kedge.domain.decision import TooFewRecords
from kedge.domain.provenance import Provenance
from kedge.domain.reason import Reason
from kedge.domain.run import Evidence, Reading, Verdict
from kedge.domain.signal import OperatorAction
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, DAY, Story, drift, policy_of, run

VIOLATED, CLEAN, INCONCLUSIVE = Verdict.VIOLATED, Verdict.CLEAN, Verdict.INCONCLUSIVE
POLICY = policy_of()
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("records", "is_enough"), [(0, False), (499, False), (500, True), (501, True), (None, True)])
def test_a_run_on_as_many_records_as_the_policy_asks_for_is_judged(records, is_enough):
    signal = run("10:00", VIOLATED, drift("age"), records=records)
    assert is_thin(POLICY, signal) is not is_enough
    assert effective_verdict(POLICY, signal) is (VIOLATED if is_enough else INCONCLUSIVE)


@pytest.mark.parametrize("reading", [Reading.UNREADABLE, Reading.ABSENT])
@pytest.mark.parametrize("verdict", [VIOLATED, CLEAN])
@pytest.mark.parametrize(("records", "shows"), [(0, False), (99, False), (100, True), (499, True)])
def test_a_violation_that_cannot_be_read_counts_from_as_many_records_on_as_a_schema_needs(
    records, shows, verdict, reading
):
    signal = msgspec.structs.replace(run("10:00", verdict), evidence=Evidence(reading=reading, records=records))
    assert shows_schema(POLICY, signal) is shows
    assert effective_verdict(POLICY, signal) is (VIOLATED if shows and verdict is VIOLATED else INCONCLUSIVE)


@pytest.mark.parametrize("order", list(permutations([(1, 30), (2, 10), (3, 20)])))
def test_in_whatever_order_small_runs_come_the_newest_window_and_the_newest_end_are_known(order):
    known: TooFewRecords | None = None
    for window, ended in order:
        known = one_more(known, DAY + window * HOUR, DAY + ended * HOUR)
    assert known == TooFewRecords(since=DAY + order[0][1] * HOUR, at=DAY + 3 * HOUR, finished=DAY + 30 * HOUR, runs=3)


def tell(story: Story, *hours: float, records: int = 212, provenance: Provenance = BY_SAGEMAKER, **more) -> Story:
    """Runs whose windows ended at these hours, each heard of when it ended."""
    for each in hours:
        at = f"{int(each)}:{round(each % 1 * 60):02}"
        told = run(at, CLEAN, records=records, provenance=provenance, **more)
        story.tell(told, clock=lambda told=told: told.finished)
    return story


@pytest.mark.parametrize(
    ("hours", "is_told"),
    [
        ((0, 168), False),
        ((0, 84, 168), True),
        ((0, 84, 167.9), False),
        ((0, 84, 167.9, 168), True),
        ((0, 400, 401), True),
        ((0, 1, 168.1), True),
    ],
)
def test_a_week_of_three_runs_is_the_least_of_which_people_hear(hours, is_told):
    story = tell(Story(), *hours)
    assert story.told == ([Reason.FIRST_SEEN] if is_told else [])
    if is_told:
        assert story.incident.since == DAY + timedelta(minutes=12)
        assert story.incident.problem.said.startswith(f"{len(hours)} runs since 2026-11-20 00:12 UTC")


def test_another_incident_is_over_before_people_hear_that_nothing_can_be_measured():
    story = Story().tell(run("00:00", VIOLATED, drift("age"), source="other"), clock=lambda: DAY + HOUR)
    tell(story, 1, 100, 200, 300)
    assert story.told == [Reason.FIRST_SEEN]
    story.tell(run("301:00", CLEAN, source="other"), clock=lambda: DAY + 302 * HOUR)
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]
    tell(story, 303)
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.FIRST_SEEN]


@pytest.mark.parametrize("later", [(210,), (210, 400, 600)])
def test_who_said_that_it_is_over_does_not_hear_again_that_nothing_can_be_measured(later):
    """Only after a run that could be judged is it news."""
    story = tell(Story(), 0, 100, 200)
    story.person("205:00", OperatorAction.RESOLVE)
    tell(story, *later)
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]
    tell(story, 1_000, records=4_000)
    tell(story, 1_001, 1_100, 1_200)
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.FIRST_SEEN]


@pytest.mark.parametrize("provenance", [BY_SAGEMAKER, BY_NOBODY], ids=["confirmed", "said"])
def test_news_of_one_source_leaves_what_is_known_of_the_others(provenance):
    other = BY_NOBODY if provenance is BY_SAGEMAKER else BY_SAGEMAKER
    story = tell(Story(), 0, records=4_000, source="near", provenance=provenance)
    tell(story, 0, records=4_000, source="far", provenance=other)
    tell(story, 0, 100, 200, provenance=provenance)
    assert story.told == [Reason.FIRST_SEEN]
    own, others = story.state.sources, story.state.unconfirmed
    if provenance is BY_NOBODY:
        own, others = others, own
    assert set(own) == {"near", "churn-dq"}
    assert set(others) == {"far"}
    assert own["churn-dq"].bad
    assert own["churn-dq"].thin is not None
    assert own["churn-dq"].thin.told


def test_two_sources_of_which_nothing_can_be_measured_in_the_same_window_make_two_incidents():
    story = tell(Story(), 0, 100, 200)
    tell(story, 0, 100, source="other")
    first = story.incident.id
    story.person("200:30", OperatorAction.RESOLVE)
    tell(story, 200, source="other")
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.FIRST_SEEN]
    assert story.incident.id != first
