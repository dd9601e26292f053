"""The differences as one JSON object."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from workbench.backtest.counts import Counts
from workbench.backtest.episode import Difference, Half
from workbench.backtest.run import Backtest

LISTED: Final = 1_000
"""The maximum number of printed incidents that differ."""


def object_of(run: Backtest, recordings: Sequence[str]) -> dict[str, Any]:
    """Return the whole comparison; each number has `old`, `new` and `difference`."""
    old, new = run.tally.policies
    listed = [_difference(each) for each in islice(run.tally.worst(), LISTED)]
    return {
        "recordings": list(recordings),
        "old": old.label,
        "new": new.label,
        "from": _time(run.began),
        "until": _time(run.ended),
        "signals": run.signals,
        "runs": run.runs,
        "totals": {name: _row(row) for name, row in rows(*run.tally.counts)},
        "differing": run.tally.differing,
        "incidents": listed,
        "left_out": run.tally.differing - len(listed),
        "unread": len(run.faults),
    }


def rows(old: Counts, new: Counts) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield every compared number by its name, in the order of importance."""
    yield "pages", (old.pages.total(), new.pages.total())
    yield from _each("pages", old.pages, new.pages)
    yield "woken at night", (old.woken.total(), new.woken.total())
    yield from _each("woken at night", old.woken, new.woken)
    yield "incidents opened", (old.incidents, new.incidents)
    yield "messages", (old.messages.total(), new.messages.total())
    yield from _each("messages", old.messages, new.messages)
    yield "messages about several incidents", (old.several, new.several)
    yield "digests", (old.digests, new.digests)
    yield "quieted", (old.suppressed.total(), new.suppressed.total())
    yield from _each("quieted", old.suppressed, new.suppressed)
    yield "remedies proposed", (old.remedies.total(), new.remedies.total())
    yield from _each("remedies proposed", old.remedies, new.remedies)


def _each(of: str, old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[tuple[str, tuple[int, int]]]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name, 0) or new.get(name, 0):
            yield f"{of}: {name}", (old.get(name, 0), new.get(name, 0))


def _row(row: tuple[int, int]) -> dict[str, int]:
    return {"old": row[0], "new": row[1], "difference": row[1] - row[0]}


def _difference(each: Difference) -> dict[str, Any]:
    return {
        "at": _time(each.at),
        "target": str(each.target),
        "monitor": each.monitor,
        "why": each.why,
        "old": _half(each.old),
        "new": _half(each.new),
    }


def _half(half: Half) -> dict[str, Any]:
    return {
        "incidents": half.incidents,
        "incident": half.newest or None,
        "opened": _time(half.opened),
        "severity": half.severity,
        "messages": dict(sorted(half.messages.items())),
        "pages": half.pages,
        "woken": half.woken,
        "quieted": dict(sorted(half.quiet.items())),
        "remedies": dict(sorted(half.remedies.items())),
    }


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at is not None else None
