"""Quiet that somebody asked for, with a name, a reason and an end."""

from datetime import datetime

from msgspec import Struct

from kedge.domain.provenance import shown


class Silence(Struct, frozen=True, kw_only=True):
    """Incidents that match all `matchers` are not told from `starts_at` until `ends_at` (UTC, not included).

    `author` is who last said how it is to be, an ARN that AWS confirmed if `proven`. `planned` ones stand in the policy and end when they say; the others may be expired earlier, which moves their end.
    `changed` is when somebody last said how it is to be: what was said before does not count any more, whenever it arrives.
    """

    id: str
    matchers: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str
    created: datetime | None = None
    changed: datetime | None = None
    planned: bool = False
    proven: bool = False

    @property
    def speaker(self) -> str:
        """The author's name as texts show it. The author of a planned silence stands in the policy, which nobody can sign."""
        return self.author if self.planned else shown(self.author, proven=self.proven)

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.starts_at <= now < self.ends_at
