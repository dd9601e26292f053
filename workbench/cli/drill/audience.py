"""Which receivers of a drill have a confirmed subscriber now, as far as the caller may ask SNS."""

from collections.abc import Callable
from functools import cache
from typing import Final

from kedge.adapters.messaging.topics import TopicSubscriptions
from kedge.domain.effect import ChannelName
from kedge.domain.errors import KedgeError
from kedge.ports.channels import Subscription, SubscriptionStatus
from kedge.services.receivers import is_heard
from workbench.cli.connection.stack import DeployedStack

# The subscriber of the chat topic is a service of AWS.
_CHECKED: Final = {ChannelName.MAIL: "PeopleTopicArn", ChannelName.PROGRAMS: "ProgramsTopicArn"}


class Audience:
    """The subscriptions of a stack's topics, each read once."""

    def __init__(self, stack: DeployedStack, failed: Callable[[str], None]) -> None:
        """Keep the stack, and `failed`, which is called with a sentence if SNS refuses."""
        self._stack = stack
        self._failed = failed
        self._read = cache(self._subscriptions)

    def fault(self, receiver: str, channel: ChannelName) -> str | None:
        """Return why a receiver does not get a message of a channel; None if it does, or if this is unknown."""
        if channel not in _CHECKED or (found := self._read(channel)) is None or is_heard(found, receiver):
            return None
        if any(each.status is SubscriptionStatus.PENDING for each in found):
            return "no confirmed subscriber: a subscription waits for its confirmation"
        if any(each.status is SubscriptionStatus.CONFIRMED for each in found):
            return "no confirmed subscriber: no filter policy names the receiver"
        return "no confirmed subscriber: subscribe an address to the topic"

    def _subscriptions(self, channel: ChannelName) -> tuple[Subscription, ...] | None:
        try:
            return TopicSubscriptions(self._stack.client("sns"), self._stack.outputs[_CHECKED[channel]]).every()
        except KedgeError as error:
            self._failed(f"the subscribers of {channel} are unknown: {error}")
            return None
