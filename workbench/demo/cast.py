"""The cast of the demo: endpoints, their monitors, and their pipelines, made as a user makes them."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from workbench.demo.crossed import LIMIT
from workbench.demo.evidence import measured
from workbench.local_sagemaker.onboarding import Call, monitored_endpoint, registered, retraining, send
from workbench.local_stack.environment import ACCOUNT, REGION
from workbench.local_stack.local_stack import LocalStack

BUCKET: Final = f"sagemaker-{REGION}-{ACCOUNT}"
CHURN: Final = "churn-prod"
FRAUD: Final = "fraud-prod"
ORDERS: Final = "orders-prod"
RANKING: Final = "ranking-prod"
SEARCH: Final = "search-prod"
FORECAST: Final = "forecast-prod"
LENDING: Final = "lending-prod"
CREDIT: Final = "credit-prod"
PRICES: Final = ("price-de", "price-fr", "price-it")
CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
LATENCY: Final = {FRAUD: "fraud-prod-latency", SEARCH: "search-prod-latency"}
"""The latency alarms, by endpoint."""

_GROUP: Final = "churn"
_TAGS: Final = {"kedge:remediate": "true"}


def arn(what: str) -> str:
    """Return the ARN of a resource in SageMaker, such as `pipeline/churn-prod-retrain`."""
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{what}"


PIPELINES: Final = {name: f"{name}-retrain" for name in (CHURN, RANKING)}


def version(number: int) -> str:
    """Return the ARN of a version of churn-prod's model in the registry."""
    return arn(f"model-package/{_GROUP}/{number}")


def artifact(stack: LocalStack, name: str) -> str:
    """Store a model's artifact and return its S3 URI."""
    key = f"models/{name}/model.tar.gz"
    stack.client("s3").put_object(Bucket=BUCKET, Key=key, Body=name.encode())
    return f"s3://{BUCKET}/{key}"


def enter(stack: LocalStack) -> list[Call]:
    """Make all endpoints, the registry with one model in it, and the pipelines. Return the calls that make the monitors.

    A monitor that is days old and never ran is overdue, so the caller makes the monitors when the story begins.
    """
    calls = list(_cast(stack))
    send(stack.client("sagemaker"), (each for each in calls if not _is_of_a_monitor(each)))
    return list(filter(_is_of_a_monitor, calls))


def _is_of_a_monitor(call: Call) -> bool:
    return call[0] == "CreateMonitoringSchedule" or call[0].endswith("JobDefinition")


def _cast(stack: LocalStack) -> Iterator[Call]:
    yield from _model_in_the_registry(stack)
    yield from _monitored(CHURN, ["DataQuality"], package=version(1), tags=_trained_by(CHURN))
    yield from _monitored(FRAUD, ["ModelQuality"], artifact=artifact(stack, f"{FRAUD}-1"), tags=_TAGS)
    yield from _monitored(ORDERS, ["DataQuality"], artifact=artifact(stack, f"{ORDERS}-1"), tags=_TAGS)
    yield from _monitored(RANKING, ["ModelQuality", "DataQuality"], tags=_trained_by(RANKING))
    yield from map(_two_variants, _monitored(SEARCH, [], tags=_TAGS))
    for name in (FORECAST, *PRICES):
        yield from _monitored(name, ["DataQuality"])
    yield from _monitored(LENDING, [])
    yield from _monitored(CREDIT, [], captures=False)
    for name in PIPELINES:
        yield from retraining(name, group=_GROUP if name == CHURN else name)


def labels(stack: LocalStack, hour: datetime) -> None:
    """Store labels of the last hour, for the monitors of model quality."""
    record = {
        "groundTruthData": {"data": "1", "encoding": "CSV"},
        "eventMetadata": {"eventId": "1"},
        "eventVersion": "0",
    }
    key = f"ground-truth/{hour - timedelta(hours=1):%Y/%m/%d/%H}/labels.jsonl"
    stack.client("s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(record).encode())


def _monitored(name: str, kinds: list[str], **more: Any) -> Iterable[Call]:
    return monitored_endpoint(name, bucket=BUCKET, kinds=kinds, **more)


def _trained_by(name: str) -> dict[str, str]:
    return _TAGS | {"kedge:pipeline": arn(f"pipeline/{PIPELINES[name]}")}


def _model_in_the_registry(stack: LocalStack) -> Iterable[Call]:
    key = "models/churn-1/evaluation.json"
    stack.client("s3").put_object(Bucket=BUCKET, Key=key, Body=measured(f1=0.71, auc=0.83))
    return registered(_GROUP, artifact=artifact(stack, "churn-1"), evaluation=f"s3://{BUCKET}/{key}")


def _two_variants(call: Call) -> Call:
    operation, wanted = call
    if operation == "CreateEndpointConfig":
        (variant,) = wanted["ProductionVariants"]
        shares = {CHAMPION: 0.9, CHALLENGER: 0.1}
        both = [variant | {"VariantName": name, "InitialVariantWeight": share} for name, share in shares.items()]
        # Its team uses only the alarm, and captures nothing.
        wanted = {key: value for key, value in wanted.items() if key != "DataCaptureConfig"} | {
            "ProductionVariants": both
        }
    return operation, wanted


def alarms(stack: LocalStack, topic: str) -> None:
    """Make the latency alarms: of the endpoint with one variant, and of the one that tries another."""
    for name, variant in ((FRAUD, "AllTraffic"), (SEARCH, CHALLENGER)):
        stack.client("cloudwatch").put_metric_alarm(
            AlarmName=LATENCY[name],
            AlarmDescription=f"Answers of {name} take longer than half a second",
            Namespace="AWS/SageMaker",
            MetricName="ModelLatency",
            Dimensions=[{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": variant}],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=LIMIT,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
            AlarmActions=[topic],
            OKActions=[topic],
        )
