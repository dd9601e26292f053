"""Lets MiniStack show what the watchdog looks for: subscriptions without a confirmation, and alarms of some age.

Runs in MiniStack's own interpreter.
"""

# ruff: noqa: SLF001  mending MiniStack means reaching into it
from typing import Any

_ARN = "<SubscriptionArn>{}</SubscriptionArn>"


def show_pending_subscriptions(sns: Any) -> None:
    """List a subscription without confirmation as SNS does: with `PendingConfirmation` in place of its ARN."""
    listing = sns._list_subscriptions_by_topic

    def listed(params: dict[str, Any]) -> Any:
        status, headers, body = listing(params)
        topic, error = sns._get_topic(sns._p(params, "TopicArn"), "sns:ListSubscriptionsByTopic")
        if error is not None:
            return status, headers, body
        text = body.decode() if isinstance(body, bytes) else body
        for each in topic["subscriptions"]:
            if not each["confirmed"]:
                text = text.replace(_ARN.format(each["arn"]), _ARN.format("PendingConfirmation"))
        return status, headers, text.encode()

    sns._list_subscriptions_by_topic = listed


def make_alarm_older(cloudwatch: Any, query: dict[str, str]) -> dict[str, int]:
    """Move the last change of an alarm's state (`alarm`) into the past by `hours`. Returns the number of alarms."""
    found = [alarm for _, alarm in cloudwatch._alarms.all_items() if alarm["AlarmName"] == query["alarm"]]
    for alarm in found:
        for key in ("StateUpdatedTimestamp", "StateTransitionedTimestamp"):
            alarm[key] = int(alarm.get(key, alarm["StateUpdatedTimestamp"])) - int(float(query["hours"]) * 3_600)
    return {"alarms": len(found)}
