"""Telling people once, and owning up where it was not possible."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.effect import ChannelName, Heartbeat
from kedge.domain.errors import Busy, MalformedSignal, Permanent, Transient
from kedge.ledger.timeline import EntryKind
from kedge.ledger.writes import write_of_heartbeat
from kedge.services.dispatch import LEASE_SECONDS, Performed
from tests.fakes.channels import MemoryChannel
from tests.support.ledgers import NOW, clean, violated
from tests.support.ring import RECEIVES, Ring, body_of
from tests.support.stories import policy_of

LATER = 120
"""Seconds after which what happens next is told by itself, and not gathered with what was told before."""


@pytest.fixture
def ring():
    return Ring()


@pytest.fixture
def effect(ring):
    ring.take_in(violated())
    return ring.ledger.outbox[0]


def timeline(ring, effect):
    return [entry.what for entry in ring.ledger.story(effect.incident.id).entries]


def test_an_effect_becomes_a_message_and_a_line_of_the_timeline(ring, effect):
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.SENT
    (mail,) = ring.mail.sent
    assert "churn-prod" in mail.subject
    assert "https://runbooks.example.com" in mail.body
    assert timeline(ring, effect) == [EntryKind.DECIDED, EntryKind.DELIVERED]
    assert ring.ledger.story(effect.incident.id).entries[1].message_id == "message-1"


def test_a_message_that_comes_again_is_known(ring, effect):
    ring.dispatch.perform(body_of(effect), last=False)
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.KNOWN
    assert len(ring.mail.sent) == 1


def test_what_another_worker_is_at_is_left_to_him(ring, effect):
    ring.deliveries.claim(effect, ring.now, LEASE_SECONDS)
    with pytest.raises(Busy):
        ring.dispatch.perform(body_of(effect), last=False)
    assert ring.mail.sent == []


@pytest.mark.parametrize("error", [Transient("throttled"), Permanent("denied")])
def test_a_failed_send_is_raised_and_the_next_try_may_begin_at_once(ring, effect, error):
    ring.mail.failing = error
    with pytest.raises(type(error)):
        ring.dispatch.perform(body_of(effect), last=False)
    assert timeline(ring, effect) == [EntryKind.DECIDED]
    ring.mail.failing = None
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.SENT


@pytest.mark.parametrize("error", [Transient("throttled"), Permanent("denied")])
def test_the_last_failed_send_is_on_the_timeline_for_ever(ring, effect, error):
    ring.mail.failing = error
    with pytest.raises(type(error)):
        ring.dispatch.perform(body_of(effect), last=True)
    assert timeline(ring, effect) == [EntryKind.DECIDED, EntryKind.UNDELIVERED]
    assert str(error) in ring.ledger.story(effect.incident.id).entries[1].because


def test_a_channel_that_is_not_configured_is_a_failure_and_no_silence():
    ring = Ring(channels=(ChannelName.CHAT,))
    ring.take_in(violated())
    effect = ring.ledger.outbox[0]
    with pytest.raises(Permanent, match="chat is not configured"):
        ring.dispatch.perform(body_of(effect), last=True)
    assert timeline(ring, effect) == [EntryKind.DECIDED, EntryKind.UNDELIVERED]


@pytest.mark.parametrize(
    ("body", "path"), [("", "$"), ("no json", "$"), ("[]", "$"), ('{"id": 7}', "$.id"), ('{"id": "x"}', "$")]
)
def test_a_body_that_is_no_effect_is_told_with_the_place_of_its_fault(ring, body, path):
    with pytest.raises(MalformedSignal) as raised:
        ring.dispatch.perform(body, last=False)
    assert raised.value.path == path


class CrashesAfterSending(MemoryChannel):
    """Sends once, and dies before anybody hears of it."""

    def send(self, message):
        super().send(message)
        if len(self.sent) == 1:
            raise KeyboardInterrupt
        return f"message-{len(self.sent)}"


def test_a_crash_after_the_send_repeats_the_message_with_the_same_effect_id_and_loses_nothing(ring, effect):
    ring.mail = ring.dispatch._channels[ChannelName.MAIL] = CrashesAfterSending()
    with pytest.raises(KeyboardInterrupt):
        ring.dispatch.perform(body_of(effect), last=False)
    with pytest.raises(Busy):
        ring.dispatch.perform(body_of(effect), last=False)
    ring.wait(LEASE_SECONDS)
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.SENT
    first, second = ring.mail.sent
    assert effect.id in first.body
    assert first == second
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.KNOWN


def test_a_poisoned_effect_does_not_hold_up_the_others(ring):
    ring.take_in(violated())
    ring.carry()
    ring.queue.bodies.insert(0, "poison")
    errors = ring.perform()
    assert [type(error) for error in errors] == [MalformedSignal] * RECEIVES
    assert len(ring.mail.sent) == 1
    assert ring.queue.bodies == ["poison"]


def test_that_it_is_over_is_not_told_before_that_it_began(ring, effect):
    ring.mail.failing = Transient("throttled")
    with pytest.raises(Transient):
        ring.dispatch.perform(body_of(effect), last=False)
    ring.mail.failing = None
    ring.wait(3600)
    ring.take_in(clean("12:00"))
    over = ring.ledger.outbox[1]
    with pytest.raises(Busy, match="began"):
        ring.dispatch.perform(body_of(over), last=False)
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.SENT
    assert ring.dispatch.perform(body_of(over), last=False) is Performed.SENT
    assert [mail.attributes["why"] for mail in ring.mail.sent] == ["first_seen", "resolved"]


def test_that_it_is_over_is_told_at_the_last_try_whatever_became_of_the_first_message(ring, effect):
    ring.deliveries.failed(effect, "throttled", ring.now, final=False)
    ring.wait(3600)
    ring.take_in(clean("12:00"))
    assert ring.dispatch.perform(body_of(ring.ledger.outbox[1]), last=True) is Performed.SENT


def test_that_it_is_over_waits_for_the_message_that_told_of_it_first_whatever_had_happened_before():
    silence = {
        "matchers": ('endpoint="churn-prod"',),
        "starts_at": NOW.isoformat(),
        "ends_at": (NOW + timedelta(minutes=10)).isoformat(),
        "author": "responder",
        "comment": "a load test",
    }
    ring = Ring(policy=policy_of(silences=(silence,)))
    ring.take_in(violated())
    assert ring.ledger.outbox == []
    ring.wait(700)
    ring.round()
    (first,) = ring.ledger.outbox
    assert first.incident.revision > 1
    ring.mail.failing = Transient("throttled")
    with pytest.raises(Transient):
        ring.dispatch.perform(body_of(first), last=False)
    ring.mail.failing = None
    ring.wait(LATER)
    ring.take_in(clean("12:00"))
    with pytest.raises(Busy, match="began"):
        ring.dispatch.perform(body_of(ring.ledger.outbox[1]), last=False)


def test_a_mail_that_nobody_could_hear_is_told_as_undelivered_and_is_not_sent_again(ring, effect):
    ring.audience.listening = False
    assert effect.channel is ChannelName.MAIL
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.UNHEARD
    assert len(ring.mail.sent) == 1
    assert timeline(ring, effect) == [EntryKind.DECIDED, EntryKind.UNDELIVERED]
    entry = ring.ledger.story(effect.incident.id).entries[1]
    assert "accepted, no confirmed subscriber" in entry.because


def test_a_receiver_without_a_confirmed_subscriber_is_sent_the_message_and_the_timeline_says_so(ring, effect):
    ring.audience.unheard = {(effect.receiver, ChannelName.MAIL)}
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.ACCEPTED
    assert len(ring.mail.sent) == 1
    assert timeline(ring, effect) == [EntryKind.DECIDED, EntryKind.DELIVERED]
    story = ring.ledger.story(effect.incident.id)
    assert story.entries[1].because == "mail for ml-oncall: accepted, no confirmed subscriber"
    assert [(each.done, each.why) for each in story.deliveries] == [(True, "no confirmed subscriber")]
    # A repetition is recognized: it is not sent again.
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.KNOWN


def test_a_receiver_that_others_hear_through_another_channel_is_notified(ring, effect):
    ring.audience.unheard = {(effect.receiver, ChannelName.PROGRAMS), ("another", ChannelName.MAIL)}
    assert ring.dispatch.perform(body_of(effect), last=False) is Performed.SENT


def test_programs_are_told_whoever_listens_to_mails(ring, effect):
    ring.audience.listening = False
    programs = replace(effect, id="programs", channel=ChannelName.PROGRAMS)
    assert ring.dispatch.perform(body_of(programs), last=False) is Performed.SENT


def test_a_heartbeat_tells_nobody_anything(ring):
    body = write_of_heartbeat(Heartbeat(id="1", at=NOW)).item.body
    assert ring.dispatch.perform(body, last=False) is Performed.BEAT
    assert (ring.mail.sent, ring.programs.sent) == ([], [])
