"""The common parts of all List operations: filters by time, name and status, sorting, pages."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.world import Document

_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The differences between one List operation and the others.

    `name` and `status` are the records' own fields; `status` is empty if they do not have one. `equal` maps a filter of
    the request to the field that must equal it. `orders` maps a SortBy value to its field. SageMaker's default page has
    10 items.
    """

    name: str
    orders: dict[str, str]
    status: str = ""
    equal: dict[str, str] = field(default_factory=dict)
    by: str = "CreationTime"
    direction: str = "Descending"
    size: int = 10

    def select(self, records: Iterable[Document], request: Document) -> tuple[list[Document], Document]:
        """Return the records of this page, and `{"NextToken": …}` if another page follows.

        Raises ApiError for a bad token.
        """
        kept = [record for record in records if self._passes(record, request)]
        field = self.orders[request.get("SortBy", self.by)]
        kept.sort(
            key=lambda record: record.get(field, _BEGINNING),
            reverse=request.get("SortOrder", self.direction) == "Descending",
        )
        return page(kept, request, self.size)

    def _passes(self, record: Document, request: Document) -> bool:
        if request.get("NameContains", "") not in record[self.name]:
            return False
        if "StatusEquals" in request and record[self.status] != request["StatusEquals"]:
            return False
        if any(key in request and record.get(field) != request[key] for key, field in self.equal.items()):
            return False
        for moment in ("CreationTime", "LastModifiedTime", "ScheduledTime"):
            if f"{moment}After" in request and not record[moment] > request[f"{moment}After"]:
                return False
            if f"{moment}Before" in request and not record[moment] < request[f"{moment}Before"]:
                return False
        return True


def page(records: list[Document], request: Document, size: int) -> tuple[list[Document], Document]:
    """Return one page of records that are already filtered and sorted, and its `NextToken`."""
    start = _offset(request["NextToken"]) if "NextToken" in request else 0
    end = start + request.get("MaxResults", size)
    more = {"NextToken": base64.b64encode(f"from:{end}".encode()).decode()} if end < len(records) else {}
    return records[start:end], more


def _offset(token: str) -> int:
    try:
        word, number = base64.b64decode(token, validate=True).decode().split(":")
        if word == "from":
            return int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError) as fault:
        raise invalid("Invalid NextToken") from fault
    raise invalid("Invalid NextToken")
