"""SNS: whether anybody is subscribed to a topic, and has confirmed it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from kedge.aws.calls import Client, tell
from kedge.errors import KedgeError

_BELIEVED: Final = timedelta(minutes=1)
"""How long an answer is believed: a storm of messages asks once a minute."""


class TopicAudience:
    """The confirmed subscribers of one topic. SNS takes a message also if there are none."""

    def __init__(
        self, sns: Client, topic_arn: str, monotonic: Callable[[], float], failed: Callable[[KedgeError], None]
    ) -> None:
        """`sns` is boto3's client, or one that answers like it; `monotonic` counts seconds; `failed` is told where SNS refuses to say."""
        self._sns = sns
        self._arn = topic_arn
        self._monotonic = monotonic
        self._failed = failed
        self._answered: tuple[float, bool] | None = None

    def listens(self) -> bool:
        """Return whether there is a confirmed subscriber; also True where SNS does not say. Never raises."""
        now = self._monotonic()
        if self._answered is not None and now - self._answered[0] < _BELIEVED.total_seconds():
            return self._answered[1]
        try:
            told = tell(self._sns.get_topic_attributes, TopicArn=self._arn)
        except KedgeError as error:
            self._failed(error)
            return True
        listens = str(told["Attributes"].get("SubscriptionsConfirmed")) != "0"
        self._answered = (now, listens)
        return listens
