"""What was read of the world for a plan, or to see what came of one. Absent is told as None, never guessed."""

from datetime import datetime

from msgspec import Struct


class Variant(Struct, frozen=True, kw_only=True):
    """A production variant, of a config or as it runs.

    `count` is None where it is serverless or nobody told; `model` is None where inference components hold the models.
    """

    name: str
    model: str | None = None
    count: int | None = None
    weight: float = 1.0
    instance_type: str | None = None
    serverless: bool = False


class EndpointConfig(Struct, frozen=True, kw_only=True):
    """What DescribeEndpointConfig tells. `capture` says whether data capture is on; `shadows` names the variants that answer nobody.

    `key` is the KMS key that encrypts the volumes, as whoever made the config wrote it: an id, an ARN, or an alias; None where there is none.
    """

    name: str
    variants: tuple[Variant, ...] = ()
    shadows: tuple[str, ...] = ()
    capture: bool = False
    created: datetime | None = None
    key: str | None = None


class Endpoint(Struct, frozen=True, kw_only=True):
    """What DescribeEndpoint tells.

    Counts and weights of the variants are those that run now; `coming` is the config that is being deployed. `modified` also
    moves when only capacity changes.
    """

    name: str
    status: str
    config: str | None
    variants: tuple[Variant, ...] = ()
    capture: bool = False
    coming: str | None = None
    modified: datetime | None = None
    failure: str | None = None


class Model(Struct, frozen=True, kw_only=True):
    """What DescribeModel tells: the S3 URIs of its artifacts, the ARNs of the model packages that it was made of, and when."""

    name: str
    artifacts: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    created: datetime | None = None


class Needs(Struct, frozen=True, kw_only=True):
    """What has to be read for a plan: an endpoint, configs beside the one that it runs, and what would be started, if anything."""

    endpoint: str | None = None
    configs: tuple[str, ...] = ()
    using: str | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """All that planning needs to know of an endpoint and of the configs that are to be compared, as it was at `read` (UTC).

    `configs` and `models` hold None for what does not exist, and nothing for what nobody asked for; `artifacts` tells by S3 URI
    whether the object is there. `scaled` are the variants under automatic scaling (None where that could not be read). `running`
    are executions of what a remedy would start, `using`, which have not ended (None: not asked, or not readable); `exists` says whether
    that is there at all, `express` whether it is an EXPRESS state machine. `buckets` are those that the operator named for reports and baselines (None: nobody said which), `keys` the
    ARNs of the KMS keys on which a roll-back may make a grant (None: nobody said).
    `approvals` are the approval statuses of model packages in the registry, by ARN (None: there is no such package, or it has none);
    one that may not be read is left out.
    """

    read: datetime
    endpoint: Endpoint | None = None
    configs: dict[str, EndpointConfig | None] = {}
    models: dict[str, Model | None] = {}
    artifacts: dict[str, bool] = {}
    scaled: tuple[str, ...] | None = None
    tags: dict[str, str] | None = None
    using: str | None = None
    exists: bool | None = None
    running: tuple[str, ...] | None = None
    parameters: tuple[str, ...] | None = None
    buckets: tuple[str, ...] | None = None
    express: bool = False
    keys: tuple[str, ...] | None = None
    approvals: dict[str, str | None] = {}


class Health(Struct, frozen=True, kw_only=True):
    """How an endpoint answered in a span of time.

    `errors` is the share of invocations that failed (5xx), `latency` the mean model latency in milliseconds; None where nothing
    was measured.
    """

    invocations: float = 0.0
    errors: float | None = None
    latency: float | None = None


class RemedyExecution(Struct, frozen=True, kw_only=True):
    """What came of something that a remedy started: SageMaker's own status words are kept (`Executing`, `Succeeded`, `Failed` …)."""

    arn: str
    status: str
    failure: str | None = None


class ModelPackage(Struct, frozen=True, kw_only=True):
    """A model package: who made it (`made_by`, a pipeline execution's ARN), and what it measured of itself, by metric."""

    arn: str
    approval: str | None = None
    made_by: str | None = None
    created: datetime | None = None
    metrics: dict[str, float] = {}


class Observed(Struct, frozen=True, kw_only=True):
    """What was read to see what came of a plan. None where it was not asked for, or is not there (yet).

    `after` are the runs and alarms of the target that looked only at what came after the act, `g`, `v` or `f` by source, in order.
    """

    read: datetime
    endpoint: Endpoint | None = None
    execution: RemedyExecution | None = None
    package: ModelPackage | None = None
    in_service: ModelPackage | None = None
    before: Health | None = None
    since: Health | None = None
    after: dict[str, str] = {}
