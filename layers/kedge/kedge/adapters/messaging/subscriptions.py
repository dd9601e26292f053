"""SNS: the subscriptions of a topic."""

from typing import Final

from kedge.adapters.calls import Client, pages
from kedge.watchdog.facts import SubscriptionFacts, SubscriptionState, TopicFacts

_STATES: Final = {"PendingConfirmation": SubscriptionState.PENDING, "Deleted": SubscriptionState.DELETED}
_MOST_PAGES: Final = 20


class SnsSubscriptions:
    """The subscriptions of topics, read with ListSubscriptionsByTopic."""

    def __init__(self, sns: Client) -> None:
        """Keep `sns`, boto3's client or a double of it."""
        self._sns = sns

    def topic(self, arn: str) -> TopicFacts:
        """Return a topic with its first 2,000 subscriptions. Raises Transient or Permanent."""
        found: list[SubscriptionFacts] = []
        name = arn.rpartition(":")[2]
        for number, page in enumerate(pages(self._sns.list_subscriptions_by_topic, TopicArn=arn), 1):
            found += [
                SubscriptionFacts(
                    topic=name,
                    protocol=each["Protocol"],
                    address=each["Endpoint"],
                    state=_STATES.get(each["SubscriptionArn"], SubscriptionState.CONFIRMED),
                )
                for each in page.get("Subscriptions", ())
            ]
            if number == _MOST_PAGES:
                break
        return TopicFacts(name=name, subscriptions=tuple(found))
