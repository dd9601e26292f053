"""One trouble of one case, as both policies saw it: from the first incident of either until both were over."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct, field

from kedge.domain.incident import Incident, Severity
from kedge.domain.run import Monitor
from kedge.domain.target import Target


class Half(Struct, kw_only=True):
    """What one policy made of it.

    `opened` is when its first incident began, `newest` the id of its last, `severity` the worst it had; `kept` says why
    something bad opened none. `paged` are the receivers who heard of the newest incident as critical.
    """

    incidents: int = 0
    newest: str = ""
    opened: datetime | None = None
    is_open: bool = False
    severity: Severity | None = None
    messages: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    woken: int = 0
    paged: set[str] = field(default_factory=set)
    quiet: Counter[str] = field(default_factory=Counter)
    remedies: Counter[str] = field(default_factory=Counter)
    kept: str = ""

    def see(self, incident: Incident) -> bool:
        """Take in an incident as it now is. True where it is a new one."""
        new = incident.id != self.newest
        if new:
            self.incidents += 1
            self.newest = incident.id
            self.opened = self.opened or incident.since
            self.paged = set()
        if self.severity is None or incident.severity.rank > self.severity.rank:
            self.severity = incident.severity
        self.is_open = incident.is_open
        return new

    @property
    def sum(self) -> tuple[object, ...]:
        """What two halves are compared by."""
        return (self.incidents, self.opened, self.severity, self.messages, self.pages, self.woken, self.remedies)


class Episode(Struct, kw_only=True):
    """Both halves: that of the old policy and that of the new. `changed` is when either last heard of it."""

    target: Target
    monitor: Monitor
    began: datetime
    changed: datetime
    halves: tuple[Half, Half] = field(default_factory=lambda: (Half(), Half()))

    @property
    def is_open(self) -> bool:
        """Whether either policy has an incident open."""
        return any(half.is_open for half in self.halves)

    def takes(self, now: datetime, grace: timedelta) -> bool:
        """Whether what happens now still belongs to it."""
        return self.is_open or now - self.changed <= grace


class Difference(Struct, frozen=True, kw_only=True):
    """One trouble that the two policies treat differently, and why, in words."""

    at: datetime
    target: Target
    monitor: Monitor
    old: Half
    new: Half
    why: str

    @property
    def badness(self) -> tuple[int, int, int, int, float]:
        """Larger is worse: pages and nights that come or go, then what is critical, then other messages, then the earlier."""
        old, new = self.old, self.new
        alerting = abs(new.pages - old.pages) + abs(new.woken - old.woken)
        rank = max((half.severity.rank for half in (old, new) if half.severity is not None), default=0)
        messages = abs(new.messages.total() - old.messages.total())
        return alerting, rank, abs(new.incidents - old.incidents), messages, -self.at.timestamp()


def difference_of(episode: Episode) -> Difference | None:
    """What is different about the two halves, or None."""
    old, new = episode.halves
    if old.sum == new.sum:
        return None
    why = "; ".join(_reasons(old, new))
    return Difference(at=episode.began, target=episode.target, monitor=episode.monitor, old=old, new=new, why=why)


def _reasons(old: Half, new: Half) -> Iterator[str]:
    if not old.incidents or not new.incidents:
        name, half = ("old", old) if not old.incidents else ("new", new)
        yield f"{name} opens none: {half.kept or 'it saw nothing bad here'}"
        return
    yield from _opening(old, new)
    if old.severity is not new.severity:
        yield f"{old.severity} becomes {new.severity}"
    for receiver in sorted(old.messages.keys() | new.messages.keys()):
        before, after = old.messages[receiver], new.messages[receiver]
        if before != after:
            yield f"{receiver} gets {after} message{'' if after == 1 else 's'} instead of {before}"
    for name, half, other in (("old", old, new), ("new", new, old)):
        more = ", ".join(sorted(quiet for quiet in half.quiet if half.quiet[quiet] > other.quiet[quiet]))
        if more:
            yield f"kept quiet by {name}: {more}"
    if old.remedies != new.remedies:
        yield f"proposes {_named(new.remedies)} instead of {_named(old.remedies)}"


def _opening(old: Half, new: Half) -> Iterator[str]:
    if old.incidents != new.incidents:
        yield f"{new.incidents} incident{'' if new.incidents == 1 else 's'} instead of {old.incidents}"
    if old.opened is not None and new.opened is not None and old.opened != new.opened:
        late, half = ("later", new) if new.opened > old.opened else ("earlier", old)
        yield f"opens {abs(new.opened - old.opened)} {late}" + (f" ({half.kept})" if half.kept else "")


def _named(remedies: Counter[str]) -> str:
    return ", ".join(sorted(remedies)) or "nothing"
