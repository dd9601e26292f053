"""DynamoDB: the table, of which Kedge needs five calls. What the items mean, `kedge.ledger` knows."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched, islice
from typing import Any, Final

import msgspec

from kedge.adapters.calls import Client, Response, send
from kedge.adapters.dynamodb.attributes import Attributes, delete_of, item_of, key_attributes, key_of, put_of
from kedge.domain.errors import Transient
from kedge.ledger.items import INDEX, Change, Delete, Item, Key, Listing, Write, moment, stamp

# DynamoDB takes at most 36 characters of a token, and remembers it for ten minutes.
_TOKEN: Final = 36
# As many keys as BatchGetItem takes.
_BATCH: Final = 100
# Before and after every moment that `stamp` writes.
_FIRST, _LAST = "0", "~"


class Table:
    """A DynamoDB table with the keys `pk` and `sk`, and the index `ByTime` with the keys `listed` and `at`."""

    def __init__(self, dynamodb: Client, name: str) -> None:
        """`dynamodb` is boto3's client (not its resource), or one that answers like it."""
        self._dynamodb = dynamodb
        self._name = name

    def get(self, key: Key) -> Item | None:
        """The item under a key, as it is now and not as it was a moment ago. Raises Transient, Permanent."""
        answer = send(self._dynamodb.get_item, TableName=self._name, Key=key_attributes(key), ConsistentRead=True)
        return item_of(answer["Item"]) if answer.get("Item") else None

    def get_all(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """The items under keys, as they are now; those that are not there are left out. Raises Transient, Permanent."""
        found = {}
        for some in batched(dict.fromkeys(keys), _BATCH, strict=False):
            for attributes in self._batch([key_attributes(key) for key in some]):
                item = item_of(attributes)
                found[item.key] = item
        return found

    def partition(self, pk: str) -> Iterator[Item]:
        """All items of a partition, in the order of their sort keys. Raises Transient, Permanent."""
        values = {":pk": {"S": pk}}
        return map(item_of, self._query("pk = :pk", values, ConsistentRead=True))

    def newest(self, pk: str, since: str, most: int) -> list[Item]:
        """The last items of a partition whose sort keys are not before `since`, in their order, at most so many. Raises Transient, Permanent."""
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
        """Where lies what the index lists, in the order of time, at most so many. `since` and `until` are included.

        The index lags behind the table: an item may be gone, or be listed elsewhere by now. Raises Transient, Permanent.
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
        """Write one item. Raises Conflict where the version is another, Transient, Permanent."""
        send(self._dynamodb.put_item, **put_of(write, self._name))

    def change_all(self, changes: Iterable[Change], *, repeatable: bool = True) -> None:
        """Make all changes (of 100 items at most) or none.

        Raises Conflict where one of the versions is another or what must exist does not, Transient, Permanent. Where
        `repeatable`, the same changes bear the same token: a repetition of a transaction that was done, and whose answer was
        lost, is a success. Otherwise it is a Conflict, but for the repetitions that botocore makes by itself.
        """
        actions = [
            {"Delete": delete_of(change, self._name)}
            if isinstance(change, Delete)
            else {"Put": put_of(change, self._name)}
            for change in changes
        ]
        # Left out, botocore draws one for the call and keeps it when it tries again.
        token = {"ClientRequestToken": hashlib.sha256(msgspec.json.encode(actions)).hexdigest()[:_TOKEN]}
        send(self._dynamodb.transact_write_items, TransactItems=actions, **(token if repeatable else {}))

    def _batch(self, keys: list[Response]) -> Iterator[Attributes]:
        """What BatchGetItem answers; asked again for what it left out, as long as it answers anything at all."""
        while keys:
            asked = {self._name: {"Keys": keys, "ConsistentRead": True}}
            answer = send(self._dynamodb.batch_get_item, RequestItems=asked)
            yield from answer["Responses"].get(self._name, ())
            left = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if len(left) == len(keys):
                raise Transient("batch_get_item: DynamoDB answered nothing of what was asked for")
            keys = left

    def _query(self, condition: str, values: Mapping[str, Any], **more: object) -> Iterator[Attributes]:
        """Page after page, each read when it is wanted."""
        asked = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **more}
        start: Response = {}
        while True:
            page = send(self._dynamodb.query, TableName=self._name, **asked, **start)
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
