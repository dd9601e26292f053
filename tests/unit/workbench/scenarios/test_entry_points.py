"""How things of a test reach Kedge: honest by default, or as a stranger would tell of them."""

import json

import pytest

from kedge.domain.provenance import EntryPoint, Voucher
from kedge.domain.signal import AnySignal, DeploymentChanged, EndpointChanged, EndpointRead, FeaturesDrifted
from kedge.services.intake import Intake

VIOLATED = {
    "violations": [{"feature_name": "age", "constraint_check_type": "baseline_drift_check", "description": "x"}]
}


@pytest.fixture
def heard(desk, monkeypatch):
    """Plays inputs, and gives the signals that the ring has settled on."""
    found: list[AnySignal] = []
    settle = Intake.settle

    def keep(intake: Intake, signal: AnySignal):
        found.append(signal)
        return settle(intake, signal)

    def play(*inputs: str) -> list[AnySignal]:
        (desk.folder / "report.json").write_text(json.dumps(VIOLATED))
        found.clear()
        (result,) = desk.play(f"tests: [{{name: a, input: [{', '.join(inputs)}], expect: [{{at: 9h}}]}}]")
        assert not result.broken
        return [each for each in found if each.provenance.says and not isinstance(each, FeaturesDrifted | EndpointRead)]

    monkeypatch.setattr(Intake, "settle", keep)
    return play


def says(signal: AnySignal) -> tuple[EntryPoint, Voucher]:
    return signal.provenance.entry_point, signal.provenance.voucher


SERIES = "{monitor: DataQuality, at: 1h, values: violated"


@pytest.mark.parametrize(
    ("input_", "entry_point", "voucher"),
    [
        (f"{SERIES}}}", EntryPoint.EVENTS, Voucher.SAGEMAKER),
        (f"{SERIES}, by: events}}", EntryPoint.EVENTS, Voucher.SAGEMAKER),
        (f"{SERIES}, by: file}}", EntryPoint.EVENTS, Voucher.NOBODY),
        (f"{SERIES}, by: call}}", EntryPoint.DIRECT, Voucher.NOBODY),
        ("{at: 1h, alarm: {name: a}}", EntryPoint.EVENTS, Voucher.EVENTBRIDGE),
        ("{at: 1h, alarm: {name: a}, by: topic}", EntryPoint.TOPIC, Voucher.NOBODY),
        ("{at: 1h, alarm: {name: a}, by: call}", EntryPoint.DIRECT, Voucher.NOBODY),
        ("{at: 1h, monitor: DataQuality, report: report.json}", EntryPoint.EVENTS, Voucher.NOBODY),
        ("{at: 1h, monitor: DataQuality, report: report.json, by: file}", EntryPoint.EVENTS, Voucher.NOBODY),
        ("{at: 1h, monitor: DataQuality, report: report.json, by: call}", EntryPoint.DIRECT, Voucher.NOBODY),
        ("{at: 1h, monitor: DataQuality, report: report.json, by: events}", EntryPoint.EVENTS, Voucher.SAGEMAKER),
    ],
)
def test_what_is_told_has_the_voucher_of_its_way(heard, input_, entry_point, voucher):
    (signal,) = heard(input_)
    assert says(signal) == (entry_point, voucher)


def test_an_alarm_is_the_same_one_by_every_way(heard):
    ids = {
        heard(f"{{at: 1h, alarm: {{name: a, value: 2, threshold: 1}}, by: {by}}}")[0].id
        for by in ("events", "topic", "call")
    }
    assert len(ids) == 1


def test_a_run_that_a_stranger_tells_of_has_no_job(heard):
    by_file, by_call, honest = (heard(f"{SERIES}, by: {by}}}")[0] for by in ("file", "call", "events"))
    assert (by_file.job, by_call.job) == (None, None)
    assert honest.job is not None


def test_a_report_that_says_the_opposite_of_the_schedules_own_run_is_disputed(heard):
    *_, report = heard(
        "{monitor: DataQuality, at: 1h, values: clean}", "{at: 80m, monitor: DataQuality, report: report.json}"
    )
    assert not report.provenance.is_vouched
    assert "but SageMaker calls the run of model-prod-data-quality then clean" in report.disputed


def test_a_report_for_an_hour_in_which_the_schedule_did_not_run_is_disputed(heard):
    *_, report = heard(
        "{monitor: DataQuality, at: 1h, values: clean}", "{at: 4h, monitor: DataQuality, report: report.json}"
    )
    assert "but SageMaker knows no run of model-prod-data-quality then" in report.disputed


def test_the_report_of_the_schedules_own_run_is_that_run(heard):
    run, report = heard(
        "{monitor: DataQuality, at: 1h, values: violated}", "{at: 80m, monitor: DataQuality, report: report.json}"
    )
    assert (report.job, says(report)) == (run.job, says(run))


def test_a_deployment_that_a_stranger_tells_of_changes_nothing(heard):
    honest = heard("{at: 1h, deployment: {config: b, over: a}}")
    assert {says(each) for each in honest} >= {(EntryPoint.EVENTS, Voucher.EVENTBRIDGE)}
    called = [
        each
        for each in heard("{at: 1h, deployment: {config: b, over: a}, by: call}")
        if isinstance(each, DeploymentChanged | EndpointChanged)
    ]
    assert {says(each) for each in called} == {(EntryPoint.DIRECT, Voucher.NOBODY)}
    assert heard("{at: 1h, deployment: {config: b, over: a}, by: topic}") == []


def test_an_event_of_a_job_is_about_a_job_that_sagemaker_knows(desk, heard):
    event = {
        "detail-type": "SageMaker Processing Job State Change",
        "source": "aws.sagemaker",
        "detail": {
            "ProcessingJobName": "job-1",
            "ProcessingJobStatus": "Failed",
            "MonitoringScheduleArn": "arn:aws:sagemaker:eu-central-1:111122223333:monitoring-schedule/churn-dq",
        },
    }
    (desk.folder / "event.json").write_text(json.dumps(event))
    assert says(heard("{at: 1h, event: event.json}")[0]) == (EntryPoint.EVENTS, Voucher.SAGEMAKER)
    assert says(heard("{at: 1h, event: event.json, by: call}")[0]) == (EntryPoint.DIRECT, Voucher.NOBODY)
    assert heard("{at: 1h, event: event.json, by: topic}") == []
