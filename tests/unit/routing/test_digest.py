"""What is told of several changes that waited together, and that nothing is told where there is no room."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from kedge.domain.incident import IncidentState, Severity
from kedge.domain.notification import QueuedNotification, SendRate
from kedge.domain.reason import Reason
from kedge.policy.compiled import default_policy
from kedge.routing.digest import digest_steps
from kedge.routing.grouping import DIGEST
from tests.support.ledgers import NOW
from tests.support.notifications import notice

POLICY = default_policy()
RULE = POLICY.receivers["ml-oncall"]
FULL = SendRate((NOW - RULE.per / 2,) * RULE.messages)
NOTHING_SENT = SendRate()


def changed(revision: int, why: Reason, *, first: bool = False, **more) -> QueuedNotification:
    """One incident that waits to be told in the state of one of its revisions."""
    one = notice(revision=revision)
    about = replace(one.incident, **more)
    brief = replace(one.briefs[0], why=why, first=first, **more)
    return replace(one, why=why, incident=about, briefs=(brief,))


def messages(*notices: QueuedNotification, pace: SendRate = NOTHING_SENT, now=NOW) -> list[QueuedNotification]:
    return [step.message for step in digest_steps(POLICY, "ml-oncall", notices, pace, now) if step.message is not None]


CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
IN_ANY_ORDER = pytest.mark.parametrize("order", list(permutations(range(2))))


@IN_ANY_ORDER
@pytest.mark.parametrize(("older", "newer"), [(1, 2), (9, 10), (99, 100)])
def test_of_two_changes_of_one_incident_the_newest_is_told(older, newer, order):
    both = (
        changed(older, Reason.CAUSE_CHANGED, severity=WARNING),
        changed(newer, Reason.SEVERITY_RAISED, severity=CRITICAL),
    )
    (message,) = messages(*(both[index] for index in order))
    (brief,) = message.briefs
    assert (brief.revision, brief.severity) == (newer, CRITICAL)
    assert (message.incident.revision, message.incident.severity) == (newer, CRITICAL)


@IN_ANY_ORDER
@pytest.mark.parametrize("then", [Reason.SEVERITY_RAISED, Reason.CAUSE_CHANGED, Reason.ANOTHER_ALARM, Reason.REMINDER])
def test_who_has_not_heard_of_an_incident_hears_that_it_was_first_seen_and_not_what_changed_since(then, order):
    both = (changed(1, Reason.FIRST_SEEN, first=True), changed(2, then))
    (message,) = messages(*(both[index] for index in order))
    (brief,) = message.briefs
    assert (message.why, brief.why, brief.first) == (Reason.FIRST_SEEN, Reason.FIRST_SEEN, True)


@IN_ANY_ORDER
def test_who_knows_of_an_incident_hears_of_two_changes_that_it_is_over(order):
    resolved = {"state": IncidentState.RESOLVED}
    both = (changed(2, Reason.SEVERITY_RAISED), changed(3, Reason.RESOLVED, **resolved))
    (message,) = messages(*(both[index] for index in order))
    assert (message.why, message.briefs[0].state) == (Reason.RESOLVED, IncidentState.RESOLVED)


@pytest.mark.parametrize("count", [1, 2, 40])
@pytest.mark.parametrize("digest", [False, True])
def test_what_waits_for_a_receiver_without_room_waits_on(count, digest):
    group = {"group": DIGEST} if digest else {}
    waiting = [notice(incident=f"i-{number}", digest=digest, **group) for number in range(count)]
    assert messages(*waiting, pace=FULL) == []
    later = NOW + RULE.per
    (message,) = messages(*waiting, pace=FULL, now=later)
    assert len(message.briefs) == count


@pytest.mark.parametrize("left", [0, 1, 2])
def test_where_there_is_room_for_fewer_messages_than_groups_all_come_as_one_digest_as_soon_as_there_is_room(left):
    pace = SendRate((NOW - RULE.per / 2,) * (RULE.messages - left))
    waiting = [notice(incident=f"i-{number}", group=f"g-{number}") for number in range(3)]
    told = messages(*waiting, pace=pace)
    assert len(told) == min(left, 1)
    assert all(len(each.briefs) == 3 and each.why is Reason.DIGEST for each in told)


def test_a_message_that_was_sent_long_ago_takes_no_room():
    old = SendRate((NOW - RULE.per - timedelta(seconds=1),) * RULE.messages)
    assert len(messages(notice(), pace=old)) == 1


@IN_ANY_ORDER
@pytest.mark.parametrize(("then", "is_told"), [(WARNING, False), (Severity.INFO, False), (CRITICAL, True)], ids=str)
def test_what_was_over_and_fires_again_unheard_is_told_only_if_it_is_worse(then, is_told, order):
    both = (
        changed(2, Reason.RESOLVED, state=IncidentState.RESOLVED, severity=WARNING),
        changed(3, Reason.REOPENED, severity=then),
    )
    assert bool(messages(*(both[index] for index in order))) is is_told


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_message_has_its_worst_incident_whole_as_it_is_last_wherever_it_waited(order):
    three = [
        changed(1, Reason.FIRST_SEEN, first=True),
        changed(9, Reason.SEVERITY_RAISED, severity=CRITICAL),
        changed(10, Reason.ANOTHER_ALARM, severity=CRITICAL),
    ]
    (message,) = messages(*(three[index] for index in order))
    assert message.incident.revision == message.briefs[0].revision == 10
