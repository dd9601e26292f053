"""The embedded default: the content of policies/default.yaml, for a stack without a published policy."""

from kedge.policy.spec.document import PolicyDocument, ReceiverSpec, RouteSpec
from kedge.policy.spec.types import API_VERSION

_ONCALL = "ml-oncall"


def default_document() -> PolicyDocument:
    """Return the default policy. The document's own defaults fill everything that is not set here."""
    return PolicyDocument(
        api_version=API_VERSION,
        name="default",
        version="3",
        receivers=(ReceiverSpec(name=_ONCALL),),
        route=RouteSpec(
            receiver=_ONCALL,
            group_by=("account", "region", "target", "monitor"),
            group_wait="0s",
            group_interval="1m",
            repeat_interval="24h",
        ),
    )
