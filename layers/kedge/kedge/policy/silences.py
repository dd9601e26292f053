"""Quiet that somebody asked for. A silence that has ended hides nothing, whoever still remembers it."""

from datetime import datetime
from functools import lru_cache

from kedge.domain.incident import Quiet
from kedge.domain.silence import Silence
from kedge.policy.audience import RECHECK, Telling
from kedge.policy.matchers import Labels, Matcher, all_hold, matchers


def silence(telling: Telling) -> Telling:
    """Nobody hears of an incident that a silence in force matches: the policy's planned ones, and those that were added."""
    found = silenced_by(telling)
    if found is None:
        return telling
    # One that was added may be expired early, and then nobody should wait for the end that it had.
    until = found.ends_at if found.planned else min(found.ends_at, telling.now + RECHECK)
    return telling.hush(telling.wishes, Quiet.SILENCED, by=found.id, until=until)


def silenced_by(telling: Telling) -> Silence | None:
    """The silence that keeps an incident quiet, or None."""
    planned = (known for known, wanted in telling.policy.silences if _holds(known, wanted, telling.labels, telling.now))
    found = next(planned, None)
    if found is not None:
        return found
    return next((each for each in telling.around.silences if hides(each, telling.labels, telling.now)), None)


def hides(silence: Silence, labels: Labels, now: datetime) -> bool:
    """Whether a silence is in force and matches. One without matchers, or with one that cannot be read, hides nothing."""
    return bool(silence.matchers) and _holds(silence, _read(silence.matchers), labels, now)


def _holds(silence: Silence, wanted: tuple[Matcher, ...] | None, labels: Labels, now: datetime) -> bool:
    return wanted is not None and silence.holds(now) and all_hold(wanted, labels)


@lru_cache(maxsize=256)
def _read(texts: tuple[str, ...]) -> tuple[Matcher, ...] | None:
    try:
        return matchers(texts)
    except ValueError:
        return None
