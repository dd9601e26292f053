"""DynamoDB in memory, as far as the table uses it: conditions, transactions, the index by time, and refusals.

The adapters of the table pass the ledger's contracts on it without the local stack: tests/contracts.
"""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any, Final

from botocore.exceptions import ClientError

MOST: Final = 100
LARGEST: Final = 400 * 1024
LARGEST_TRANSACTION: Final = 4 * 1024 * 1024

type Item = dict[str, dict[str, str]]
type Name = tuple[str, str]

_CONDITIONS: Final[dict[str, Callable[[Item | None, dict[str, str]], bool]]] = {
    "attribute_not_exists(pk)": lambda item, _: item is None,
    "attribute_exists(pk)": lambda item, _: item is not None,
    "#version = :over": lambda item, values: item is not None and item["version"]["N"] == values[":over"],
    "attribute_not_exists(pk) OR #version <= :version": lambda item, values: (
        item is None or int(item["version"]["N"]) <= int(values[":version"])
    ),
}


def _refused(code: str, message: str, **more: object) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, **more}, "DynamoDB")  # type: ignore[arg-type]


class MemoryDynamoDB:
    """One table. It answers like boto3's client; `records` are the images of the written items, as in the stream."""

    def __init__(self) -> None:
        self.items: dict[Name, Item] = {}
        self.records: list[tuple[str, Item]] = []
        self._done: set[str] = set()
        self._lock = Lock()

    def get_item(self, *, Key: Item, **_: object) -> dict[str, Any]:  # noqa: N803  boto3's own names
        found = self.items.get(_name(Key))
        return {} if found is None else {"Item": found}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        answers = {}
        for table, asked in RequestItems.items():
            names = [_name(key) for key in asked["Keys"]]
            if len(names) > MOST or len(set(names)) < len(names):
                raise _refused("ValidationException", "Provided list of item keys contains duplicates, or too many")
            answers[table] = [self.items[name] for name in names if name in self.items]
        return {"Responses": answers}

    def put_item(self, **put: Any) -> dict[str, Any]:
        with self._lock:
            _check_size(put)
            if not self._holds(put):
                raise _refused("ConditionalCheckFailedException", "The conditional request failed")
            self._change(put)
        return {}

    def transact_write_items(
        self,
        *,
        TransactItems: list[dict[str, Any]],  # noqa: N803
        ClientRequestToken: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        with self._lock:
            if ClientRequestToken is not None and ClientRequestToken in self._done:
                return {}
            changes = [change for action in TransactItems for change in action.values()]
            names = [_name(change.get("Item") or change["Key"]) for change in changes]
            if len(changes) > MOST or len(set(names)) < len(names):
                raise _refused(
                    "ValidationException", "Transaction request cannot include multiple operations on one item"
                )
            if sum(map(_check_size, changes)) > LARGEST_TRANSACTION:
                raise _refused("ValidationException", "Collection of items is too large")
            held = [self._holds(change) for change in changes]
            if not all(held):
                reasons = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in held]
                raise _refused("TransactionCanceledException", "Transaction cancelled", CancellationReasons=reasons)
            for change in changes:
                self._change(change)
            if ClientRequestToken is not None:
                self._done.add(ClientRequestToken)
        return {}

    def query(
        self,
        *,
        ExpressionAttributeValues: dict[str, dict[str, str]],  # noqa: N803
        IndexName: str | None = None,  # noqa: N803
        ScanIndexForward: bool = True,  # noqa: N803
        Limit: int | None = None,  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        values = {name: value["S"] for name, value in ExpressionAttributeValues.items()}
        if IndexName is None:
            since = values.get(":since", "")
            here = [item for name, item in sorted(self.items.items()) if name[0] == values[":pk"] and name[1] >= since]
            return {"Items": (here if ScanIndexForward else here[::-1])[:Limit]}
        found = sorted(self._listed(values), key=lambda item: item["at"]["S"], reverse=not ScanIndexForward)
        return {"Items": [{name: item[name] for name in ("pk", "sk", "listed", "at")} for item in found[:Limit]]}

    def _listed(self, values: dict[str, str]) -> Iterator[Item]:
        for item in self.items.values():
            is_there = item.get("listed", {}).get("S") == values[":listed"]
            if is_there and values[":since"] <= item["at"]["S"] <= values[":until"]:
                yield item

    def _holds(self, change: dict[str, Any]) -> bool:
        condition = change.get("ConditionExpression")
        values = {name: value["N"] for name, value in change.get("ExpressionAttributeValues", {}).items()}
        known = self.items.get(_name(change.get("Item") or change["Key"]))
        return condition is None or _CONDITIONS[condition](known, values)

    def _change(self, change: dict[str, Any]) -> None:
        if (item := change.get("Item")) is None:
            self.items.pop(_name(change["Key"]), None)
            return
        self.records.append(("MODIFY" if _name(item) in self.items else "INSERT", item))
        self.items[_name(item)] = item


def _name(key: Item) -> Name:
    return key["pk"]["S"], key["sk"]["S"]


def _check_size(change: dict[str, Any]) -> int:
    """Return the bytes of an item with its names, as DynamoDB counts them. Raises DynamoDB's error for a larger item."""
    item = change.get("Item", {})
    size = sum(len(name.encode()) + len(next(iter(value.values())).encode()) for name, value in item.items())
    if size > LARGEST:
        raise _refused("ValidationException", "Item size has exceeded the maximum allowed size")
    return size
