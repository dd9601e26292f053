"""The story of fraud-prod: a bad deployment, the roll-back, and the same deployment once more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from kedge.domain.run import Monitor
from workbench.demo import evidence
from workbench.demo.cast import FRAUD, LATENCY
from workbench.demo.scene import Scene
from workbench.demo.stage import Stage

_VARIANT: Final = "AllTraffic"
_INSTANCES: Final = 3
_SECONDS: Final = 2.0


def _bad_deployment(stage: Stage) -> None:
    for ago in (8, 7, 6, 5, 4, 3):
        stage.run(FRAUD, "ModelQuality", "clean", evidence.NOTHING, ago=ago)
    stage.deploy(FRAUD, 2, ago=timedelta(hours=2, minutes=12))
    _scaled_out(stage)
    stage.run(FRAUD, "ModelQuality", "violated", evidence.worse(), ago=1)


def _scaled_out(stage: Stage) -> None:
    """Let automatic scaling add more instances than its config asks for: the roll-back must keep them."""
    stage.stack.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{FRAUD}/variant/{_VARIANT}",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=6,
    )
    stage.stack.server.control.scale_endpoint(FRAUD, _VARIANT, _INSTANCES)


def _rolled_back(stage: Stage) -> None:
    stage.stack.server.control.next_update(FRAUD, "succeeded", seconds=_SECONDS)
    stage.approve(FRAUD, Monitor.MODEL_QUALITY, "cause unknown: roll back first")
    stage.until("the config before", lambda: _serves(stage) == (f"{FRAUD}-1", "InService"))


def _serves(stage: Stage) -> tuple[str, str]:
    told = stage.sagemaker.describe_endpoint(EndpointName=FRAUD)
    return told["EndpointConfigName"], told["EndpointStatus"]


def _has_served(stage: Stage, config: str) -> bool:
    """Return whether a config has served for a moment.

    Kedge does not blame a deployment for an alarm in the same moment.
    """
    told = stage.sagemaker.describe_endpoint(EndpointName=FRAUD)
    since: datetime = told["LastModifiedTime"]
    return _serves(stage) == (config, "InService") and datetime.now(UTC) - since > timedelta(seconds=2)


def _not_as_before(stage: Stage) -> Iterator[str]:
    told = stage.sagemaker.describe_endpoint(EndpointName=FRAUD)
    if told["EndpointConfigName"] != f"{FRAUD}-1":
        yield f"{FRAUD} runs {told['EndpointConfigName']}"
    (count,) = (each["CurrentInstanceCount"] for each in told["ProductionVariants"])
    if count != _INSTANCES:
        yield f"{FRAUD} has {count} instances, and had {_INSTANCES}"
    if not told.get("DataCaptureConfig", {}).get("EnableCapture"):
        yield f"{FRAUD} captures no data any more"


def _well(stage: Stage) -> None:
    stage.run_now(FRAUD, "ModelQuality", "clean", evidence.NOTHING)
    stage.until("a verification", lambda: stage.is_over(FRAUD, Monitor.MODEL_QUALITY))


def _deployed_again(stage: Stage) -> None:
    stage.sagemaker.update_endpoint(EndpointName=FRAUD, EndpointConfigName=f"{FRAUD}-2")
    stage.until("the deployment", lambda: _has_served(stage, f"{FRAUD}-2"))
    stage.rest()
    stage.alarm(FRAUD, 812_000)


def _touched(stage: Stage) -> Iterator[str]:
    if _serves(stage) != (f"{FRAUD}-2", "InService"):
        yield f"{FRAUD} runs {_serves(stage)}: a refused remedy was carried out"


SCENES: Final = (
    Scene(
        title=f"{FRAUD}: a new model is deployed, and its first run is worse",
        play=_bad_deployment,
        mails=(
            f"[CRITICAL] {FRAUD}: worse after a deployment: 2 findings",
            f"[APPROVAL] {FRAUD}: roll back to {FRAUD}-1?",
        ),
        about=(FRAUD, Monitor.MODEL_QUALITY),
        remedy="roll_back asked",
    ),
    Scene(
        title="after approval, it is rolled back, with capacity and data capture kept",
        play=_rolled_back,
        mails=(f"[CRITICAL] {FRAUD}: started to roll back to {FRAUD}-1",),
        about=(FRAUD, Monitor.MODEL_QUALITY),
        remedy="roll_back acted",
        wrong=_not_as_before,
    ),
    Scene(
        title=f"{FRAUD}: the next run is clean",
        play=_well,
        mails=(f"[RESOLVED] {FRAUD}: model quality",),
        about=(FRAUD, Monitor.MODEL_QUALITY),
        remedy="roll_back verified",
        wrong=_not_as_before,
    ),
    Scene(
        title="the same model is deployed again, and the latency alarm fires",
        play=_deployed_again,
        mails=(f"[CRITICAL] {FRAUD}: alarm {LATENCY[FRAUD]} fired",),
        about=(FRAUD, Monitor.ALARM),
        remedy="roll_back refused: cooldown",
        wrong=_touched,
    ),
)
