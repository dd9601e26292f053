"""The life of an incident that alarms open."""

from datetime import timedelta

import pytest

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.incident import Severity
from kedge.domain.run import Verdict
from tests.support.stories import DAY, Story, alarm


def test_an_alarm_goes_off_and_back():
    story = Story().tell(alarm("10:00", Verdict.ALARM), alarm("10:30", Verdict.OK))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_an_alarm_without_data_opens_nothing_and_resolves_nothing():
    blind = alarm("10:10", Verdict.INSUFFICIENT_DATA)
    assert Story().tell(blind).told == []
    assert Story().tell(alarm("10:00", Verdict.ALARM), blind).incident.is_open


@pytest.mark.parametrize(
    ("namespace", "metric", "cause"),
    [
        ("aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_age", Cause.INPUT_DRIFT),
        ("/aws/sagemaker/Endpoint/data-metric", "feature_completeness_age", Cause.SCHEMA_BREAK),
        ("aws/sagemaker/ModelMonitoring/model-metrics", "f2", Cause.CONCEPT_DRIFT),
        ("aws/sagemaker/Endpoints/bias-metrics", "bias_metric_CI", Cause.BIAS_DRIFT),
        ("aws/sagemaker/Endpoints/explainability-metrics", "feature_age", Cause.ATTRIBUTION_DRIFT),
        ("AWS/SageMaker", "ModelLatency", Cause.INCONCLUSIVE),
        ("AWS/EC2", "CPUUtilization", Cause.INCONCLUSIVE),
    ],
)
def test_an_alarms_metric_tells_the_cause_only_where_a_monitor_publishes_it(namespace: str, metric: str, cause: Cause):
    story = Story().tell(alarm("10:00", Verdict.ALARM, namespace=namespace, metric=metric))
    assert story.incident.cause is cause


def test_an_alarm_may_be_in_alarm_for_as_long_as_it_likes():
    story = Story().tell(
        alarm("10:00", Verdict.ALARM, "errors"),
        alarm("11:00", Verdict.ALARM, "latency"),
        alarm(f"{90 * 24}:00", Verdict.OK, "latency"),
        clock=lambda: DAY + timedelta(days=90),
    )
    assert story.reasons[-1] is Reason.OTHERS_FIRING


def test_an_alarm_without_data_does_not_outdate_the_moment_at_which_it_went_off():
    story = Story().tell(alarm("10:10", Verdict.INSUFFICIENT_DATA), alarm("10:00", Verdict.ALARM))
    assert story.told == [Reason.FIRST_SEEN]


def test_every_alarm_of_one_endpoint_is_told_once_within_one_incident():
    story = Story().tell(
        alarm("10:00", Verdict.ALARM, "latency"),
        alarm("10:01", Verdict.ALARM, "errors"),
        alarm("10:02", Verdict.OK, "errors"),
        alarm("10:03", Verdict.ALARM, "errors"),
        alarm("10:04", Verdict.OK, "latency"),
        alarm("10:05", Verdict.OK, "errors"),
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.ANOTHER_ALARM, Reason.RESOLVED]
    assert len({decision.incident.id for decision in story.decisions if decision.incident}) == 1


def test_of_a_hundred_alarms_each_is_told_once_however_often_it_goes_on_and_off():
    names = [f"drift of feature {number}" for number in range(100)]
    story = Story().tell(*(alarm("10:00", Verdict.ALARM, name) for name in names))
    story.tell(alarm("10:30", Verdict.OK, names[0]), alarm("11:00", Verdict.ALARM, names[0]))
    assert story.told == [Reason.FIRST_SEEN] + [Reason.ANOTHER_ALARM] * 99
    assert story.reasons[-1] is Reason.STILL_FIRING


DRIFTS = {"namespace": "aws/sagemaker/Endpoints/data-metrics", "metric": "feature_baseline_drift_age"}


QUALITY = {"namespace": "aws/sagemaker/Endpoints/model-metrics", "metric": "auc"}


def test_an_alarm_that_is_critical_alone_is_critical_beside_a_warning_of_a_stronger_cause():
    story = Story().tell(alarm("10:00", Verdict.ALARM, "drift", **DRIFTS), alarm("10:01", Verdict.ALARM, "errors"))
    assert story.told == [Reason.FIRST_SEEN, Reason.SEVERITY_RAISED]
    assert (story.incident.severity, story.incident.cause) == (Severity.CRITICAL, Cause.INPUT_DRIFT)


def test_of_two_causes_as_strong_as_each_other_the_graver_counts_and_does_not_go_to_and_fro():
    story = Story().tell(
        alarm("10:00", Verdict.ALARM, "drift", **DRIFTS),
        alarm("10:01", Verdict.ALARM, "quality", **QUALITY),
        alarm("10:02", Verdict.ALARM, "drift of another", **DRIFTS),
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.CAUSE_CHANGED, Reason.ANOTHER_ALARM]
    assert (story.incident.severity, story.incident.cause) == (Severity.CRITICAL, Cause.CONCEPT_DRIFT)
