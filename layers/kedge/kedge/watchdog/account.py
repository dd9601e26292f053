"""Checks of a whole account: endpoints without a monitor or an alarm, subscriptions, and missing permissions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from kedge.domain.finding import Check
from kedge.formatting import format_count, format_duration, shorten
from kedge.watchdog.facts import EndpointMonitoring, SubscriptionState, TopicFacts, WatchedAccount
from kedge.watchdog.fault import WatchFault

YOUNG: Final = timedelta(days=1)
"""The time that a new endpoint has before it needs a monitor or an alarm."""

_SAID: Final = 200


def check_unwatched(account: WatchedAccount, now: datetime) -> Iterator[WatchFault]:
    """Yield the endpoints in service that have neither a running monitor nor an alarm."""
    for watched in account.endpoints:
        if is_unwatched(watched, now):
            endpoint = watched.endpoint
            age = f" for {format_duration(now - endpoint.created)}" if endpoint.created is not None else ""
            yield WatchFault(
                check=Check.UNWATCHED_ENDPOINT,
                subject=endpoint.name,
                evidence=f"It has been in service{age}, without a running monitor and without an alarm.",
                fix=f"Run `kedge model onboard {endpoint.name}`, or delete the endpoint.",
            )


def is_unwatched(watched: EndpointMonitoring, now: datetime) -> bool:
    """Return whether an endpoint in service is older than a day, and no monitor or alarm reads it."""
    endpoint = watched.endpoint
    if endpoint.status != "InService" or watched.active_monitors or watched.alarms:
        return False
    return endpoint.created is None or now - endpoint.created >= YOUNG


def check_subscriptions(account: WatchedAccount) -> Iterator[WatchFault]:
    """Yield the subscriptions that are not confirmed, and topics without a confirmed one."""
    for topic in account.topics:
        yield from _of_topic(topic)


def check_permissions(account: WatchedAccount) -> Iterator[WatchFault]:
    """Yield the permissions that the watchdog lacks: it cannot find what it cannot read."""
    for refusal in account.refused:
        yield WatchFault(
            check=Check.WATCH_PERMISSION,
            subject=refusal.permission,
            evidence=f"AWS refuses {refusal.permission} to the function `watch`: {shorten(refusal.said, _SAID)}.",
            fix=f"Allow {refusal.permission} in the role of the function `watch`.",
        )


def _of_topic(topic: TopicFacts) -> Iterator[WatchFault]:
    confirmed = [each for each in topic.subscriptions if each.state is SubscriptionState.CONFIRMED]
    for each in topic.subscriptions:
        if each.state is SubscriptionState.PENDING:
            yield WatchFault(
                check=Check.SUBSCRIPTION,
                subject=f"{topic.name} {each.protocol} {_masked(each.address)}",
                evidence="This subscription waits for its confirmation, and receives nothing until then.",
                fix="Open the link in the mail of AWS Notifications, or subscribe the address again after 3 days.",
            )
    gone = topic.deleted + sum(each.state is SubscriptionState.DELETED for each in topic.subscriptions)
    if not confirmed:
        lost = f" {format_count(gone, 'subscription')} ended." if gone else ""
        yield WatchFault(
            check=Check.SUBSCRIPTION,
            subject=topic.name,
            evidence=f"No subscription to this topic is confirmed: messages to it reach no one.{lost}",
            fix="Subscribe an address with `aws sns subscribe`, and confirm it.",
        )
    elif gone:
        yield WatchFault(
            check=Check.SUBSCRIPTION,
            subject=topic.name,
            evidence=f"{format_count(gone, 'subscription')} to this topic ended, and {len(confirmed)} are confirmed.",
            fix="Subscribe the address again, or accept this state by removing the ended subscription.",
        )


def _masked(address: str) -> str:
    """Return an address without the part that names a person."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else address
