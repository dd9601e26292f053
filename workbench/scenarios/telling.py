"""The events so far, a few lines for each: why a receiver was notified or not."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from kedge.domain.decision import Queued, Suppressed
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.policy.durations import spell_duration
from workbench.scenarios.story import Entry


class Line(Struct, frozen=True, kw_only=True):
    """One line: the time since the start, its subject, its outcome, and the consequences.

    If the same outcome without consequences repeats several `times` in a row, up to `last`, it is one line.
    """

    after: str
    subject: str
    outcome: str
    details: tuple[str, ...] = ()
    times: int = 1
    last: str = ""


def so_far(entries: Iterable[Entry], start: datetime, until: datetime) -> Iterator[Line]:
    """Yield the story until a moment, without the reads that found everything unchanged."""
    before: Line | None = None
    for line in _lines(entries, start, until):
        if before is not None and _is_same(before, line):
            before = msgspec.structs.replace(before, times=before.times + 1, last=line.after)
            continue
        if before is not None:
            yield before
        before = line
    if before is not None:
        yield before


def _is_same(before: Line, line: Line) -> bool:
    return (before.subject, before.outcome, before.details, ()) == (line.subject, line.outcome, (), line.details)


def _lines(entries: Iterable[Entry], start: datetime, until: datetime) -> Iterator[Line]:
    for entry in entries:
        details = tuple(_details(entry, start))
        if entry.at > until or _says_nothing(entry) or (entry.by_timer and not details):
            continue
        yield Line(
            after=spell_duration(entry.at - start), subject=entry.subject, outcome=_outcome(entry), details=details
        )


def _says_nothing(entry: Entry) -> bool:
    """Return whether an entry is a read without consequences, or a sighting too rare to matter for a fleet."""
    decision = entry.decision
    if decision is None:
        return False
    seen = entry.monitor is Monitor.FLEET and decision.reason is Reason.NOTED
    return decision.reason is Reason.NOTHING_DUE or (seen and decision.incident is None)


def _outcome(entry: Entry) -> str:
    decision = entry.decision
    if decision is None:
        return entry.remark or "receives the gathered messages"
    told = decision.verdict is not None and decision.verdict.value != decision.reason.value and not entry.by_timer
    verdict = f"{decision.verdict}, " if told else ""
    return f"{verdict}{decision.reason}: {decision.because}"


def _details(entry: Entry, start: datetime) -> Iterator[str]:
    for told in entry.told:
        many = f", {told.incidents} incidents" if told.incidents > 1 else ""
        yield f"notified {told.receiver} ({told.why}{many})"
    for gathered in entry.gathered:
        yield _gathered(gathered, start)
    for suppressed in entry.suppressed:
        yield _suppressed(suppressed, start)


def _gathered(gathered: Queued, start: datetime) -> str:
    how = "in one digest" if gathered.digest else "with its group"
    return f"notifies {gathered.receiver} {how}, from {spell_duration(gathered.due - start)} on ({gathered.why})"


def _suppressed(suppressed: Suppressed, start: datetime) -> str:
    by = f" by {suppressed.by}" if suppressed.by and suppressed.by != suppressed.quiet else ""
    until = f"; re-evaluated at {spell_duration(suppressed.until - start)}" if suppressed.until is not None else ""
    return f"does not notify {suppressed.receiver} ({suppressed.why}): {suppressed.quiet}{by}{until}"
