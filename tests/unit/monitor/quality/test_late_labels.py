from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.errors import MonitorError
from kedge_monitor.quality.late_labels import LabelStep, LabelWaiting, judge_labels

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_window_with_enough_labels_is_measured_at_any_age():
    found = judge_labels(600, 400, 30 * DAY)
    assert (found.step, found.outcome) == (LabelStep.MEASURE, None)


def test_a_window_with_too_few_labels_waits_and_is_inconclusive():
    found = judge_labels(100, 900, HOUR)
    assert (found.step, found.outcome, found.again_in) == (LabelStep.WAIT, Outcome.INCONCLUSIVE, HOUR)
    assert found.sentence == (
        "100 of 1000 records have a label; a measurement needs 500. The window is measured again until it is 7 days old."
    )


def test_the_last_measurement_is_at_the_stated_age():
    assert judge_labels(100, 900, 7 * DAY - HOUR / 2).again_in == HOUR / 2


def test_labels_that_never_come_are_a_finding_of_their_own():
    found = judge_labels(0, 1000, 7 * DAY)
    assert (found.step, found.outcome) == (LabelStep.GIVE_UP, Outcome.INCONCLUSIVE)
    assert found.sentence.startswith("Labels never came: 0 of 1000 records")
    assert found.sentence.endswith("Check the upload of labels and the ids that join them to captured records.")
    assert judge_labels(3, 997, 7 * DAY).sentence.startswith("Too few labels came: 3 of 1000")


def test_a_window_that_can_never_have_enough_labels_does_not_wait():
    found = judge_labels(50, 0, HOUR)
    assert found.step is LabelStep.GIVE_UP
    assert "Use a longer window" in found.sentence


def test_a_window_without_records_is_no_data():
    assert judge_labels(0, 0, HOUR).outcome is Outcome.NO_DATA


@given(
    st.integers(0, 500),
    st.integers(0, 500),
    st.floats(0, 300).map(lambda hours: hours * HOUR),
    st.integers(1, 400),
    st.floats(0, 1),
)
def test_each_window_ends_and_is_never_clean_without_labels(labelled, unlabelled, age, fewest, share):
    waiting = LabelWaiting(fewest=fewest, share=share)
    found = judge_labels(labelled, unlabelled, age, waiting)
    enough = labelled >= fewest and labelled >= share * (labelled + unlabelled) - 1e-6
    assert (found.step is LabelStep.MEASURE) == (enough and labelled + unlabelled > 0)
    assert found.outcome is not Outcome.CLEAN
    if found.step is LabelStep.WAIT:
        assert timedelta() < found.again_in <= waiting.until - age
        assert judge_labels(labelled, unlabelled, waiting.until, waiting).step is LabelStep.GIVE_UP


def test_settings_that_cannot_be_are_an_error():
    with pytest.raises(MonitorError, match="share 2"):
        LabelWaiting(share=2)
