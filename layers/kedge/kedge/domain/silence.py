"""A suppression on request, with a name, a reason and an end."""

from datetime import datetime

from msgspec import Struct

from kedge.domain.provenance import shown


class Silence(Struct, frozen=True, kw_only=True):
    """The suppression of incidents that match all `matchers`, from `starts_at` until `ends_at` (UTC, not included).

    `author` is who changed it last, an ARN that AWS confirmed if `proven`. `planned` ones are in the policy and end at
    their own time; the others may be expired earlier, which moves their end. `changed` is the time of the last change:
    an older change does not count, even if it arrives later.
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
    def author_name(self) -> str:
        """Return the author's name for texts. The author of a planned silence is in the policy, which is not signed."""
        return self.author if self.planned else shown(self.author, proven=self.proven)

    def holds(self, now: datetime) -> bool:
        """Return whether it is active."""
        return self.starts_at <= now < self.ends_at
