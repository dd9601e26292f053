"""DynamoDB: the table, of which Kedge needs four calls. What the items mean, `kedge.ledger` knows."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from kedge.aws.calls import Client, Response, tell
from kedge.ledger.items import Item, Key, Kind, Write

_VERSION: Final = {"#version": "version"}
# DynamoDB takes at most 36 characters of a token, and remembers it for ten minutes.
_TOKEN: Final = 36

type _Attributes = Mapping[str, Mapping[str, Any]]


class Table:
    """A DynamoDB table with the keys `pk` and `sk`."""

    def __init__(self, dynamodb: Client, name: str) -> None:
        """`dynamodb` is boto3's client (not its resource), or one that answers like it."""
        self._dynamodb = dynamodb
        self._name = name

    def get(self, key: Key) -> Item | None:
        """The item under a key, as it is now and not as it was a moment ago. Raises Transient, Permanent."""
        answer = tell(
            self._dynamodb.get_item,
            TableName=self._name,
            Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}},
            ConsistentRead=True,
        )
        return _item(answer["Item"]) if answer.get("Item") else None

    def partition(self, pk: str) -> Iterator[Item]:
        """All items of a partition, in the order of their sort keys. Raises Transient, Permanent."""
        more: Response = {}
        while True:
            page = tell(
                self._dynamodb.query,
                TableName=self._name,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ConsistentRead=True,
                **more,
            )
            yield from map(_item, page["Items"])
            if not page.get("LastEvaluatedKey"):
                return
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def put(self, write: Write) -> None:
        """Write one item. Raises Conflict where the version is another, Transient, Permanent."""
        tell(self._dynamodb.put_item, **self._put(write))

    def put_all(self, writes: Iterable[Write]) -> None:
        """Write all (100 at most) or none. Raises Conflict where one of the versions is another, Transient, Permanent.

        The same writes bear the same token: a repetition of a transaction that was done, and whose answer was lost, is
        a success.
        """
        puts = [{"Put": self._put(write)} for write in writes]
        token = hashlib.sha256(msgspec.json.encode(puts)).hexdigest()[:_TOKEN]
        tell(self._dynamodb.transact_write_items, TransactItems=puts, ClientRequestToken=token)

    def _put(self, write: Write) -> dict[str, Any]:
        put = {"TableName": self._name, "Item": _attributes(write.item)}
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


def _attributes(item: Item) -> dict[str, dict[str, str]]:
    attributes = {
        "pk": {"S": item.key.pk},
        "sk": {"S": item.key.sk},
        "kind": {"S": str(item.kind)},
        "version": {"N": str(item.version)},
        "body": {"S": item.body},
    }
    return attributes if item.expires_at is None else {**attributes, "expires_at": {"N": str(item.expires_at)}}


def _item(attributes: _Attributes) -> Item:
    return Item(
        key=Key(attributes["pk"]["S"], attributes["sk"]["S"]),
        kind=Kind(attributes["kind"]["S"]),
        version=int(attributes["version"]["N"]),
        body=attributes["body"]["S"],
        expires_at=int(attributes["expires_at"]["N"]) if "expires_at" in attributes else None,
    )
