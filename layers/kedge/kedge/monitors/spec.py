"""The Monitors document, exactly as a team writes it. `kedge.monitors.definitions` converts it for functions.

Each default is in `DefaultsSpec`. A monitor repeats only the keys whose values differ. Durations, schedules and S3 URIs
stay text here; `kedge.monitors.lint` reports their faults with the places.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from kedge.domain.attributed import AttributedEnum
from kedge.domain.run import Monitor
from kedge.policy.spec.types import Duration, Name, Share, Spec, VersionedDocument

type S3Prefix = Annotated[
    str, Meta(pattern=r"^s3://", description="An S3 prefix.", examples=["s3://my-bucket/capture"])
]
type ScheduleText = Annotated[
    str,
    Meta(
        pattern=r"^(?:cron\(|rate\(|\d)",
        description="A cron or rate expression of EventBridge or SageMaker in UTC, or a duration between runs.",
        examples=["cron(0 * ? * * *)", "rate(1 hour)", "15m"],
    ),
]
type ResourceName = Annotated[str, Meta(description="The name of a resource of SageMaker.", examples=["churn-prod"])]
type ApplicationId = Annotated[str, Meta(description="The id of an EMR Serverless application.")]


class TypeAttributes(Struct, frozen=True, kw_only=True):
    """The row of a monitoring type.

    `monitor` is SageMaker's kind of monitoring. `needs_ground_truth` says that it compares predictions with labels, and
    `keeps_promise` that its verdict allows for the number of records.
    """

    monitor: Monitor
    needs_ground_truth: bool
    keeps_promise: bool


class MonitoringType(AttributedEnum):
    """The types of measurements."""

    DATA_QUALITY = (
        "data_quality",
        TypeAttributes(monitor=Monitor.DATA_QUALITY, needs_ground_truth=False, keeps_promise=True),
    )
    MODEL_QUALITY = (
        "model_quality",
        TypeAttributes(monitor=Monitor.MODEL_QUALITY, needs_ground_truth=True, keeps_promise=True),
    )
    BIAS = "bias", TypeAttributes(monitor=Monitor.MODEL_BIAS, needs_ground_truth=True, keeps_promise=True)
    # Clarify's limit of the order of features has no level of significance.
    ATTRIBUTION = (
        "attribution",
        TypeAttributes(monitor=Monitor.MODEL_EXPLAINABILITY, needs_ground_truth=False, keeps_promise=False),
    )

    def __init__(self, _word: str, row: TypeAttributes) -> None:
        """Take the attributes of the row."""
        self.monitor = row.monitor
        self.needs_ground_truth = row.needs_ground_truth
        self.keeps_promise = row.keeps_promise


class ComparisonMode(StrEnum):
    """How a window is compared with its baseline: with a promise about false pages, or by Model Monitor's rules."""

    PROMISE = "promise"
    COMPATIBLE = "compatible"


class Seasonality(StrEnum):
    """Which clean windows a window is also compared with."""

    NONE = "none"
    HOUR_OF_WEEK = "hour_of_week"


class PromiseSpec(Spec, frozen=True, kw_only=True):
    """The promise about false pages: on average at most `false_pages` of each monitor within `within`."""

    false_pages: Annotated[float, Meta(gt=0, le=1000)] = 1.0
    within: Duration = "26w"


class TargetSpec(Spec, frozen=True, kw_only=True):
    """The measured target: an endpoint and optionally some of its variants, or the captures of a batch schedule."""

    endpoint: ResourceName | None = None
    variants: tuple[ResourceName, ...] = ()
    batch_schedule: ResourceName | None = None


class GroundTruthSpec(Spec, frozen=True, kw_only=True):
    """The labels that arrive after the predictions.

    The first measurement waits for `delay` after the end of the window. A window with too few labels is measured again
    until it is `maximum_age` old.
    """

    prefix: S3Prefix
    delay: Duration = "0s"
    maximum_age: Duration = "7d"


class ModelQualitySpec(Spec, frozen=True, kw_only=True):
    """Which values of a record are prediction, probability and label, in SageMaker's words."""

    problem_type: Literal["Regression", "BinaryClassification", "MulticlassClassification"]
    ground_truth_attribute: str | None = None
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    probability_threshold: Share = 0.5
    positive_label: str = "1"


class FacetSpec(Spec, frozen=True, kw_only=True):
    """A column whose groups are compared.

    `values`, or numbers above `threshold`, are the group that could be treated worse. Without both, it is each value.
    """

    name: Annotated[str, Meta(min_length=1)]
    values: tuple[str, ...] = ()
    threshold: float | None = None


class BiasSpec(Spec, frozen=True, kw_only=True):
    """The label, the prediction and the facets of a bias measurement.

    If it names no prediction, that of `model_quality` is taken. Without any, only the metrics of labels are measured.
    The conditional metrics CDDL and CDDPL need `group_attribute`, and the flip test FT needs `feature_attributes`.
    """

    label: Annotated[str, Meta(min_length=1)]
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    probability_threshold: Share = 0.5
    positive_values: Annotated[tuple[str, ...], Meta(min_length=1)] = ("1",)
    facets: Annotated[tuple[FacetSpec, ...], Meta(min_length=1)]
    group_attribute: Annotated[str, Meta(min_length=1)] | None = None
    feature_attributes: tuple[Annotated[str, Meta(min_length=1)], ...] = ()


class AttributionSpec(Spec, frozen=True, kw_only=True):
    """The source of feature attributions: output columns that carry them, or the analysis files of Clarify."""

    columns: dict[str, str] = field(default_factory=dict)
    analysis: S3Prefix | None = None


class SparkSpec(Spec, frozen=True, kw_only=True):
    """The EMR Serverless application for windows that are too large for a function, its code, and the role of its jobs."""

    application: ApplicationId
    code: S3Prefix
    job_role: Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/\S+$")]


class DefaultsSpec(Spec, frozen=True, kw_only=True):
    """The values of all monitors that do not have their own."""

    types: Annotated[tuple[MonitoringType, ...], Meta(min_length=1)] = (MonitoringType.DATA_QUALITY,)
    reports: S3Prefix | None = None
    window: Duration = "1h"
    schedule: ScheduleText = "rate(1 hour)"
    offset: Duration = "15m"
    catch_up: Annotated[int, Meta(ge=1, le=168)] = 24
    mode: ComparisonMode = ComparisonMode.PROMISE
    promise: PromiseSpec = field(default_factory=PromiseSpec)
    comparison_threshold: Share = 0.1
    unreadable_share: Annotated[float, Meta(ge=0, le=1)] = 0.01
    exclude: tuple[str, ...] = ()
    seasonality: Seasonality = Seasonality.NONE
    ground_truth: GroundTruthSpec | None = None
    model_quality: ModelQualitySpec | None = None
    bias: BiasSpec | None = None
    attribution: AttributionSpec | None = None
    spark: SparkSpec | None = None


class MonitorSpec(Spec, frozen=True, kw_only=True):
    """One monitor. Missing values come from `defaults`."""

    name: Name
    target: TargetSpec
    baseline: S3Prefix
    capture: S3Prefix | None = None
    types: Annotated[tuple[MonitoringType, ...], Meta(min_length=1)] | None = None
    reports: S3Prefix | None = None
    window: Duration | None = None
    schedule: ScheduleText | None = None
    offset: Duration | None = None
    catch_up: Annotated[int, Meta(ge=1, le=168)] | None = None
    mode: ComparisonMode | None = None
    promise: PromiseSpec | None = None
    comparison_threshold: Share | None = None
    unreadable_share: Annotated[float, Meta(ge=0, le=1)] | None = None
    exclude: tuple[str, ...] | None = None
    seasonality: Seasonality | None = None
    ground_truth: GroundTruthSpec | None = None
    model_quality: ModelQualitySpec | None = None
    bias: BiasSpec | None = None
    attribution: AttributionSpec | None = None
    spark: SparkSpec | None = None


class MonitorsDocument(VersionedDocument, frozen=True, kw_only=True):
    """A whole Monitors document. Reports record `name` and `version`; a missing version is derived from the text."""

    kind: Annotated[Literal["Monitors"], Meta(description="Always Monitors.")]
    name: Name = "monitors"
    defaults: DefaultsSpec = field(default_factory=DefaultsSpec)
    monitors: tuple[MonitorSpec, ...]
