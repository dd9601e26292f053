"""The story of churn-prod: a good deployment, lasting drift, a new model for it, and that model's deployment."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from kedge.domain.run import Monitor
from workbench.demo import evidence
from workbench.demo.cast import BUCKET, CHURN, PIPELINES, version
from workbench.demo.scene import Scene
from workbench.demo.stage import Stage

_PIPELINE: Final = PIPELINES[CHURN]
_EVALUATION: Final = json.loads(evidence.measured(f1=0.78, auc=0.88))
_SECONDS: Final = 2.0


def _deployed(stage: Stage) -> None:
    stage.deploy(CHURN, 2, ago=timedelta(hours=7, minutes=40), package=version(1))
    for ago in (6, 5, 4):
        stage.run(CHURN, "DataQuality", "clean", evidence.NOTHING, ago=ago)


def _not_known_as_good(stage: Stage) -> Iterator[str]:
    newest: dict[str, Any] = json.loads(stage.kedge("deployment", "list", CHURN, "--json"))["configs"][0]
    known = (newest["deployment"]["config"], newest["standing"])
    if known != (f"{CHURN}-2", "good"):
        yield f"the deployment ledger knows {known[0]} as {known[1]}, and not {CHURN}-2 as good"


def _drifted(stage: Stage) -> None:
    stage.run(CHURN, "DataQuality", "violated", evidence.drifted(), ago=3)


def _again(stage: Stage) -> None:
    stage.send_again(CHURN, "DataQuality", 3)


def _goes_on(stage: Stage) -> None:
    for ago in (2, 1):
        stage.run(CHURN, "DataQuality", "violated", evidence.drifted(), ago=ago)
        stage.rest()  # or the later hour might be evaluated first


def _retrained(stage: Stage) -> None:
    stage.stack.server.control.next_execution(
        _PIPELINE, "succeeded", seconds=_SECONDS, output=f"s3://{BUCKET}/models/trained", evaluation=_EVALUATION
    )
    stage.approve(CHURN, Monitor.DATA_QUALITY, "new customers since October: it has to learn them")
    stage.until("a better model", lambda: stage.is_over(CHURN, Monitor.DATA_QUALITY))


def _no_new_version(stage: Stage) -> Iterator[str]:
    started = stage.sagemaker.list_pipeline_executions(PipelineName=_PIPELINE)["PipelineExecutionSummaries"]
    if [each["PipelineExecutionStatus"] for each in started] != ["Succeeded"]:
        yield f"{_PIPELINE} has the executions {started}, and not one that succeeded"
    made = stage.sagemaker.describe_model_package(ModelPackageName=version(2)).get("MetadataProperties", {})
    if made.get("GeneratedBy") not in {each["PipelineExecutionArn"] for each in started}:
        yield f"the new version was made by {made.get('GeneratedBy')}"


def _promoted(stage: Stage) -> None:
    stage.stack.server.control.judge_package(version(2), "Approved")
    stage.rest()
    stage.deploy(CHURN, 3, package=version(2))
    stage.run_now(CHURN, "DataQuality", "clean", evidence.NOTHING)


def _not_followed(stage: Stage) -> Iterator[str]:
    incident = stage.incident(CHURN, Monitor.DATA_QUALITY)
    story = stage.ledger.story(incident.id) if incident is not None else None
    told = " ".join(entry.because for entry in story.entries) if story is not None else ""
    for wanted in ("was approved in the registry", f"serves on {CHURN} now, with config {CHURN}-3"):
        if wanted not in told:
            yield f"the timeline does not say of the new version that it {wanted}"


SCENES: Final = (
    Scene(
        title=f"{CHURN}: a new model is deployed, and three runs are clean",
        play=_deployed,
        quiet_because="nothing is wrong; the deployment ledger knows it as good now",
        wrong=_not_known_as_good,
    ),
    Scene(
        title=f"{CHURN}: 7 of 24 features leave their baseline",
        play=_drifted,
        mails=(f"[CRITICAL] {CHURN}: 7 of 24 features drifted",),
        about=(CHURN, Monitor.DATA_QUALITY),
    ),
    Scene(title="SageMaker sends that event three times more", play=_again, quiet_because="it was received before"),
    Scene(
        title=f"{CHURN}: so it stays for two more hours",
        play=_goes_on,
        mails=(f"[APPROVAL] {CHURN}: retrain with {_PIPELINE}?",),
        about=(CHURN, Monitor.DATA_QUALITY),
        remedy="retrain asked",
    ),
    Scene(
        title="after approval, the pipeline runs and registers a better model",
        play=_retrained,
        mails=(f"[CRITICAL] {CHURN}: started to retrain", f"[CRITICAL] {CHURN}: remedy verified: retrain"),
        about=(CHURN, Monitor.DATA_QUALITY),
        remedy="retrain verified",
        wrong=_no_new_version,
    ),
    Scene(
        title="the registry approves that model, the team deploys it, and a run is clean",
        play=_promoted,
        mails=(f"[RESOLVED] {CHURN}: data quality",),
        about=(CHURN, Monitor.DATA_QUALITY),
        remedy="retrain verified",
        wrong=_not_followed,
    ),
)
