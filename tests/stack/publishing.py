"""Policies for a deployed ring: published by hand, without the check if a test needs that, and awaited."""

import time

import msgspec

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.table import Table
from kedge.policy.compiled import default_document
from kedge.policy.spec.document import EvidenceSpec, OverdueSpec, PolicyDocument, RateLimitSpec, ReceiverSpec
from kedge.services.policy_store.active import BELIEVED
from kedge.services.policy_store.stored import read
from tests.stack.deployed_ring import DeployedRing


def one_by_one(overdue: OverdueSpec | None = None) -> PolicyDocument:
    """Return the built-in policy without groups, digests or waits, so that each test has its own story.

    The stories of all tests together are a storm, and the built-in policy rightly combines it into a few digests.
    """
    usual = default_document()
    replace = msgspec.structs.replace
    return replace(
        usual,
        name="one-by-one",
        version="1",
        evidence=EvidenceSpec(reopen_within="0s", flapping=None, overdue=overdue, upstream=None),
        receivers=(ReceiverSpec(name="ml-oncall", limit=RateLimitSpec(messages=60, per="1s")),),
        route=replace(usual.route, group_interval="0s"),
    )


def decide_by(ring: DeployedRing, policy: PolicyDocument) -> None:
    """Put a policy in force before intake has been started, so that the test does not have to wait."""
    publish(ring, msgspec.json.encode(policy).decode())
    kept(ring, f"{policy.name}@{policy.version}")


def publish(ring: DeployedRing, text: str, kind: str = "Policy") -> None:
    """Publish a text and deploy it. `kind` is Policy or Monitors. Raises ClientError if the check refuses it."""
    start(ring, version_of(ring, text, kind), kind)


def version_of(ring: DeployedRing, text: str, kind: str = "Policy") -> str:
    """Publish a text without a check, and return its number."""
    created = ring.stack.client("appconfig").create_hosted_configuration_version(
        **_profile(ring, kind), Content=text.encode(), ContentType="application/yaml"
    )
    return str(created["VersionNumber"])


def start(ring: DeployedRing, version: str, kind: str = "Policy") -> None:
    """Deploy a version. Raises ClientError if the check refuses it."""
    ring.stack.client("appconfig").start_deployment(
        **_profile(ring, kind),
        EnvironmentId=ring.outputs["PolicyEnvironmentId"],
        ConfigurationVersion=version,
        DeploymentStrategyId=ring.outputs["PolicyStrategyId"],
    )


def slip_in(ring: DeployedRing, text: str, kind: str = "Policy") -> None:
    """Deploy a text without the check, as a role with the right to change the profile can."""
    appconfig, profile = ring.stack.client("appconfig"), _profile(ring, kind)
    validators = appconfig.get_configuration_profile(**profile)["Validators"]
    appconfig.update_configuration_profile(**profile, Validators=[])
    publish(ring, text, kind)
    appconfig.update_configuration_profile(**profile, Validators=validators)
    start_again(ring, "Reconcile")


def in_force(ring: DeployedRing, label: str) -> None:
    """Wait until a policy is kept, and start intake again: each of its workers may use the previous one for a while."""
    kept(ring, label)
    # A worker that ends in the middle of a batch leaves its messages hidden for minutes.
    ring.settle()
    start_again(ring, "Intake")


def start_again(ring: DeployedRing, function: str) -> None:
    """Start a function again, such as `Intake`, so that it does not use a document that it read before.

    Reconcile asks AppConfig at most every 15 seconds, and at once after it started.
    """
    lambdas, name = ring.stack.client("lambda"), ring.outputs[f"{function}FunctionName"]
    # Every change of a configuration makes Lambda start the function again.
    timeout = lambdas.get_function_configuration(FunctionName=name)["Timeout"]
    lambdas.update_function_configuration(FunctionName=name, Timeout=timeout)


def becomes_known(ring: DeployedRing, label: str) -> None:
    """Wait until a policy is kept, and until every worker of intake must have read it. No function is started again."""
    ring.until(lambda: _keeps(ring, label))
    time.sleep(BELIEVED + 1)


def kept(ring: DeployedRing, label: str) -> None:
    """Start reconcile again, and wait until it has kept a policy."""
    start_again(ring, "Reconcile")
    ring.until(lambda: _keeps(ring, label))


def _keeps(ring: DeployedRing, label: str) -> bool:
    """Let reconcile run, and return whether a policy is kept."""
    ring.minute()
    shelf = DynamoStoredDocument(Table(ring.stack.client("dynamodb"), ring.outputs["TableName"]))
    document = read(shelf.load()[0]).sound(PolicyDocument)
    return document is not None and f"{document.name}@{document.version}" == label


def _profile(ring: DeployedRing, kind: str = "Policy") -> dict[str, str]:
    return {
        "ApplicationId": ring.outputs["PolicyApplicationId"],
        "ConfigurationProfileId": ring.outputs[f"{kind}ProfileId"],
    }
