"""Policies into a deployed ring: published by hand, past the check where a test wants that, and waited for."""

import time

import msgspec

from kedge.adapters.appconfig import DynamoStoredPolicies
from kedge.adapters.dynamodb.table import Table
from kedge.policy.compiled import default_document
from kedge.policy.spec.document import EvidenceSpec, OverdueSpec, PolicyDocument, RateLimitSpec, ReceiverSpec
from kedge.services.policy_store.active import BELIEVED
from kedge.services.policy_store.stored import read
from tests.stack.deployed_ring import DeployedRing


def one_by_one(overdue: OverdueSpec | None = None) -> PolicyDocument:
    """The built-in policy without anything that makes one message of many, or waits: each test tells a story of its own.

    The stories of all tests together are a storm, of which the built-in policy rightly makes a few digests.
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
    """Put a policy in force before intake has been started, so that nobody has to wait."""
    publish(ring, msgspec.json.encode(policy).decode())
    kept(ring, f"{policy.name}@{policy.version}")


def publish(ring: DeployedRing, text: str) -> None:
    """Publish a text and deploy it. Raises ClientError where the check refuses it."""
    start(ring, version_of(ring, text))


def version_of(ring: DeployedRing, text: str) -> str:
    """Publish a text without asking anybody; its number."""
    created = ring.stack.client("appconfig").create_hosted_configuration_version(
        **_profile(ring), Content=text.encode(), ContentType="application/yaml"
    )
    return str(created["VersionNumber"])


def start(ring: DeployedRing, version: str) -> None:
    """Deploy a version. Raises ClientError where the check refuses it."""
    ring.stack.client("appconfig").start_deployment(
        **_profile(ring),
        EnvironmentId=ring.outputs["PolicyEnvironmentId"],
        ConfigurationVersion=version,
        DeploymentStrategyId=ring.outputs["PolicyStrategyId"],
    )


def slip_in(ring: DeployedRing, text: str) -> None:
    """Deploy a text past the check, as somebody can who may change the profile."""
    appconfig, profile = ring.stack.client("appconfig"), _profile(ring)
    validators = appconfig.get_configuration_profile(**profile)["Validators"]
    appconfig.update_configuration_profile(**profile, Validators=[])
    publish(ring, text)
    appconfig.update_configuration_profile(**profile, Validators=validators)


def in_force(ring: DeployedRing, label: str) -> None:
    """Wait until a policy is kept, and start intake anew: each of its workers may believe in the one before for a while."""
    kept(ring, label)
    # A worker that ends in the middle of a batch leaves its messages hidden for minutes.
    ring.settle()
    lambdas, name = ring.stack.client("lambda"), ring.outputs["IntakeFunctionName"]
    # Whatever is configured anew makes Lambda start the function anew.
    timeout = lambdas.get_function_configuration(FunctionName=name)["Timeout"]
    lambdas.update_function_configuration(FunctionName=name, Timeout=timeout)


def becomes_known(ring: DeployedRing, label: str) -> None:
    """Wait until a policy is kept, and for as long as a worker of intake may not have heard of it."""
    kept(ring, label)
    time.sleep(BELIEVED + 1)


def kept(ring: DeployedRing, label: str) -> None:
    """Wait until reconcile has kept a policy."""
    shelf = DynamoStoredPolicies(Table(ring.stack.client("dynamodb"), ring.outputs["TableName"]))

    def is_kept() -> bool:
        ring.minute()
        document = read(shelf.load()[0]).sound()
        return document is not None and f"{document.name}@{document.version}" == label

    ring.until(is_kept)


def _profile(ring: DeployedRing) -> dict[str, str]:
    return {
        "ApplicationId": ring.outputs["PolicyApplicationId"],
        "ConfigurationProfileId": ring.outputs["PolicyProfileId"],
    }
