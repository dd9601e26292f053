"""Why a new fleet does not stay: its model cannot be fetched, or an alarm of the deployment rang."""

from workbench.sagemaker.models import artifacts, models_of
from workbench.sagemaker.world import Document, World


def trouble(world: World, config: Document, strategy: Document) -> str | None:
    """What ends a deployment of `config` now, for the endpoint's FailureReason; None while all is well."""
    return missing_artifact(world, config) or ringing(world, strategy)


def missing_artifact(world: World, config: Document) -> str | None:
    """The first artifact of a configuration's models that is not where the model says. Raises ApiError for a model that is gone."""
    for model in models_of(world, config):
        for place in artifacts(world, model):
            bucket, _, key = place.removeprefix("s3://").partition("/")
            if not world.has_object(bucket, key):
                return f'Failed to download model data from URL: "{place}". There is no object at the URL.'
    return None


def ringing(world: World, strategy: Document) -> str | None:
    """Which alarms of an AutoRollbackConfiguration are in ALARM; the words are ours. An alarm that is in it before counts, too."""
    named = [alarm["AlarmName"] for alarm in strategy.get("AutoRollbackConfiguration", {}).get("Alarms", [])]
    rang = [name for name in named if state_of(world, name) == "ALARM"]
    return f"Rolled back, since these alarms are in ALARM: {', '.join(rang)}." if rang else None


def state_of(world: World, alarm: str) -> str:
    """What the workbench said of an alarm, or else what CloudWatch says."""
    return world.alarms.get(alarm) or world.alarm_state(alarm)
