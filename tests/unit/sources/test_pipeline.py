"""Pipelines, their check steps, and the model packages that they make."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kedge.domain.errors import MalformedSignal, NotYet
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.signal import Ignored
from kedge.ports.readers import CheckStep
from tests.support import samples
from tests.unit.sources.world import CLEAN, EXECUTION, REPORTS, VIOLATED, World, check_step

PIPELINE = "eventbridge.pipeline"
STEP = "eventbridge.pipeline_step.quality_check"
PACKAGE = "eventbridge.model_package"
REPORT = f"{REPORTS}/check/constraint_violations.json"
METADATA = {"qualityCheck": {"checkType": "DATA_QUALITY", "violationReport": REPORT}}


def event(name: str, **detail: Any) -> dict[str, Any]:
    """A sample with parts of its detail replaced."""
    raw: dict[str, Any] = samples.event(name)
    raw["detail"] |= detail
    return raw


def checked(step: CheckStep, report: bytes | None = VIOLATED) -> Any:
    """What becomes of a check step so described."""
    world = World(steps=[step], objects={} if report is None else {REPORT: report})
    return world.one(event(STEP, currentStepStatus=step.status))


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_a_pipeline_that_came_to_its_end_says_how(status: str):
    found = World().one(event(PIPELINE, currentPipelineExecutionStatus=status))
    assert (found.status, str(found.target)) == (status, "111122223333/us-east-1/pipeline/churn-retrain")
    assert (found.id, found.at) == (f"pipeline/{EXECUTION}/{status}", datetime(2026, 11, 20, 16, 10, 10, tzinfo=UTC))


@pytest.mark.parametrize("status", ["Starting", "Executing", "Stopping"])
@pytest.mark.parametrize(("name", "key"), [(PIPELINE, "currentPipelineExecutionStatus"), (STEP, "currentStepStatus")])
def test_what_still_runs_is_ignored_without_a_call(status: str, name: str, key: str):
    world = World()
    assert world.one(event(name, **{key: status})) is Ignored.NOT_TERMINAL
    assert world.monitors.calls == []


@pytest.mark.parametrize("kind", ["Processing", "Training", "Transform", "Lambda"])
def test_steps_that_check_nothing_are_ignored_without_a_call(kind: str):
    world = World()
    assert world.one(event(STEP, stepType=kind)) is Ignored.NOT_A_MONITORING_JOB
    assert world.monitors.calls == []


def test_a_check_that_failed_with_a_report_found_violations():
    found = checked(check_step())
    assert (found.verdict, found.monitor, len(found.evidence.findings)) == (Verdict.VIOLATED, Monitor.DATA_QUALITY, 2)
    assert (found.id, found.source) == (f"pipeline-step/{EXECUTION}/check-data-quality/Failed", "check-data-quality")


@pytest.mark.parametrize("report", [None, CLEAN, b"nonsense"])
def test_a_check_that_failed_with_a_report_is_violated_even_where_the_report_is_no_help(report: bytes | None):
    assert checked(check_step(), report).verdict is Verdict.VIOLATED


def test_a_check_that_failed_without_a_report_is_a_broken_monitor():
    found = checked(check_step(report=None, failure_reason="ClientError: no baseline"))
    assert (found.verdict, found.said, found.evidence.reading) == (
        Verdict.FAILED,
        "ClientError: no baseline",
        Reading.ABSENT,
    )


@pytest.mark.parametrize(("status", "verdict"), [("Succeeded", Verdict.CLEAN), ("Stopped", Verdict.STOPPED)])
def test_a_check_that_did_not_fail_is_taken_at_its_word(status: str, verdict: Verdict):
    assert checked(check_step(status=status, report=None)).verdict is verdict


def test_a_check_that_was_told_not_to_fail_is_judged_by_its_report():
    assert checked(check_step(status="Succeeded")).verdict is Verdict.VIOLATED
    assert checked(check_step(status="Succeeded"), CLEAN).verdict is Verdict.CLEAN
    assert checked(check_step(status="Succeeded"), b"nonsense").verdict is Verdict.VIOLATED, "somebody must look"


@pytest.mark.parametrize("kind", ["QualityCheck", "ClarifyCheck"])
@pytest.mark.parametrize("changes", [{"skipped": True}, {"cached": True}, {"skipped": True, "cached": True}])
def test_a_check_that_checked_nothing_is_no_good_news(changes: dict[str, bool], kind: str):
    step = check_step(status="Succeeded", report=None, **changes)
    found = World(steps=[step]).one(event(STEP, currentStepStatus="Succeeded", stepType=kind))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.unchecked


@pytest.mark.parametrize(
    "told",
    [
        {"metadata": {"qualityCheck": {"skipCheck": True}}},
        {"cacheHitResult": {"sourcePipelineExecutionArn": EXECUTION}},
        {"selectiveExecutionResult": {"sourcePipelineExecutionArn": EXECUTION}},
    ],
)
def test_a_check_that_checked_nothing_is_no_good_news_though_the_api_has_forgotten_it(told: dict[str, Any]):
    assert World().one(event(STEP, currentStepStatus="Succeeded", **told)).verdict is Verdict.INCONCLUSIVE


def test_the_report_of_an_earlier_execution_is_not_read_again():
    world = World(steps=[check_step(status="Succeeded", cached=True)], objects={REPORT: VIOLATED})
    assert world.one(event(STEP, currentStepStatus="Succeeded")).verdict is Verdict.INCONCLUSIVE
    assert world.objects.reads == []


def test_a_check_that_was_to_be_skipped_and_failed_is_a_broken_monitor():
    assert checked(check_step(report=None, skipped=True)).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("check_type", "monitor"),
    [
        ("DATA_QUALITY", Monitor.DATA_QUALITY),
        ("MODEL_QUALITY", Monitor.MODEL_QUALITY),
        ("DATA_BIAS", Monitor.MODEL_BIAS),
        ("MODEL_BIAS", Monitor.MODEL_BIAS),
        ("MODEL_EXPLAINABILITY", Monitor.MODEL_EXPLAINABILITY),
        ("", Monitor.DATA_QUALITY),
    ],
)
def test_a_checks_type_is_its_monitor(check_type: str, monitor: Monitor):
    assert checked(check_step(check_type=check_type)).monitor is monitor


def test_a_step_ahead_of_the_api_is_left_for_later():
    with pytest.raises(NotYet):
        World(steps=[check_step(status="Executing")]).one(STEP)


def test_a_step_that_the_api_has_forgotten_is_judged_by_its_event():
    found = World(objects={REPORT: VIOLATED}).one(event(STEP, metadata=METADATA))
    assert (found.verdict, found.monitor, len(found.evidence.findings)) == (Verdict.VIOLATED, Monitor.DATA_QUALITY, 2)


def test_a_model_package_names_the_execution_that_made_it():
    found = World().one(PACKAGE)
    assert (found.approval, found.made_by, found.target.name) == ("Approved", EXECUTION, "churn")


def test_approving_a_package_is_another_fact_than_making_it():
    made = World().one(event(PACKAGE, ModelApprovalStatus="PendingManualApproval"))
    assert made.id != World().one(PACKAGE).id


def test_a_package_whose_group_is_not_named_is_known_by_its_arn():
    assert World().one(event(PACKAGE, ModelPackageGroupName=None)).target.name == "churn"


@pytest.mark.parametrize(
    ("name", "detail", "path"),
    [
        (PIPELINE, {"currentPipelineExecutionStatus": None}, "$.detail.currentPipelineExecutionStatus"),
        (PIPELINE, {"pipelineExecutionArn": None}, "$.detail.pipelineExecutionArn"),
        (PIPELINE, {"pipelineExecutionArn": "x"}, "$.detail.pipelineExecutionArn"),
        (STEP, {"stepType": None}, "$.detail.stepType"),
        (STEP, {"stepName": 4}, "$.detail.stepName"),
        (STEP, {"currentStepStatus": []}, "$.detail.currentStepStatus"),
        (PACKAGE, {"ModelPackageArn": None}, "$.detail.ModelPackageArn"),
        (PACKAGE, {"ModelPackageArn": "x", "ModelPackageGroupName": None}, "$.detail.ModelPackageGroupName"),
    ],
)
def test_what_lacks_its_name_or_status_is_malformed_and_says_where(name: str, detail: dict[str, Any], path: str):
    with pytest.raises(MalformedSignal) as caught:
        World().one(event(name, **detail) | {"resources": []})
    assert caught.value.path == path
