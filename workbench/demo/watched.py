"""The story of credit-prod: one command puts it under watch, a deployment drops its data capture, and Kedge finds that.

It also shows the one alarm that needs nothing of Kedge: the alarm on Kedge's own heartbeat.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from kedge.domain.run import Monitor
from workbench.demo.cast import BUCKET, CREDIT
from workbench.demo.lending import captured
from workbench.demo.scene import Scene
from workbench.demo.stage import Stage
from workbench.local_stack.deploy import outputs, resources
from workbench.local_stack.inbox import Inbox

_HOUR: Final = timedelta(hours=1)
_TRAIN: Final = f"train/{CREDIT}"
_HEARTBEAT: Final = "kedge-self-kedge-heartbeat-missing"


def prepare(stage: Stage) -> None:
    """Store good data, captured requests of the last hours, and metrics of the endpoint."""
    s3, now = stage.stack.client("s3"), datetime.now(UTC)
    s3.put_object(Bucket=BUCKET, Key=f"{_TRAIN}/good.jsonl", Body=captured(stage.hour - 48 * _HOUR, 7, 0.0))
    for ago in (1, 2):
        start = stage.hour - ago * _HOUR
        key = f"kedge/capture/{CREDIT}/AllTraffic/{start:%Y/%m/%d/%H}/00-00-000-demo.jsonl"
        s3.put_object(Bucket=BUCKET, Key=key, Body=captured(start, ago, 0.0))
    where = [{"Name": "EndpointName", "Value": CREDIT}, {"Name": "VariantName", "Value": "AllTraffic"}]
    for name in ("Invocations", "ModelLatency", "Invocation5XXErrors"):
        data = [{"MetricName": name, "Dimensions": where, "Value": 90.0, "Timestamp": now - _HOUR}]
        stage.stack.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=data)


def wait_for_the_story(stage: Stage) -> None:
    """Switch off the schedule of the function `watch`: the story decides when it looks, not the clock."""
    (rule,) = [name for logical, name in _rules(stage).items() if logical.startswith("WatchFunction")]
    stage.stack.client("events").disable_rule(Name=rule.rpartition("/")[2].rpartition("|")[2])


def _rules(stage: Stage) -> dict[str, str]:
    return resources(stage.stack, "AWS::Events::Rule")


def _onboard(stage: Stage) -> None:
    source = f"s3://{BUCKET}/{_TRAIN}"
    stage.kedge("model", "onboard", CREDIT, "--baseline-from", source, "--owner", "ml-oncall", "--yes")
    stage.read_documents_anew()
    stage.until("the first measurement", lambda: stage.minute() and _is_measured(stage))


def _is_measured(stage: Stage) -> bool:
    pages = stage.stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return any(f"kedge-monitoring/{CREDIT}/" in key and key.endswith("kedge_run.json") for key in keys)


def _status(stage: Stage) -> list[dict[str, str]]:
    return [json.loads(line) for line in stage.kedge("model", "status", CREDIT, "--json").splitlines()]


def _not_watched(stage: Stage) -> Iterator[str]:
    rows = _status(stage)
    if {each["source"] for each in rows} != {"Kedge", "alarm"}:
        yield f"{CREDIT} is watched by {[each['source'] for each in rows]}"
    if (
        stage.sagemaker.describe_endpoint(EndpointName=CREDIT).get("DataCaptureConfig", {}).get("CaptureStatus")
        != "Started"
    ):
        yield f"{CREDIT} captures nothing"


def _drop_capture(stage: Stage) -> None:
    """Deploy a config that somebody wrote without data capture, and let the function `watch` look as it does each hour."""
    sagemaker = stage.sagemaker
    config = sagemaker.describe_endpoint(EndpointName=CREDIT)["EndpointConfigName"]
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    sagemaker.create_endpoint_config(EndpointConfigName=f"{CREDIT}-2", ProductionVariants=variants)
    sagemaker.update_endpoint(EndpointName=CREDIT, EndpointConfigName=f"{CREDIT}-2")
    stage.rest()
    function = outputs(stage.stack)["WatchFunctionName"]
    stage.stack.client("lambda").invoke(FunctionName=function, Payload=b"{}")


def _not_found(stage: Stage) -> Iterator[str]:
    incident = stage.incident(CREDIT, Monitor.WATCH)
    if incident is None or "capture_lost_check" not in incident.problem.checks:
        yield f"nobody found that {CREDIT} captures nothing any more"


def _stop_the_heartbeat(stage: Stage) -> None:
    """Let CloudWatch find no heartbeat, as it does after 15 minutes without one, and read the mail of the ops topic."""
    ops = Inbox(stage.stack, {"ops": outputs(stage.stack)["OpsTopicArn"]})
    cloudwatch = stage.stack.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=_HEARTBEAT, StateValue="ALARM", StateReason="no datapoints for 15 minutes")
    try:
        stage.until("the mail of the ops topic", lambda: bool(ops.read() or ops.messages))
    finally:
        cloudwatch.set_alarm_state(AlarmName=_HEARTBEAT, StateValue="OK", StateReason="a heartbeat arrived")


SCENES: Final = (
    Scene(
        title=f"{CREDIT}: kedge model onboard puts it under watch",
        play=_onboard,
        quiet_because="the captured hour is clean",
        wrong=_not_watched,
    ),
    Scene(
        title=f"{CREDIT}: a deployment drops its data capture, and Kedge finds that",
        play=_drop_capture,
        mails=(f"[WARNING] {CREDIT}: ",),
        about=(CREDIT, Monitor.WATCH),
        wrong=_not_found,
    ),
    Scene(
        title="Kedge's own heartbeat stops, and CloudWatch's alarm says so",
        play=_stop_the_heartbeat,
        quiet_because="CloudWatch itself mails the ops topic, without a function of Kedge",
    ),
)
