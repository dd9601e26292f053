"""Reads the end of a pipeline's execution, or of one of its steps that check data or model.

Their keys are in camelCase, unlike those of SageMaker's other events (docs/aws-behaviour.md). A check step that finds
violations fails, unless it was built with fail_on_violation=False; then its report shows them (3.9).
"""

from typing import Final, NamedTuple

from kedge.domain.errors import NotYet
from kedge.domain.ids import step_id
from kedge.domain.run import Evidence, Reading, Verdict
from kedge.domain.signal import Ignored, PipelineFinished, RunFinished
from kedge.domain.target import Target, TargetKind
from kedge.ports.readers import CheckStep, Monitors, Objects
from kedge.reports.evidence import monitor_of, read_evidence
from kedge.sources import run_identity
from kedge.sources.arns import arn, spelling
from kedge.sources.event_header import Event
from kedge.sources.json_path import JsonValue
from kedge.sources.run_identity import verdict_by
from kedge.sources.timestamps import moment

_TERMINAL: Final = {spelling(word): word for word in ("Succeeded", "Failed", "Stopped")}
_CHECKS: Final = {"qualitycheck": "qualityCheck", "clarifycheck": "clarifyCheck"}  # step type: its metadata's key


class _Execution(NamedTuple):
    arn: str
    target: Target


def read_pipeline(event: Event) -> PipelineFinished | Ignored:
    """Return the signal in a `SageMaker Model Building Pipeline Execution Status Change`. Raises MalformedSignal."""
    detail = event.detail
    status = detail.need("currentPipelineExecutionStatus", "the execution's status")
    ended = _TERMINAL.get(spelling(status))
    if ended is None:
        return Ignored.NOT_TERMINAL
    execution = _execution(event)
    return PipelineFinished(
        id=f"pipeline/{execution.arn}/{ended}",
        at=moment(detail.at("executionEndTime").value) or event.at,
        target=execution.target,
        provenance=event.arrival.told(f"pipeline {execution.target.name}"),
        execution=execution.arn,
        status=ended,
    )


def read_step(event: Event, monitors: Monitors, objects: Objects) -> RunFinished | Ignored:
    """Return the run in a `SageMaker Model Building Pipeline Execution Step Status Change`.

    Costs one call if the step is a check that ended, none otherwise. It also raises the errors of the ports.

    Raises:
        MalformedSignal: the event cannot be read.
        NotYet: the API does not know the end yet.
    """
    detail = event.detail
    kind = spelling(detail.need("stepType", "the step's type"))
    if kind not in _CHECKS:
        return Ignored.NOT_A_MONITORING_JOB
    status = _TERMINAL.get(spelling(detail.need("currentStepStatus", "the step's status")))
    if status is None:
        return Ignored.NOT_TERMINAL
    execution, name = _execution(event), detail.need("stepName", "the step's name")
    told = _step_in_event(detail, name, status, detail.at("metadata", _CHECKS[kind]))
    known = monitors.check_step(execution.arn, name)
    step = known or told
    ended = _TERMINAL.get(spelling(step.status))
    if ended is None:
        raise NotYet(f"step {name} of {execution.arn} is {step.status} in the API, and {status} in the event")
    unchecked = _unchecked(ended, step) or _unchecked(ended, told)
    # The report that a cached step names is an earlier execution's.
    evidence = (
        read_evidence(objects, step.report) if step.report and not unchecked else Evidence(reading=Reading.ABSENT)
    )
    finished = step.ended or told.ended or event.at
    about = f"step {name} of pipeline {execution.target.name}"
    return RunFinished(
        id=step_id(execution.arn, name, ended),
        at=finished,
        target=execution.target,
        provenance=event.arrival.told(about) if known is None else event.arrival.confirmed(about),
        monitor=run_identity.first_known((run_identity.from_word(step.check_type), monitor_of(evidence.findings))),
        source=name,
        verdict=Verdict.INCONCLUSIVE if unchecked else _verdict(ended, step.report, evidence),
        finished=finished,
        evidence=evidence,
        job=step.job_arn,
        said=step.failure_reason,
        unchecked=unchecked,
        # If the API has forgotten the step, it may be unknown what it checked.
        vague=run_identity.from_word(step.check_type) is None,
    )


def _unchecked(status: str, step: CheckStep) -> str:
    """Return why a successful step says nothing about the data or the model; empty for all other steps."""
    if status != "Succeeded":
        return ""
    if step.skipped:
        return "the step skipped its check"
    return "the step took the result of an earlier execution" if step.cached else ""


def _verdict(status: str, report: str | None, evidence: Evidence) -> Verdict:
    if status == "Stopped":
        return Verdict.STOPPED
    if status == "Failed":
        return Verdict.VIOLATED if report else Verdict.FAILED
    # fail_on_violation=False lets a step succeed with a report full of violations.
    return verdict_by(evidence, absent=Verdict.CLEAN)


def _execution(event: Event) -> _Execution:
    """Return the execution and its pipeline; only an ARN names the pipeline."""
    detail = event.detail
    text = detail.need("pipelineExecutionArn", "the execution's ARN")
    found = arn(text)
    parts = (found.resource if found else text.split(":")[-1]).split("/")
    if len(parts) < 2 or not parts[1]:
        raise detail.at("pipelineExecutionArn").fault("must be an ARN that ends in pipeline/<name>/execution/<id>")
    account, region = event.place_of(text, detail.text("pipelineArn"))
    return _Execution(text, Target(account=account, region=region, kind=TargetKind.PIPELINE, name=parts[1]))


def _step_in_event(detail: JsonValue, name: str, status: str, metadata: JsonValue) -> CheckStep:
    """Return the step as the event describes it, in case the API has forgotten it."""
    return CheckStep(
        name=name,
        status=status,
        check_type=metadata.text("checkType") or "",
        report=metadata.text("violationReport"),
        job_arn=metadata.text("checkJobArn"),
        failure_reason=detail.text("failureReason"),
        ended=moment(detail.at("stepEndTime").value),
        skipped=metadata.at("skipCheck").value is True,
        cached=detail.has("cacheHitResult") or detail.has("selectiveExecutionResult"),
    )
