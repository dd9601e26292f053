"""All pending incidents of one receiver are sent or counted, in few messages, even if a worker dies between two steps."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kedge.domain.incident import IncidentState, Severity
from kedge.domain.notification import QueuedNotification, SendRate
from kedge.domain.reason import Reason
from kedge.policy.compiled import default_policy
from kedge.routing.digest import LISTED, TOGETHER, DigestStep, digest_steps
from kedge.routing.grouping import DIGEST
from tests.support.ledgers import NOW
from tests.support.notifications import notice

POLICY = default_policy()
LIMIT = POLICY.receivers["ml-oncall"].messages


def waiting(number: int, groups: int, digest: bool = False) -> tuple[QueuedNotification, ...]:
    """Return this many new incidents in this many groups; every third is critical."""
    found = []
    for index in range(number):
        one = notice(incident=f"i-{index:05}", group=DIGEST if digest else f"g-{index % groups}", digest=digest)
        severity = Severity.CRITICAL if index % 3 == 0 else Severity.WARNING
        found.append(replace(one, briefs=(replace(one.briefs[0], severity=severity, first=True),)))
    return tuple(found)


class Receiver:
    """The pending notices and the messages of one receiver, one committed step at a time."""

    def __init__(self, notices: tuple[QueuedNotification, ...]) -> None:
        self.waiting = {each.id: each for each in notices}
        self.pace = SendRate()
        self.messages: list[QueuedNotification] = []

    def keep(self, step: DigestStep) -> None:
        assert len(step.told) + 1 <= 100
        for told in step.told:
            del self.waiting[told.id]
        if step.folded is not None:
            assert step.folded.id not in self.waiting
            self.waiting[step.folded.id] = step.folded
        if step.message is not None:
            self.messages.append(step.message)
        self.pace = step.pace or self.pace

    def look(self, most: int | None = None) -> int:
        """Carry out at most `most` steps, and then die. Returns the number of steps."""
        done = 0
        for step in digest_steps(POLICY, "ml-oncall", tuple(self.waiting.values()), self.pace, NOW):
            if done == most:
                break
            self.keep(step)
            done += 1
        return done

    @property
    def counted(self) -> Counter[str]:
        """Return the number of notified incidents by severity, and of those that were over before."""
        found: Counter[str] = Counter()
        for message in self.messages:
            found.update(brief.severity.value for brief in message.briefs if brief.state is not IncidentState.RESOLVED)
            found.update({severity.value: count for severity, count in message.tally.by_severity.items()})
            resolved = sum(brief.state is IncidentState.RESOLVED for brief in message.briefs)
            found.update(resolved=resolved + message.tally.resolved, over=message.tally.over)
        return +found


def expected(number: int) -> Counter[str]:
    critical = (number + 2) // 3
    return +Counter(critical=critical, warning=number - critical)


@pytest.mark.parametrize("digest", [False, True])
@pytest.mark.parametrize("groups", [1, 7, LIMIT + 1])
@pytest.mark.parametrize("number", [1, TOGETHER, TOGETHER + 1, TOGETHER**2 + 1, 10_000])
def test_all_are_told_or_counted_in_no_more_messages_than_one_can_bear(number, groups, digest):
    receiver = Receiver(waiting(number, groups, digest))
    receiver.look()
    assert receiver.waiting == {}
    assert receiver.counted == expected(number)
    assert len(receiver.messages) <= LIMIT
    assert all(len(message.briefs) <= LISTED for message in receiver.messages)


@given(
    number=st.sampled_from([1, 59, TOGETHER, TOGETHER + 1, 130, 700]),
    groups=st.sampled_from([1, 3, 40]),
    deaths=st.lists(st.integers(0, 4), max_size=12),
)
@settings(max_examples=60)
def test_whoever_dies_between_two_steps_leaves_the_sum_as_it_is(number, groups, deaths):
    receiver = Receiver(waiting(number, groups))
    for survived in deaths:
        receiver.look(survived)
    receiver.look()
    assert receiver.waiting == {}
    assert receiver.counted == expected(number)
    assert len(receiver.messages) <= LIMIT


def test_what_is_over_is_counted_apart_from_what_is_open_through_every_fold():
    number, notices = TOGETHER**2 + 10, []
    for each in waiting(number, 1, digest=True):
        (brief,) = each.briefs
        over = replace(brief, state=IncidentState.RESOLVED, why=Reason.RESOLVED, first=False)
        notices.append(replace(each, briefs=(over,)) if brief.severity is Severity.WARNING else each)
    receiver = Receiver(tuple(notices))
    receiver.look()
    (message,) = receiver.messages
    assert message.tally.resolved > 0
    found = expected(number)
    assert receiver.counted == Counter(critical=found["critical"], resolved=found["warning"])


@given(
    fates=st.lists(st.sampled_from(["began", "over", "resolved", "worse"]), min_size=1, max_size=150),
    deaths=st.lists(st.integers(0, 3), max_size=6),
)
@settings(max_examples=60)
def test_each_incident_is_told_as_it_is_now_and_what_was_over_before_is_only_counted(fates, deaths):
    notices = []
    for index, fate in enumerate(fates):
        one = notice(incident=f"i-{index:05}", group=DIGEST, digest=True)
        (brief,) = one.briefs
        if fate != "resolved":
            notices.append(replace(one, briefs=(replace(brief, first=True),)))
        if fate in ("over", "resolved"):
            after = replace(brief, revision=2, state=IncidentState.RESOLVED, why=Reason.RESOLVED, first=False)
            notices.append(replace(one, id=f"{one.id}/2", briefs=(after,)))
        if fate == "worse":
            after = replace(brief, revision=2, severity=Severity.CRITICAL, why=Reason.SEVERITY_RAISED, first=False)
            notices.append(replace(one, id=f"{one.id}/2", briefs=(after,)))
    receiver = Receiver(tuple(notices))
    for survived in deaths:
        receiver.look(survived)
    receiver.look()
    kinds = Counter(fates)
    told = Counter(warning=kinds["began"], critical=kinds["worse"], resolved=kinds["resolved"], over=kinds["over"])
    assert receiver.counted == +told
    assert len(receiver.messages) == 1
