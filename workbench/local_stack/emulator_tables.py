"""Adds the partition keys of DynamoDB requests to IAM's context, which MiniStack lacks.

`emulator` loads it, and it imports nothing of ours either.

`dynamodb:LeadingKeys` holds the partition keys of all items that a request names; for a Query of an index, the index's
own. Each item of a transaction is judged as its own action, by its own key. Its resource is an ARN that carries the
key.

Source: the developer guide of DynamoDB, "Using IAM policy conditions for fine-grained access control" and "Using IAM
with DynamoDB transactions".
"""

# ruff: noqa: SLF001  changes of MiniStack need its internals
import json
import re
from collections.abc import Iterator
from typing import Any

LEADING_KEYS = "dynamodb:LeadingKeys"

_MEMBERS = ("ConditionCheck", "Put", "Update", "Delete", "Get")
# DynamoDB accepts the condition on the partition key first or second, as an equality. The one on the sort key may be an
# equality, too.
_EQUALITY = re.compile(r"(#\w++|(?<!\w)\w++)\s*+=\s*+(:\w+)")


class OfItem(str):
    """The ARN of a table, for one item of it."""

    __slots__ = ("key",)
    key: str


def kinds(context: dict[str, Any] | None) -> list[str]:
    """Return the kinds of partitions that a request names: `CASE#` for `CASE#111122223333/…`."""
    keys = (context or {}).get(LEADING_KEYS) or []
    return sorted({key[: key.index("#") + 1] if "#" in key else key for key in keys})


def in_context(resource_arn: str, context: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the context of a request, or of its one item that a resource represents."""
    if not isinstance(resource_arn, OfItem):
        return context
    return {**(context or {}), LEADING_KEYS: [resource_arn.key]}


def tell_partition_keys(actions: Any, dynamodb: Any) -> None:
    """Add the partition keys that a request to DynamoDB names to its context."""
    context_of, checks_of = actions.dynamodb_service_context, actions.dynamodb_transaction_checks

    def dynamodb_service_context(body: bytes) -> dict[str, Any]:
        keys = list(_keys(_read(body), dynamodb))
        return {**context_of(body), **({LEADING_KEYS: keys} if keys else {})}

    def dynamodb_transaction_checks(action: str, body: bytes, *where: str) -> list[tuple[str, str]]:
        checks = checks_of(action, body, *where)
        keys = list(_of_transaction(_read(body), dynamodb)) if checks else []
        return [(each, _of_item(arn, key)) for (each, arn), key in zip(checks, keys, strict=True)]

    actions.dynamodb_service_context = dynamodb_service_context
    actions.dynamodb_transaction_checks = dynamodb_transaction_checks


def _of_item(arn: str, key: str) -> OfItem:
    found = OfItem(arn)
    found.key = key
    return found


def _read(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _keys(data: dict[str, Any], dynamodb: Any) -> Iterator[str]:
    """Yield the partition keys of a request that is not a transaction."""
    for part in ("Key", "Item"):
        if part in data:
            yield _key(data[part], data.get("TableName", ""), dynamodb)
    for table, asked in (data.get("RequestItems") or {}).items():
        for key in asked["Keys"] if isinstance(asked, dict) else [_written(each) for each in asked]:
            yield _key(key, table, dynamodb)
    if "KeyConditionExpression" in data:
        yield from _of_query(data, dynamodb)


def _written(request: dict[str, Any]) -> dict[str, Any]:
    """Return the item or key of one part of BatchWriteItem."""
    ((_, asked),) = request.items()
    written: dict[str, Any] = asked.get("Item") or asked.get("Key") or {}
    return written


def _of_query(data: dict[str, Any], dynamodb: Any) -> Iterator[str]:
    names, values = data.get("ExpressionAttributeNames") or {}, data.get("ExpressionAttributeValues") or {}
    wanted = _hash_name(data.get("TableName", ""), dynamodb, data.get("IndexName"))
    for name, value in _EQUALITY.findall(data["KeyConditionExpression"]):
        if names.get(name, name) == wanted and value in values:
            yield _text(values[value])


def _of_transaction(data: dict[str, Any], dynamodb: Any) -> Iterator[str]:
    """Yield the partition key of each item of a transaction, in the order of MiniStack's checks."""
    for item in data.get("TransactItems") or []:
        for member in _MEMBERS:
            detail = item.get(member) if isinstance(item, dict) else None
            if isinstance(detail, dict) and detail.get("TableName"):
                yield _key(detail.get("Item") or detail.get("Key") or {}, detail["TableName"], dynamodb)


def _key(attributes: dict[str, Any], table: str, dynamodb: Any) -> str:
    return _text(attributes.get(_hash_name(table, dynamodb)) or {})


def _hash_name(table: str, dynamodb: Any, index: str | None = None) -> str:
    """Return the name of the partition key of a table or of its index."""
    known = dynamodb._tables.get(table.rpartition("/")[2]) or {}
    indexes = known.get("GlobalSecondaryIndexes") or []
    schema = next((each["KeySchema"] for each in indexes if each["IndexName"] == index), known.get("KeySchema") or [])
    return next((part["AttributeName"] for part in schema if part["KeyType"] == "HASH"), "")


def _text(value: dict[str, Any]) -> str:
    """Return the value of a key of any of the three types of keys."""
    return str(next(iter(value.values()), ""))
