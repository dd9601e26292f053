"""Silences: suppressions on request. An expired silence has no effect, even if it is still stored.

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

# News that was due this long before a silence began has been sent.
_LATE: Final = timedelta(minutes=10)


def silence(telling: NotificationDraft) -> NotificationDraft:
    """Suppress the news of an incident that an active silence covers: planned in the policy, or added by a person."""
    found = silenced_by(telling)
    if found is None:
        return telling
    # An added silence may expire early, and then the news must not wait for its original end.
    until = found.ends_at if found.planned else min(found.ends_at, telling.now + RECHECK)
    hushed = tuple(wish for wish in telling.wishes if not _joins(telling, wish, found))
    return telling.hush(hushed, SuppressionReason.SILENCED, by=found.id, until=until)


def _joins(telling: NotificationDraft, wish: Recipient, silence: Silence) -> bool:
    """Return whether the end of an incident must wait beside its beginning, which the silence suppresses.

    Together they are no news. The beginning alone would be sent long after the end.
    """
    pending = telling.incident.pending.get(wish.receiver)
    return wish.why is Reason.RESOLVED and pending is not None and pending.due + _LATE > silence.starts_at


def silenced_by(telling: NotificationDraft) -> Silence | None:
    """Return the silence that suppresses an incident, or None."""
    if not telling.policy.silences and not telling.context.silences:
        return None
    whole = telling.whole
    planned = (known for known, wanted in telling.policy.silences if _holds(known, wanted, whole, telling.now))
    found = next(planned, None)
    if found is not None:
        return found
    return next((each for each in telling.context.silences if hides(each, whole, telling.now)), None)


def held_back(
    policy: Policy, notices: tuple[QueuedNotification, ...], added: tuple[Silence, ...], now: datetime
) -> tuple[QueuedNotification, ...]:
    """Return the notices that an active silence covers by now: it began while they waited.

    They continue to wait, and are sent at its end if news is left. Folded notices are not among them: a silence for one
    incident must not hide another. All notices of an incident are held back or sent together, by its current state. An
    earlier state must not be the last message to the receiver.
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
    """Return whether a silence is active and covers all that is wrong.

    A silence without matchers, or with an unreadable one, hides nothing.
    """
    return bool(silence.matchers) and _holds(silence, read_matchers(silence.matchers), whole, now)


def _holds(silence: Silence, wanted: tuple[Matcher, ...] | None, whole: tuple[Labels, ...], now: datetime) -> bool:
    return wanted is not None and silence.holds(now) and covers(wanted, whole)


@lru_cache(maxsize=256)
def read_matchers(texts: tuple[str, ...]) -> tuple[Matcher, ...] | None:
    """Return the matchers of a silence, or None if one is unreadable."""
    try:
        return matchers(texts)
    except ValueError:
        return None
