"""What SageMaker would answer from a moment on: the part of `input` that says how the world is, whatever was heard of it."""

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
    """A production variant, of a config or as it runs. `model: null` is one whose models inference components hold."""

    name: Text = "AllTraffic"
    model: Text | UnsetType | None = UNSET
    count: Count = 2
    weight: Weight = 1.0
    type: Text = "ml.m5.large"
    serverless: bool = False


class ConfigPart(Part, frozen=True, kw_only=True):
    """An endpoint config; `gone`: it was deleted. `shadows` are the variants that get copies of requests, and answer nobody.

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
    """A model, or whether it, or only its artifact in S3, was deleted. That of a config is called `<config>-model`."""

    name: Text
    gone: bool = False
    artifact: Literal["there", "gone"] = "there"
    packages: tuple[Arn, ...] = ()


class PipelinesPart(Part, frozen=True, kw_only=True):
    """A pipeline: its executions that have not ended, and the parameters that it takes; `gone`: there is none."""

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
    """How the world is from `at` on; what is left out stays as it was. No event tells of it.

    Until something else is said, the endpoint is InService on the config that was deployed last, with one variant of two instances,
    capture on and the tag kedge:remediate; every config that was ever named exists, with its model and that one's artifact.
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
                description="The buckets that the operator named for reports and baselines. Until a test says which, all that it uses."
            ),
        ]
        | None
    ) = None
    health: HealthPart | None = None
    updates: (
        Annotated[
            Literal["work", "busy", "throttled", "lost", "refused", "fail"],
            Meta(
                description="What becomes of calls that change an endpoint or start something: they are taken, refused as busy or "
                "throttled, taken without an answer (lost), refused for good, or taken and then fail (SageMaker goes back)."
            ),
        ]
        | None
    ) = None
