"""Reads what plans need of a stack, and publishes a changed Monitors document to it."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from kedge.adapters.appconfig import AppConfigDocuments, Profile
from kedge.monitors.lint import read
from kedge.monitors.spec import MonitorSpec
from kedge.policy.spec.types import VersionedDocument
from workbench.cli.connection.publishing import NotSound, Place, PublishedVersion, place_of, publish
from workbench.cli.connection.stack import AwsRefused, DeployedStack
from workbench.cli.model.monitors import CannotMerge, merged, read_monitors
from workbench.cli.model.refusals import CallRefused, call, pages, refusal
from workbench.cli.model.state import EndpointState, StackState
from workbench.cli.model.steps import ChangeMonitors

_MARK: Final = "constraints.json"
"""The file of a baseline that is written last: without it, a baseline is not complete."""


def read_stack(stack: DeployedStack, state: EndpointState) -> StackState:
    """Return what plans need of a stack, without baselines. Raises AwsRefused, Unwise or CannotMerge."""
    outputs = stack.outputs
    reports = stack.parameters.get("MonitorReportsBucket") or f"sagemaker-{state.region}-{state.account}"
    listed = stack.parameters.get("MonitoredBucketArns", "")
    buckets = [each.strip().rpartition(":")[2] for each in listed.split(",") if each.strip()]
    text = published_text(stack)
    monitors: tuple[MonitorSpec, ...] = () if text is None else read_monitors(text)
    return StackState(
        name=stack.name,
        alarms_topic=outputs["AlarmsTopicArn"],
        people_topic=outputs["PeopleTopicArn"],
        reports_bucket=reports,
        buckets=(reports, *buckets),
        ownership=stack.policy.ownership,
        monitors=monitors,
        mails=_mails(stack, outputs["PeopleTopicArn"]),
    )


def with_baselines(stack: DeployedStack, state: StackState, prefixes: Iterable[str]) -> StackState:
    """Return the same state with the complete baselines below some S3 prefixes. Raises CallRefused."""
    found = {}
    for prefix in dict.fromkeys(prefixes):
        made = baseline_made(stack, prefix)
        if made is not None:
            found[prefix] = made
    return msgspec.structs.replace(state, baselines=found)


def baseline_made(stack: DeployedStack, prefix: str) -> datetime | None:
    """Return when the baseline below an S3 prefix was made; None if there is none. Raises CallRefused."""
    bucket, _, key = prefix.removeprefix("s3://").partition("/")
    where = f"{key.rstrip('/')}/{_MARK}".lstrip("/")
    try:
        told = call(stack.client, "s3", "HeadObject", f"arn:aws:s3:::{bucket}/{where}", Bucket=bucket, Key=where)
    except CallRefused as error:
        if error.is_absent:
            return None
        raise
    modified: datetime = told["LastModified"]
    return modified.astimezone(UTC)


def published_text(stack: DeployedStack) -> str | None:
    """Return the text of the Monitors document that is deployed; None if none ever was. Raises AwsRefused or Unwise."""
    place = place_of(stack.outputs, stack.name, "Monitors")
    where = Profile(application=place.application, environment=place.environment, profile=place.profile)
    found = AppConfigDocuments(stack.client("appconfigdata"), where, time.monotonic).newest()
    return None if found is None else found.data.decode()


def publish_change(stack: DeployedStack, change: ChangeMonitors) -> PublishedVersion | None:
    """Add monitors to the document that is deployed now, or remove some, and publish it through its validator.

    The document is read again at this moment, so a version that others published in the meantime is not lost. It returns
    None if the document is already as wanted.

    Raises:
        AwsRefused: AWS refused a call, or the new document.
    """
    place = place_of(stack.outputs, stack.name, "Monitors")
    text = published_text(stack)
    try:
        new = merged(text, change)
    except CannotMerge as error:
        raise AwsRefused(str(error)) from error
    if text is not None and _by_name(text) == _by_name(new):
        return None
    document = read(new.encode(), "monitors.yaml").document
    if document is None:
        raise AwsRefused("the new Monitors document cannot be read back")
    return _published(stack, place, new, document)


def _published(stack: DeployedStack, place: Place, text: str, document: VersionedDocument) -> PublishedVersion:
    try:
        return publish(stack.client("appconfig"), place, text.encode(), document, time.sleep)
    except ClientError as error:
        raise refusal(error, "appconfig", error.operation_name) from error
    except (NotSound, BotoCoreError) as error:
        raise AwsRefused(str(error)) from error


def _mails(stack: DeployedStack, topic: str) -> dict[str, str]:
    """Return the mail addresses that a topic has, and whether each was confirmed."""
    found = pages(stack.client, "sns", "ListSubscriptionsByTopic", "Subscriptions", topic, TopicArn=topic)
    return {
        each["Endpoint"]: "not confirmed" if each["SubscriptionArn"] == "PendingConfirmation" else "subscribed"
        for each in found
        if each["Protocol"].startswith("email")
    }


def _by_name(text: str) -> dict[str, MonitorSpec]:
    return {each.name: each for each in read_monitors(text)}
