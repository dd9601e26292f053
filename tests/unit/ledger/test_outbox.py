"""What was gathered, as messages to be sent."""

from datetime import timedelta

from msgspec.structs import replace

from kedge.domain.effect import ChannelName
from kedge.domain.notification import Unlisted
from kedge.ledger.outbox import effects_of
from tests.support.ledgers import NOW
from tests.support.notifications import notice

ALL = tuple(ChannelName)
LATER = NOW + timedelta(minutes=5)


def test_a_message_goes_through_every_channel_that_there_is_and_its_receiver_listens_to():
    effects = effects_of(notice(), (ChannelName.MAIL, ChannelName.PROGRAMS), {}, LATER)
    assert [effect.channel for effect in effects] == [ChannelName.MAIL, ChannelName.PROGRAMS]
    listens = {"ml-oncall": (ChannelName.PROGRAMS, ChannelName.CHAT)}
    assert [
        effect.channel for effect in effects_of(notice(), (ChannelName.MAIL, ChannelName.PROGRAMS), listens, LATER)
    ] == [ChannelName.PROGRAMS]


def test_a_message_is_named_by_the_incident_that_it_tells_of_first():
    (effect,) = effects_of(notice(incident="i-7", revision=3), (ChannelName.MAIL,), {}, LATER)
    assert effect.id == "i-7/3/ml-oncall/mail"
    assert (effect.at, effect.policy) == (LATER, "default")


def test_a_message_about_one_incident_is_like_any_other():
    (effect,) = effects_of(notice(), (ChannelName.MAIL,), {}, LATER)
    assert effect.briefs == ()


def test_a_message_about_several_lists_them_and_counts_the_others():
    several = replace(
        notice(), briefs=(*notice().briefs, *notice(incident="i-2").briefs), tally=Unlisted(by_severity={"warning": 9})
    )
    (effect,) = effects_of(several, (ChannelName.MAIL,), {}, LATER)
    assert [brief.incident for brief in effect.briefs] == ["i-1", "i-2"]
    assert effect.tally.incidents == 9


def test_one_incident_among_others_that_are_only_counted_is_listed():
    (effect,) = effects_of(replace(notice(), tally=Unlisted(over=2)), (ChannelName.MAIL,), {}, LATER)
    assert [brief.incident for brief in effect.briefs] == ["i-1"]
