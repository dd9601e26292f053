"""DynamoDB: the table and the five calls that Kedge needs. `kedge.ledger` knows the meaning of the items."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched, islice
from typing import Any, Final

import msgspec

from kedge.adapters.calls import Client, Response, send
from kedge.domain.errors import Transient
from kedge.ledger.items import INDEX, Change, Delete, Item, ItemKind, Key, Listed, Listing, Write, moment, stamp

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


# DynamoDB accepts at most 36 characters of a token and remembers it for 10 minutes.
_TOKEN: Final = 36
# The maximum number of keys of BatchGetItem.
_BATCH: Final = 100
# These bounds are before and after every moment that `stamp` writes.
_FIRST, _LAST = "0", "~"


class Table:
    """A DynamoDB table with the keys `pk` and `sk`, and the index `ByTime` with the keys `listed` and `at`."""

    def __init__(self, dynamodb: Client, name: str) -> None:
        """Keep `dynamodb` (boto3's client, not its resource, or a double of it) and the name of the table."""
        self._dynamodb = dynamodb
        self._name = name

    def get(self, key: Key) -> Item | None:
        """Return the item under a key, read consistently. Raises Transient or Permanent."""
        answer = send(self._dynamodb.get_item, TableName=self._name, Key=key_attributes(key), ConsistentRead=True)
        return item_of(answer["Item"]) if answer.get("Item") else None

    def get_all(self, keys: Iterable[Key], *, consistently: bool = True) -> dict[Key, Item]:
        """Return the items under keys, without missing ones. Raises Transient or Permanent.

        If they are not read `consistently`, they may be a second old, and cost half.
        """
        found = {}
        for some in batched(dict.fromkeys(keys), _BATCH, strict=False):
            for attributes in self._batch([key_attributes(key) for key in some], consistently=consistently):
                item = item_of(attributes)
                found[item.key] = item
        return found

    def partition(self, pk: str) -> Iterator[Item]:
        """Yield all items of a partition, ordered by sort key. Raises Transient or Permanent."""
        values = {":pk": {"S": pk}}
        return map(item_of, self._query("pk = :pk", values, ConsistentRead=True))

    def newest(self, pk: str, since: str, most: int) -> list[Item]:
        """Return at most `most` of the last items of a partition whose sort keys are not before `since`, in order.

        Raises Transient or Permanent.
        """
        values = {":pk": {"S": pk}, ":since": {"S": since}}
        found = self._query("pk = :pk AND sk >= :since", values, ScanIndexForward=False, Limit=most)
        return [item_of(attributes) for attributes in islice(found, most)][::-1]

    def listed(
        self,
        under: Listing,
        most: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        newest_first: bool = False,
    ) -> list[tuple[Key, datetime]]:
        """Return the keys and times of at most `most` index entries, by time, from `since` to `until` inclusive.

        The index lags behind the table: an item may be deleted or be listed elsewhere by now. Raises Transient or
        Permanent.
        """
        values = {
            ":listed": {"S": str(under)},
            ":since": {"S": stamp(since) if since else _FIRST},
            ":until": {"S": stamp(until) if until else _LAST},
        }
        entries = self._query(
            "listed = :listed AND #at BETWEEN :since AND :until",
            values,
            ExpressionAttributeNames={"#at": "at"},  # a reserved word
            IndexName=INDEX,
            ScanIndexForward=not newest_first,
            Limit=most,
        )
        return [(key_of(entry), moment(entry["at"]["S"])) for entry in islice(entries, most)]

    def put(self, write: Write) -> None:
        """Write one item. Raises Conflict if the version differs, Transient or Permanent."""
        send(self._dynamodb.put_item, **put_of(write, self._name))

    def change_all(self, changes: Iterable[Change], *, repeatable: bool = True) -> None:
        """Make all changes (at most 100 items) or none.

        If `repeatable`, the same changes have the same token. Then a repetition is a success if the transaction was
        done and its response was lost. Otherwise it is a Conflict, except for the repetitions that botocore makes
        itself.

        Raises:
            Conflict: a version differs, or a required item does not exist.
            Transient, Permanent: the call failed.
        """
        actions = [
            {"Delete": delete_of(change, self._name)}
            if isinstance(change, Delete)
            else {"Put": put_of(change, self._name)}
            for change in changes
        ]
        # If the token is left out, botocore creates one for the call and keeps it for its own retries.
        token = {"ClientRequestToken": hashlib.sha256(msgspec.json.encode(actions)).hexdigest()[:_TOKEN]}
        send(self._dynamodb.transact_write_items, TransactItems=actions, **(token if repeatable else {}))

    def _batch(self, keys: list[Response], *, consistently: bool) -> Iterator[Attributes]:
        """Yield the responses of BatchGetItem. It asks again for keys that were left out, while any are returned."""
        while keys:
            asked = {self._name: {"Keys": keys, "ConsistentRead": consistently}}
            answer = send(self._dynamodb.batch_get_item, RequestItems=asked)
            yield from answer["Responses"].get(self._name, ())
            left = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if len(left) == len(keys):
                raise Transient("batch_get_item: DynamoDB answered nothing of what was asked for")
            keys = left

    def _query(self, condition: str, values: Mapping[str, Any], **more: object) -> Iterator[Attributes]:
        """Yield page after page, each read on demand."""
        asked = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **more}
        start: Response = {}
        while True:
            page = send(self._dynamodb.query, TableName=self._name, **asked, **start)
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
