"""Old evidence is recorded, and wakes nobody; late ground truth within the stated age counts."""

from datetime import timedelta

import msgspec
import pytest

from kedge.decide.fleet import sighting_of
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Reason
from kedge.domain.provenance import Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import RunFinished
from kedge.explain.explain import explain
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, DAY, Story, drift, policy_of, run

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN
BAD = run("10:00", VIOLATED, drift("age"))


def told_after(story: Story, signal: RunFinished, days: float) -> Story:
    """Let a signal arrive some days after its window."""
    return story.tell(signal, clock=lambda: signal.at + timedelta(days=days))


@pytest.mark.parametrize("provenance", [BY_SAGEMAKER, BY_NOBODY])
@pytest.mark.parametrize("verdict", [VIOLATED, CLEAN])
@pytest.mark.parametrize(("days", "stale"), [(29.9, False), (30.1, True), (700, True)])
def test_a_window_has_an_age_beyond_which_it_is_only_recorded(
    provenance: Provenance, verdict: Verdict, days: float, stale: bool
):
    signal = run("10:00", verdict, drift("age") if verdict is VIOLATED else (), provenance=provenance)
    story = told_after(Story(), signal, days)
    assert (story.reasons == [Reason.STALE]) is stale
    if stale:
        assert story.told == []
        assert story.state.incident is None
        assert story.state.sources == {}


@pytest.mark.parametrize(("days", "reason"), [(55, Reason.FIRST_SEEN), (65, Reason.STALE)])
def test_ground_truth_may_be_as_late_as_the_policy_says(days: int, reason: Reason):
    signal = run("10:00", VIOLATED, drift("f1"), monitor=Monitor.MODEL_QUALITY)
    assert told_after(Story(policy_of(evidence={"stale_after": "60d"})), signal, days).reasons == [reason]


def test_a_policy_may_let_any_age_count():
    assert told_after(Story(policy_of(evidence={"stale_after": None})), BAD, 4_000).reasons == [Reason.FIRST_SEEN]


def test_an_old_window_that_was_clean_ends_nothing():
    story = told_after(Story(), BAD, 0.1)
    late = msgspec.structs.replace(run("11:00", CLEAN), id="late")
    told_after(story, late, 40)
    assert story.reasons[-1] is Reason.STALE
    assert story.incident.is_open


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.STOPPED, Verdict.NO_DATA])
def test_a_fault_is_as_old_as_the_run_that_broke(verdict: Verdict):
    fault = msgspec.structs.replace(run("10:00", verdict), finished=DAY + timedelta(days=60))
    assert told_after(Story(), fault, 60).reasons == [Reason.FIRST_SEEN]


@pytest.mark.parametrize("days", [0.1, 3, 40])
def test_a_copy_of_a_report_says_nothing_new_whatever_its_age(days: float):
    copy = msgspec.structs.replace(run("10:00", VIOLATED, drift("age"), job=None, provenance=BY_NOBODY), copied=True)
    story = told_after(Story(), copy, days)
    assert story.reasons == [Reason.STALE]
    assert story.told == []


def test_what_is_stale_is_told_twice_as_one():
    story = told_after(told_after(Story(), BAD, 40), BAD, 41)
    assert story.reasons == [Reason.STALE, Reason.DUPLICATE]


def test_old_reports_of_many_targets_are_no_drift_of_the_fleet():
    assert sighting_of(policy_of(), CaseState(), BAD, DAY + timedelta(days=1)) is not None
    assert sighting_of(policy_of(), CaseState(), BAD, DAY + timedelta(days=40)) is None
    copy = msgspec.structs.replace(BAD, copied=True)
    assert sighting_of(policy_of(), CaseState(), copy, DAY + timedelta(days=1)) is None


def test_an_explanation_says_what_would_count():
    found = explain(policy_of(), CaseState(), BAD, DAY + timedelta(days=40), Context())
    assert found.decision.reason is Reason.STALE
    assert "a longer evidence.stale_after" in found.change
