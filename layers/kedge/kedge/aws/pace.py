"""Mail at a pace that SNS bears: above ten a second it deactivates the subscription, and then nobody hears of anything."""

from collections.abc import Callable
from typing import Final

from kedge.ports import Channel, Message

SECONDS_A_MAIL: Final = 0.25
"""The least time that a worker takes over a mail. So many workers as run at once (two, says the template) send so many times
four mails a second at most. SNS's limit is ten for each subscription, and cannot be raised:
https://repost.aws/knowledge-center/sns-email-subscription-disabled"""


class Paced:
    """A channel that waits before each message; docs/decisions/0012-mail-has-a-pace.md says why a function may."""

    def __init__(self, channel: Channel, seconds: float, sleep: Callable[[float], None]) -> None:
        """`sleep` is time's, or one that only counts."""
        self._channel = channel
        self._seconds = seconds
        self._sleep = sleep

    def send(self, message: Message) -> str:
        """Wait, send, and return the channel's own id of the message. Raises what the channel raises."""
        self._sleep(self._seconds)
        return self._channel.send(message)
