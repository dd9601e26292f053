"""The reasons why a new fleet does not stay: its model is missing, or an alarm of the deployment is in ALARM."""

from collections.abc import Iterable

from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.world import Document, World


def missing(world: World, places: Iterable[str]) -> str | None:
    """Return the first of some S3 URIs without an object, in a sentence for the endpoint's FailureReason."""
    for place in places:
        bucket, _, key = place.removeprefix("s3://").partition("/")
        if not world.has_object(bucket, key):
            return f'Failed to download model data from URL: "{place}". There is no object at the URL.'
    return None


def ringing(world: World, strategy: Document) -> str | None:
    """Return which alarms of an AutoRollbackConfiguration are in ALARM; the words are ours.

    An alarm that was in ALARM before counts, too.
    """
    named = [alarm["AlarmName"] for alarm in strategy.get("AutoRollbackConfiguration", {}).get("Alarms", [])]
    rang = [name for name in named if state_of(world, name) == "ALARM"]
    return f"Rolled back, since these alarms are in ALARM: {', '.join(rang)}." if rang else None


def tell(world: World, alarm: str, state: str) -> None:
    """Set the state of an alarm, instead of CloudWatch. Raises ApiError for an unknown state."""
    if state not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        raise invalid(f"an alarm is OK, ALARM or INSUFFICIENT_DATA, not {state}")
    world.alarms[alarm] = state


def state_of(world: World, alarm: str) -> str:
    """Return the state that the workbench set for an alarm, or else CloudWatch's."""
    return world.alarms.get(alarm) or world.alarm_state(alarm)
