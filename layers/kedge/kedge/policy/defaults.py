"""The embedded default: what policies/default.yaml says, for a stack to which no policy has been given."""

from kedge.policy.spec.document import PolicyDocument, ReceiverSpec, RouteSpec
from kedge.policy.spec.types import API_VERSION

_ONCALL = "ml-oncall"


def default_document() -> PolicyDocument:
    """The default policy. What is not said here, the document's own defaults say."""
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
