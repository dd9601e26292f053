"""Quiet that somebody asked for. A silence that has ended hides nothing, whoever still remembers it.

A silence hides an incident only if it covers all that is wrong with it.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from kedge.decide.incident_parts import covers, whole_of
from kedge.domain.incident import SuppressionReason
from kedge.domain.notification import QueuedNotification
from kedge.domain.reason import Reason
from kedge.domain.silence import Silence
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Labels, Matcher, matchers
from kedge.routing.recipients import RECHECK, NotificationDraft, Recipient

# What was due so long before a silence began has been told.
_LATE: Final = timedelta(minutes=10)


def silence(telling: NotificationDraft) -> NotificationDraft:
    """Nobody hears of an incident that a silence in force covers: the policy's planned ones, and those that were added."""
    found = silenced_by(telling)
    if found is None:
        return telling
    # One that was added may be expired early, and then nobody should wait for the end that it had.
    until = found.ends_at if found.planned else min(found.ends_at, telling.now + RECHECK)
    hushed = tuple(wish for wish in telling.wishes if not _joins(telling, wish, found))
    return telling.hush(hushed, SuppressionReason.SILENCED, by=found.id, until=until)


def _joins(telling: NotificationDraft, wish: Recipient, silence: Silence) -> bool:
    """Whether the end of an incident is to wait beside its beginning, which the silence holds back.

    Told together, they are nothing; the beginning alone would be told of something that is long over.
    """
    pending = telling.incident.pending.get(wish.receiver)
    return wish.why is Reason.RESOLVED and pending is not None and pending.due + _LATE > silence.starts_at


def silenced_by(telling: NotificationDraft) -> Silence | None:
    """The silence that keeps an incident quiet, or None."""
    if not telling.policy.silences and not telling.around.silences:
        return None
    whole = telling.whole
    planned = (known for known, wanted in telling.policy.silences if _holds(known, wanted, whole, telling.now))
    found = next(planned, None)
    if found is not None:
        return found
    return next((each for each in telling.around.silences if hides(each, whole, telling.now)), None)


def held_back(
    policy: Policy, notices: tuple[QueuedNotification, ...], added: tuple[Silence, ...], now: datetime
) -> tuple[QueuedNotification, ...]:
    """Those of some notices that a silence in force covers by now: it began while they waited to be told.

    They go on waiting, and are told when it ends if there is something left to tell. What has been folded with others is not
    among them: a silence for one incident must not hide another. All that waits of an incident is held back or told
    together, by what it is now: what it was before must not be the last that people hear.
    """
    if not added and not policy.silences:
        return ()
    folded = {brief.incident for notice in notices if not _is_one(notice) for brief in notice.briefs}
    alone = [notice for notice in notices if _is_one(notice) and notice.incident.id not in folded]
    newest = {notice.incident.id: notice for notice in sorted(alone, key=lambda each: each.incident.revision)}
    silenced = {name for name, notice in newest.items() if _is_silenced(policy, notice, added, now)}
    return tuple(notice for notice in alone if notice.incident.id in silenced)


def _is_one(notice: QueuedNotification) -> bool:
    return len(notice.briefs) == 1 and not notice.tally.incidents


def _is_silenced(policy: Policy, notice: QueuedNotification, added: tuple[Silence, ...], now: datetime) -> bool:
    labels = labels_of(notice.incident, policy.environment)
    whole = whole_of(notice.incident, labels, said=notice.said)
    planned = any(_holds(known, wanted, whole, now) for known, wanted in policy.silences)
    return planned or any(hides(each, whole, now) for each in added)


def hides(silence: Silence, whole: tuple[Labels, ...], now: datetime) -> bool:
    """Whether a silence is in force and covers all that is wrong. One without matchers, or with one that cannot be read, hides nothing."""
    return bool(silence.matchers) and _holds(silence, read_matchers(silence.matchers), whole, now)


def _holds(silence: Silence, wanted: tuple[Matcher, ...] | None, whole: tuple[Labels, ...], now: datetime) -> bool:
    return wanted is not None and silence.holds(now) and covers(wanted, whole)


@lru_cache(maxsize=256)
def read_matchers(texts: tuple[str, ...]) -> tuple[Matcher, ...] | None:
    """Read a silence's matchers, None if one cannot be read."""
    try:
        return matchers(texts)
    except ValueError:
        return None
