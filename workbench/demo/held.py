"""Incidents without an action, each for its own reason.

The reasons are broken data, dry run, a broken monitor, one cause of many incidents, and a silence.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from kedge.domain.run import Monitor
from workbench.demo import evidence
from workbench.demo.cast import FORECAST, ORDERS, PIPELINES, PRICES, RANKING
from workbench.demo.scene import Scene
from workbench.demo.stage import Stage


def _schema_breaks(stage: Stage) -> None:
    for ago in (6, 5, 4, 3):
        stage.run(ORDERS, "DataQuality", "clean", evidence.NOTHING, ago=ago)
    stage.deploy(ORDERS, 2, ago=timedelta(hours=2, minutes=12))
    stage.run(ORDERS, "DataQuality", "violated", evidence.broken(), ago=1)


def _touched(stage: Stage) -> Iterator[str]:
    config = stage.sagemaker.describe_endpoint(EndpointName=ORDERS)["EndpointConfigName"]
    if config != f"{ORDERS}-2":
        yield f"{ORDERS} runs {config}: a remedy was carried out that Kedge refused"


def _worse_by_and_by(stage: Stage) -> None:
    for ago in (6, 5, 4, 3, 2):
        stage.run(RANKING, "ModelQuality", "clean", evidence.NOTHING, ago=ago)
    stage.rest()
    stage.run(RANKING, "ModelQuality", "violated", evidence.worse(), ago=1)


def _started(stage: Stage) -> Iterator[str]:
    name = PIPELINES[RANKING]
    if stage.sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]:
        yield f"{name} was started by a rehearsal"


def _dies(stage: Stage) -> None:
    reason = "AlgorithmError: java.lang.OutOfMemoryError, exit code: 255"
    stage.run(FORECAST, "DataQuality", "failed", failure_reason=reason)


def _upstream(stage: Stage) -> None:
    for name in PRICES:
        stage.run(name, "DataQuality", "violated", evidence.upstream())
        stage.rest()  # or the third might be evaluated before the second is known


def _silenced(stage: Stage) -> None:
    matchers = (f'endpoint="{RANKING}"', 'monitor="DataQuality"')
    stage.kedge("silence", "add", *matchers, "--for", "4h", "--comment", "a new image is being tried")
    stage.run(RANKING, "DataQuality", "violated", evidence.drifted())


SCENES: Final = (
    Scene(
        title=f"{ORDERS}: the schema breaks right after a deployment",
        play=_schema_breaks,
        mails=(f"[CRITICAL] {ORDERS}:",),
        about=(ORDERS, Monitor.DATA_QUALITY),
        remedy="held back: hold",
        wrong=_touched,
    ),
    Scene(
        title=f"{RANKING}: quality falls, and the policy is in dry run",
        play=_worse_by_and_by,
        mails=(f"[CRITICAL] {RANKING}:",),
        about=(RANKING, Monitor.MODEL_QUALITY),
        remedy="retrain proposed",
        wrong=_started,
    ),
    Scene(
        title=f"{FORECAST}: the monitor itself fails",
        play=_dies,
        mails=(f"[WARNING] {FORECAST}:",),
        about=(FORECAST, Monitor.DATA_QUALITY),
    ),
    Scene(
        title="one feature drifts on three price endpoints",
        play=_upstream,
        mails=("[WARNING] price-de:", "[WARNING] price-fr:", "[CRITICAL] "),
    ),
    Scene(
        title=f"{RANKING} drifts, and a silence covers it",
        play=_silenced,
        quiet_because="it is silenced for four hours",
    ),
)
