"""Facts that were read for a plan, or for its outcome. A missing fact is None, never guessed."""

from datetime import datetime

from msgspec import Struct


class Variant(Struct, frozen=True, kw_only=True):
    """A production variant, of a config or as it runs.

    `count` is None if it is serverless or unknown; `model` is None if inference components hold the models.
    """

    name: str
    model: str | None = None
    count: int | None = None
    weight: float = 1.0
    instance_type: str | None = None
    serverless: bool = False


class EndpointConfig(Struct, frozen=True, kw_only=True):
    """The content of DescribeEndpointConfig.

    `capture` says whether data capture is on; `shadows` are variants without answers.

    `key` is the KMS key that encrypts the volumes, as the config states it: an id, an ARN, or an alias; None without
    one.
    """

    name: str
    variants: tuple[Variant, ...] = ()
    shadows: tuple[str, ...] = ()
    capture: bool = False
    created: datetime | None = None
    key: str | None = None


class Endpoint(Struct, frozen=True, kw_only=True):
    """The content of DescribeEndpoint.

    Counts and weights of the variants are the current ones; `coming` is the config that is being deployed. `modified`
    also changes if only capacity changes.
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
    """The content of DescribeModel: artifacts (S3 URIs), model packages (ARNs), and creation time."""

    name: str
    artifacts: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    created: datetime | None = None


class Needs(Struct, frozen=True, kw_only=True):
    """The facts that a plan needs: an endpoint, configs beside its current one, and the target to start."""

    endpoint: str | None = None
    configs: tuple[str, ...] = ()
    using: str | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """All facts for a plan about an endpoint and the compared configs, as at `read` (UTC).

    `configs` and `models` hold None for what does not exist, and lack what was not requested. `artifacts` says by S3
    URI whether the object exists. `scaled` are the variants under automatic scaling (None if unreadable). `running` are
    the running executions of the remedy's target `using` (None: not requested, or unreadable). `exists` says whether
    that target exists, `express` whether it is an EXPRESS state machine.

    `buckets` are those that the operator named for reports and baselines (None: not named). `keys` are the ARNs of the
    KMS keys that a roll-back may grant the use of (None: not named). `approvals` are the approval statuses of model
    packages in the registry, by ARN (None: the package does not exist, or has no status). A package that may not be
    read is absent.
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

    `errors` is the share of failed invocations (5xx), `latency` the mean model latency in milliseconds; None without a
    measurement.
    """

    invocations: float = 0.0
    errors: float | None = None
    latency: float | None = None


class RemedyExecution(Struct, frozen=True, kw_only=True):
    """The state of an execution that a remedy started, in SageMaker's own words (`Executing`, `Succeeded`, `Failed` …)."""

    arn: str
    status: str
    failure: str | None = None


class ModelPackage(Struct, frozen=True, kw_only=True):
    """A model package: its maker (`made_by`, a pipeline execution's ARN), and its own metrics."""

    arn: str
    approval: str | None = None
    made_by: str | None = None
    created: datetime | None = None
    metrics: dict[str, float] = {}


class Observed(Struct, frozen=True, kw_only=True):
    """The facts about the outcome of a plan. None for a fact that was not requested, or does not exist (yet).

    `after` are the target's runs and alarms on data from after the act only: `g`, `v` or `f` by source, in order.
    """

    read: datetime
    endpoint: Endpoint | None = None
    execution: RemedyExecution | None = None
    package: ModelPackage | None = None
    in_service: ModelPackage | None = None
    before: Health | None = None
    since: Health | None = None
    after: dict[str, str] = {}
