"""A ledger's table, as far as recording reads it: boto3's client of DynamoDB over a few items."""

from typing import Any

from kedge.domain.incident import Incident
from kedge.ledger.items import Listing, encode, stamp
from kedge.ledger.keys import incident_key

type Attributes = dict[str, Any]


class LedgerTable:
    """Open incidents, and the policy that is kept."""

    def __init__(self, incidents: tuple[Incident, ...], policy: str | None = None) -> None:
        self.listed = [_attributes(incident_key(each.id).pk, "INCIDENT", encode(each), each) for each in incidents]
        self.kept = None if policy is None else _attributes("POLICY", "KEPT", policy)

    def get_item(self, *, Key: Attributes, **_: object) -> Attributes:  # noqa: N803  boto3's own names
        return {"Item": self.kept} if self.kept and Key["pk"]["S"] == "POLICY" else {}

    def query(self, *, ExpressionAttributeValues: Attributes, **_: object) -> Attributes:  # noqa: N803
        wanted = ExpressionAttributeValues[":listed"]["S"]
        return {"Items": [item for item in self.listed if item["listed"]["S"] == wanted]}

    def batch_get_item(self, *, RequestItems: Attributes) -> Attributes:  # noqa: N803
        ((table, asked),) = RequestItems.items()
        keys = [key["pk"] for key in asked["Keys"]]
        return {"Responses": {table: [item for item in self.listed if item["pk"] in keys]}}


def _attributes(pk: str, sk: str, body: str, incident: Incident | None = None) -> Attributes:
    item = {"pk": {"S": pk}, "sk": {"S": sk}, "kind": {"S": "incident" if incident else "policy"}}
    item |= {"version": {"N": "1"}, "body": {"S": body}}
    if incident is not None:
        item |= {"listed": {"S": str(Listing.OPEN)}, "at": {"S": stamp(incident.since)}}
    return item
