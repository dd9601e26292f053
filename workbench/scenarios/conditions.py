"""The part of `input` that sets what SageMaker answers from a moment on, independent of the events that arrive."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from kedge.policy.spec.types import Duration
from workbench.scenarios.parts import Arn, Count, Part, Text

type Unreadable = Literal["endpoint", "scaling", "artifacts", "pipelines", "tags", "packages"]
type Share = Annotated[
    float,
    Meta(ge=0, le=1, description="The share of requests that is captured: a run looks at that share of its `records`."),
]
type Weight = Annotated[float, Meta(ge=0)]


class VariantPart(Part, frozen=True, kw_only=True):
    """A production variant, of a config or as it runs. With `model: null`, inference components hold its models."""

    name: Text = "AllTraffic"
    model: Text | UnsetType | None = UNSET
    count: Count = 2
    weight: Weight = 1.0
    type: Text = "ml.m5.large"
    serverless: bool = False


class ConfigPart(Part, frozen=True, kw_only=True):
    """An endpoint config. With `gone`, it was deleted.

    `shadows` are variants that receive copies of requests and do not answer.

    `age` is how long before this moment it was made.
    """

    name: Text
    gone: bool = False
    variants: tuple[VariantPart, ...] = (VariantPart(),)
    shadows: tuple[Text, ...] = ()
    capture: bool = True
    capture_share: Share | None = None
    age: Duration | None = None


class ModelPart(Part, frozen=True, kw_only=True):
    """A model, or that it or only its artifact in S3 was deleted. The model of a config is called `<config>-model`."""

    name: Text
    gone: bool = False
    artifact: Literal["there", "gone"] = "there"
    packages: tuple[Arn, ...] = ()


class PipelinesPart(Part, frozen=True, kw_only=True):
    """A pipeline: its running executions, and its parameters. With `gone`, it does not exist."""

    arn: Arn
    running: tuple[Arn, ...] = ()
    parameters: tuple[Text, ...] | None = None
    gone: bool = False


class HealthPart(Part, frozen=True, kw_only=True):
    """How an endpoint answers: the share of invocations that fail, and the mean latency in milliseconds."""

    errors: Annotated[float, Meta(ge=0, le=1)] = 0.001
    latency: Annotated[float, Meta(ge=0)] = 40.0
    invocations: Annotated[float, Meta(ge=0)] = 1_000.0


class WorldPart(Part, frozen=True, kw_only=True):
    """The world from `at` on. A key that is absent keeps its value. No event reports it.

    By default the endpoint is InService on the config that was deployed last. It has one variant of two instances,
    capture on and the tag kedge:remediate. Every config that was ever named exists, with its model and the model's
    artifact.
    """

    status: Text | None = None
    config: Text | None = None
    coming: Text | UnsetType | None = UNSET
    gone: bool | None = None
    variants: tuple[VariantPart, ...] | None = None
    capture: bool | None = None
    capture_share: Share | None = None
    scaled: tuple[Text, ...] | None = None
    tags: dict[str, str] | None = None
    configs: tuple[ConfigPart, ...] = ()
    models: tuple[ModelPart, ...] = ()
    pipelines: tuple[PipelinesPart, ...] = ()
    unreadable: tuple[Unreadable, ...] | None = None
    buckets: (
        Annotated[
            tuple[Text, ...],
            Meta(
                description="The buckets that the operator named for reports and baselines. By default all that the test uses."
            ),
        ]
        | None
    ) = None
    health: HealthPart | None = None
    updates: (
        Annotated[
            Literal["work", "busy", "throttled", "lost", "refused", "fail"],
            Meta(
                description="The result of calls that change an endpoint or start something. They are accepted, refused as busy or "
                "throttled, accepted without an answer (lost), refused permanently, or accepted and then fail (SageMaker "
                "rolls back)."
            ),
        ]
        | None
    ) = None
