"""What receivers and groups were told lately, so that noise stays bounded."""

from datetime import datetime

from msgspec import Struct


class Pace(Struct, frozen=True):
    """When a receiver was last sent messages, oldest first; as many as its limit allows in its span."""

    sent: tuple[datetime, ...] = ()


class Group(Struct, frozen=True, kw_only=True):
    """When a group was last told, and until when it waits for more before it is told again (None: it does not wait)."""

    last: datetime | None = None
    waiting_until: datetime | None = None
