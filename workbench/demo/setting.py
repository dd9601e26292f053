"""Prepares everything that exists before the story begins."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from workbench.demo import cast, lending, watched
from workbench.demo.stage import Stage, tell_of_objects
from workbench.local_sagemaker.onboarding import send
from workbench.local_stack.deploy import outputs
from workbench.local_stack.inbox import Inbox, channels
from workbench.local_stack.local_stack import LocalStack

_POLICY: Final = Path(__file__).with_name("policy.yaml")


def set_the_stage(stack: LocalStack) -> Stage:
    """Return the stage: bucket, endpoints, schedules, alarms, policy and inbox on a stack with the application."""
    told = outputs(stack)
    stack.client("s3").create_bucket(Bucket=cast.BUCKET)
    tell_of_objects(stack)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    stage = Stage(stack=stack, inbox=Inbox(stack, channels(told)), hour=hour)
    watched.wait_for_the_story(stage)
    stage.kedge("policy", "push", str(_POLICY))
    # Now, rather than at the next full minute.
    stack.client("lambda").invoke(FunctionName=told["ReconcileFunctionName"], Payload=b"{}")
    stack.clock.turn_to(hour - timedelta(days=2))
    monitors = cast.enter(stack)
    stack.clock.turn_to_now()
    send(stack.client("sagemaker"), monitors)
    cast.alarms(stack, told["AlarmsTopicArn"])
    for endpoint in cast.LATENCY:
        stage.alarm(endpoint, 93_000)
    cast.labels(stack, hour)
    lending.prepare(stage)
    watched.prepare(stage)
    stage.settle()
    return stage
