"""The composition of the reader, which whoever decides on signals has."""

import os
import time

from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.executions import StartersByArn
from kedge.adapters.s3 import S3Artifacts, S3Objects
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.bootstrap.clock import now
from kedge.entrypoints.complaints import tags_unread
from kedge.services.fact_reader import FactReader
from kedge.settings import named_buckets, named_keys
from kedge.sources.reader import Home, Reader


def home_of(function_arn: str) -> Home:
    """The account and region in which a function runs."""
    _, _, _, region, account, *_ = function_arn.split(":")
    return Home(account, region)


def reader_of(home: Home, buckets: frozenset[str] = frozenset(), alarms_topic: str = "") -> Reader:
    """What reads events, and what they point at. Reports are taken from `buckets`, alarm notifications from one topic, and none by default."""
    return Reader(
        SageMakerMonitors(client("sagemaker")),
        CloudWatchAlarms(client("cloudwatch")),
        S3Objects(client("s3")),
        home,
        SageMakerTags(client("sagemaker"), time.monotonic, tags_unread),
        buckets=buckets,
        alarms_topic=alarms_topic,
    )


def facts_reader(home: Home) -> FactReader:
    """What reads facts for plans, of one account and Region. Raises SettingsError."""
    endpoints = SageMakerEndpoints(client("sagemaker"), client("application-autoscaling"))
    artifacts, starters = S3Artifacts(client("s3")), StartersByArn(client)
    named = named_buckets(os.environ), named_keys(os.environ)
    return FactReader(endpoints, artifacts, starters, now, *named, home=(home.account, home.region))
