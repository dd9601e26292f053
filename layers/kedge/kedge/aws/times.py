"""Times as boto3 gives them, as Kedge keeps them."""

from datetime import UTC, datetime


def utc(when: datetime | None) -> datetime | None:
    """The same moment in UTC. boto3 gives the machine's own zone."""
    return None if when is None else when.astimezone(UTC)
