"""The contributors of an alarm with several time series: each is a source of its own, and the whole covers all of them."""

from datetime import timedelta
from typing import Final

import msgspec

from kedge.domain.decision import CaseState, SourceState
from kedge.domain.ids import part_of
from kedge.domain.incident import Problem
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged

LISTED: Final = 20
"""The maximum number of contributors that an incident lists."""

_WELL: Final = 64
"""The maximum number of stored contributors that are well. They show that a late signal of theirs is old."""

_EVALUATION: Final = timedelta(minutes=1)
"""The whole alarm and its contributors change within one evaluation, and each sends its own event."""


def speaks_for(signal: AlarmChanged, source: str) -> bool:
    """Return whether a signal covers a source: the whole alarm covers its contributors."""
    return source == signal.source or (not signal.contributor and _is_part(source, signal.whole))


def whole_of(state: CaseState, signal: AlarmChanged, *, confirmed: bool) -> SourceState | None:
    """Return the state of the whole alarm if the signal is about a contributor; else None."""
    return state.last_of(signal.whole, confirmed=confirmed) if signal.contributor else None


def is_told_already(state: CaseState, signal: AlarmChanged, *, confirmed: bool) -> bool:
    """Return whether the firing alarm was already reported by its other half.

    The whole is reported by a contributor, and a contributor by the whole. A contributor that fires later than the
    whole is news.
    """
    if not signal.contributor:
        known = state.sources if confirmed else state.unconfirmed
        return any(last.bad and _is_part(name, signal.whole) for name, last in known.items())
    whole = whole_of(state, signal, confirmed=confirmed)
    return whole is not None and whole.bad and abs(signal.at - whole.at) <= _EVALUATION


def settled(sources: dict[str, SourceState], signal: AlarmChanged, last: SourceState) -> dict[str, SourceState]:
    """Return the sources after an alarm's signal: if the whole alarm is OK, so are all of its contributors.

    Args:
        sources: those of the case, by name.
        signal: the alarm's.
        last: the current state of its source.
    """
    if signal.contributor:
        return _few(sources)
    if last.verdict is not Verdict.OK:
        return sources
    ended = {
        name: msgspec.structs.replace(each, bad=False, verdict=Verdict.OK, at=last.at, finished=last.finished)
        for name, each in sources.items()
        if _is_part(name, signal.whole) and each.at <= last.at
    }
    return {**sources, **ended}


def listed(before: Problem, problem: Problem) -> Problem:
    """Return a problem with the listed contributors of the one before it, up to the maximum."""
    both = tuple(dict.fromkeys((*before.contributors, *problem.contributors)))
    return msgspec.structs.replace(problem, contributors=both[-LISTED:], alarm=problem.alarm or before.alarm)


def without_part(problem: Problem, signal: AlarmChanged) -> Problem:
    """Return a problem without the contributor that has recovered."""
    left = tuple(each for each in problem.contributors if each != signal.part)
    return msgspec.structs.replace(problem, contributors=left)


def _is_part(source: str, whole: str) -> bool:
    return source.startswith(part_of(whole, "\0").partition("\0")[0])


def _few(sources: dict[str, SourceState]) -> dict[str, SourceState]:
    """Return the sources with the newest contributors that are well; a bad one is never removed."""
    well = [name for name, last in sources.items() if not last.bad and name.endswith("]")]
    gone = {*well[:-_WELL]} if len(well) > _WELL else set[str]()
    return {name: last for name, last in sources.items() if name not in gone}
