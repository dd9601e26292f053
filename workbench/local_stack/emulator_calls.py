"""Records the functions' calls to AWS. `emulator` loads it, and it imports nothing of ours either."""

import os
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

# IAM does not have batch actions: they require the permission of the single action.
_BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
}


class Calls:
    """The functions' calls: `(role and function, action, resource, partitions, allowed)`, counted.

    `partitions` are the kinds of partitions of a DynamoDB table that a call names (`CASE#`); `tables` knows them.
    """

    def __init__(self, faults: Any, tables: Any) -> None:
        self._faults = faults
        self._tables = tables
        self._counts: Counter[tuple[str, str, str, tuple[str, ...], bool]] = Counter()
        self._lock = threading.Lock()

    def watch(self, enforce: Callable[..., Any], sessions: Any) -> Callable[..., Any]:
        """Return `enforce` with a record of its answers. It returns None for an allowed call."""

        def watched(key: str, action: str, service: str, region: str, resource_arn: str = "*", **more: Any) -> Any:
            action = _BATCHES.get(action, action)
            if action == "cloudwatch:DescribeAlarms":
                resource_arn = f"arn:aws:cloudwatch:{region}:{os.environ['MINISTACK_ACCOUNT_ID']}:alarm:*"
            context = self._tables.in_context(resource_arn, more.pop("service_context", None))
            denied = enforce(key, action, service, region, resource_arn=resource_arn, service_context=context, **more)
            session = sessions.get(key)
            if session is None:
                return denied
            self.note(session["Arn"], action, str(resource_arn), denied is None, *self._tables.kinds(context))
            (operation,) = (context or {}).get("dynamodb:EnclosingOperation") or ("",)
            function = session["Arn"].rpartition("/")[2]
            return denied or self._faults.strike(
                function=function, action=action, resource=resource_arn, operation=operation
            )

        return watched

    def note(self, principal: str, action: str, resource: str, allowed: bool, *partitions: str) -> None:
        """Record a call that another component judged."""
        with self._lock:
            self._counts[principal, action, resource, partitions, allowed] += 1

    def listed(self) -> list[dict[str, Any]]:
        """Return the calls for people and tests, in no order."""
        with self._lock:
            return [
                {
                    "principal": principal,
                    "action": action,
                    "resource": resource,
                    "partitions": list(partitions),
                    "allowed": allowed,
                    "times": times,
                }
                for (principal, action, resource, partitions, allowed), times in self._counts.items()
            ]
