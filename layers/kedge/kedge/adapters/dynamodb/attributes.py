"""The items of the ledger in DynamoDB's own notation."""

from collections.abc import Mapping
from typing import Any, Final

from kedge.ledger.items import Delete, Item, ItemKind, Key, Listed, Listing, Write, moment, stamp

type Attributes = Mapping[str, Mapping[str, Any]]

_VERSION: Final = {"#version": "version"}


def key_attributes(key: Key) -> dict[str, dict[str, str]]:
    """Return the attributes of a key."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def key_of(attributes: Attributes) -> Key:
    """Return the key that is in the attributes of an item or of an index entry."""
    return Key(attributes["pk"]["S"], attributes["sk"]["S"])


def attributes_of(item: Item) -> dict[str, dict[str, str]]:
    """Return the attributes of an item. An item in the index has two more attributes."""
    listed = item.listed
    return {
        **key_attributes(item.key),
        "kind": {"S": str(item.kind)},
        "version": {"N": str(item.version)},
        "body": {"S": item.body},
        **({} if item.expires_at is None else {"expires_at": {"N": str(item.expires_at)}}),
        **({} if listed is None else {"listed": {"S": str(listed.under)}, "at": {"S": stamp(listed.at)}}),
    }


def item_of(attributes: Attributes) -> Item:
    """Return the item that has these attributes."""
    listed = (
        Listed(Listing(attributes["listed"]["S"]), moment(attributes["at"]["S"])) if "listed" in attributes else None
    )
    return Item(
        key=key_of(attributes),
        kind=ItemKind(attributes["kind"]["S"]),
        version=int(attributes["version"]["N"]),
        body=attributes["body"]["S"],
        expires_at=int(attributes["expires_at"]["N"]) if "expires_at" in attributes else None,
        listed=listed,
    )


def put_of(write: Write, table: str) -> dict[str, Any]:
    """Return the parameters of PutItem, or of a Put in a transaction."""
    put = {"TableName": table, "Item": attributes_of(write.item)}
    if write.newest:
        return {
            **put,
            "ConditionExpression": "attribute_not_exists(pk) OR #version <= :version",
            "ExpressionAttributeNames": _VERSION,
            "ExpressionAttributeValues": {":version": {"N": str(write.item.version)}},
        }
    match write.over:
        case None:
            return put
        case 0:
            return {**put, "ConditionExpression": "attribute_not_exists(pk)"}
        case version:
            return {
                **put,
                "ConditionExpression": "#version = :over",
                "ExpressionAttributeNames": _VERSION,
                "ExpressionAttributeValues": {":over": {"N": str(version)}},
            }


def delete_of(delete: Delete, table: str) -> dict[str, Any]:
    """Return the parameters of a Delete in a transaction."""
    asked = {"TableName": table, "Key": key_attributes(delete.key)}
    return {**asked, "ConditionExpression": "attribute_exists(pk)"} if delete.must_exist else asked
