"""One problem of one case under both policies: from the first incident of either until both are over."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct, field

from kedge.domain.incident import Incident, Severity
from kedge.domain.run import Monitor
from kedge.domain.target import Target


class Half(Struct, kw_only=True):
    """The result of one policy.

    `opened` is when its first incident began, `newest` the id of its last, `severity` its highest one. `kept` says why
    a bad run opened none. `paged` are the receivers of a critical message about the newest incident.
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
        """Record the current state of an incident; return True if it is new."""
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
        """Return the values that two halves are compared by."""
        return (self.incidents, self.opened, self.severity, self.messages, self.pages, self.woken, self.remedies)


class Episode(Struct, kw_only=True):
    """Both halves: the old policy's and the new one's. `changed` is when either last received something."""

    target: Target
    monitor: Monitor
    began: datetime
    changed: datetime
    halves: tuple[Half, Half] = field(default_factory=lambda: (Half(), Half()))

    @property
    def is_open(self) -> bool:
        """Return whether either policy has an open incident."""
        return any(half.is_open for half in self.halves)

    def takes(self, now: datetime, grace: timedelta) -> bool:
        """Return whether an event at this time still belongs to the episode."""
        return self.is_open or now - self.changed <= grace


class Difference(Struct, frozen=True, kw_only=True):
    """One problem that the two policies handle differently, with the reason in words."""

    at: datetime
    target: Target
    monitor: Monitor
    old: Half
    new: Half
    why: str

    @property
    def badness(self) -> tuple[int, int, int, int, float]:
        """Return a sort key; larger is worse.

        The order is: pages and nights that appear or disappear, critical incidents, other messages, earlier start.
        """
        old, new = self.old, self.new
        alerting = abs(new.pages - old.pages) + abs(new.woken - old.woken)
        rank = max((half.severity.rank for half in (old, new) if half.severity is not None), default=0)
        messages = abs(new.messages.total() - old.messages.total())
        return alerting, rank, abs(new.incidents - old.incidents), messages, -self.at.timestamp()


def difference_of(episode: Episode) -> Difference | None:
    """Return the difference between the two halves, or None."""
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
            yield f"suppressed by {name}: {more}"
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
