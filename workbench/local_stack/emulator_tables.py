"""What DynamoDB tells IAM of a request, and MiniStack does not: its partition keys. Loaded by `emulator`, imports nothing of ours.

`dynamodb:LeadingKeys` holds the partition keys of all items that a request names; of a Query of an index, the index's own. Each item of
a transaction is judged as the action that it is, by its own key: its resource is an ARN that brings the key with it.

Source: the developer guide of DynamoDB, "Using IAM policy conditions for fine-grained access control" and "Using IAM with DynamoDB
transactions".
"""

# ruff: noqa: SLF001  mending MiniStack means reaching into it
import json
import re
from collections.abc import Iterator
from typing import Any

LEADING_KEYS = "dynamodb:LeadingKeys"

_MEMBERS = ("ConditionCheck", "Put", "Update", "Delete", "Get")
# DynamoDB takes the condition on the partition key first or second, as an equality; the one on the sort key may be one, too.
_EQUALITY = re.compile(r"(#\w++|(?<!\w)\w++)\s*+=\s*+(:\w+)")


class OfItem(str):
    """The ARN of a table, for one item of it."""

    __slots__ = ("key",)
    key: str


def kinds(context: dict[str, Any] | None) -> list[str]:
    """The kinds of partitions that a request names: `CASE#` of `CASE#111122223333/…`."""
    keys = (context or {}).get(LEADING_KEYS) or []
    return sorted({key[: key.index("#") + 1] if "#" in key else key for key in keys})


def in_context(resource_arn: str, context: dict[str, Any] | None) -> dict[str, Any] | None:
    """The context of a request, or of the one item of it that a resource stands for."""
    if not isinstance(resource_arn, OfItem):
        return context
    return {**(context or {}), LEADING_KEYS: [resource_arn.key]}


def tell_partition_keys(actions: Any, dynamodb: Any) -> None:
    """Let the context of a request to DynamoDB have the partition keys that it names."""
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
    """The partition keys of a request that is no transaction."""
    for part in ("Key", "Item"):
        if part in data:
            yield _key(data[part], data.get("TableName", ""), dynamodb)
    for table, asked in (data.get("RequestItems") or {}).items():
        for key in asked["Keys"] if isinstance(asked, dict) else [_written(each) for each in asked]:
            yield _key(key, table, dynamodb)
    if "KeyConditionExpression" in data:
        yield from _of_query(data, dynamodb)


def _written(request: dict[str, Any]) -> dict[str, Any]:
    """The item or key of one part of BatchWriteItem."""
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
    """The partition key of each item of a transaction, in the order in which MiniStack judges them."""
    for item in data.get("TransactItems") or []:
        for member in _MEMBERS:
            detail = item.get(member) if isinstance(item, dict) else None
            if isinstance(detail, dict) and detail.get("TableName"):
                yield _key(detail.get("Item") or detail.get("Key") or {}, detail["TableName"], dynamodb)


def _key(attributes: dict[str, Any], table: str, dynamodb: Any) -> str:
    return _text(attributes.get(_hash_name(table, dynamodb)) or {})


def _hash_name(table: str, dynamodb: Any, index: str | None = None) -> str:
    """What the partition key of a table, or of an index of it, is called."""
    known = dynamodb._tables.get(table.rpartition("/")[2]) or {}
    indexes = known.get("GlobalSecondaryIndexes") or []
    schema = next((each["KeySchema"] for each in indexes if each["IndexName"] == index), known.get("KeySchema") or [])
    return next((part["AttributeName"] for part in schema if part["KeyType"] == "HASH"), "")


def _text(value: dict[str, Any]) -> str:
    """A value of a key, of whichever of the three types that keys may have."""
    return str(next(iter(value.values()), ""))
