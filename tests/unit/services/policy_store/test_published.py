"""A policy that cannot be read never stops alerts, and people hear of it until it is mended."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.errors import Conflict, Transient
from kedge.policy.spec.document import PolicyDocument
from kedge.services.policy_store.stored import read
from tests.unit.services.policy_store.conftest import broken, sound


def test_without_any_policy_the_built_in_one_is_in_force_and_nothing_is_written(stack):
    assert stack.minute() is None
    assert stack.receivers == ["ml-oncall"]
    assert stack.in_force.policy().label == "default@3"
    assert stack.shelf.writes == 0


def test_a_published_policy_is_in_force_a_minute_later_and_nobody_is_told(stack):
    stack.published.publish(sound("churn-team"))
    assert stack.minute() is None
    assert stack.receivers == ["churn-team"]


def test_a_policy_that_stays_as_it_is_is_written_once(stack):
    stack.published.publish(sound())
    for _ in range(5):
        assert stack.minute() is None
    assert stack.shelf.writes == 1


def test_decisions_can_name_the_version_of_a_policy_that_names_none(stack):
    for receiver in ("a", "b"):
        stack.published.publish(sound(receiver))
        stack.minute()
    assert stack.in_force.policy().label.startswith("ours@")
    first, second = (sound(receiver).encode() for receiver in ("a", "b"))
    assert first != second


def test_while_the_newest_is_broken_the_last_sound_one_goes_on(stack):
    stack.published.publish(sound("churn-team"))
    stack.minute()
    stack.published.publish(broken(), label="release-7")
    told = stack.minute()
    assert told is not None
    assert told.version == "release-7"
    assert told.fault is not None
    assert told.fault.startswith("policy.yaml:3:")
    assert "nobody" in told.fault
    assert str(told.target) == "111122223333/us-east-1/policy/kedge"
    assert stack.receivers == ["churn-team"]
    assert [fresh.policy().label for fresh in (stack.fresh(),)] == [stack.in_force.policy().label]


def test_a_policy_that_is_broken_from_the_first_on_leaves_the_built_in_one_in_force(stack):
    stack.published.publish("apiVersion: kedge/v1\nrecievers: []\n")
    told = stack.minute()
    assert told is not None
    assert stack.receivers == ["ml-oncall"]


def test_as_long_as_it_is_broken_the_same_is_said_every_minute_and_written_once(stack):
    stack.published.publish(broken())
    first, *later = [stack.minute() for _ in range(4)]
    assert later == [first] * 3
    assert stack.shelf.writes == 1


def test_another_broken_policy_is_another_thing_to_say(stack):
    stack.published.publish(broken("nobody"))
    first = stack.minute()
    stack.published.publish(broken("nobody-else"))
    second = stack.minute()
    assert first.id != second.id
    assert second.at == stack.now


def test_the_same_mistake_made_again_later_is_another_thing_to_say(stack):
    seen = []
    for _ in range(2):
        stack.published.publish(broken())
        seen.append(stack.minute())
        stack.published.publish(sound())
        stack.watch.told(stack.minute())
    assert seen[0].id != seen[1].id


def test_that_it_is_mended_is_said_until_people_were_told(stack):
    stack.published.publish(broken())
    stack.minute()
    stack.published.publish(sound("churn-team"))
    first, again = stack.minute(), stack.minute()
    assert first.fault is again.fault is None
    assert first.version.startswith("ours@")
    assert stack.receivers == ["churn-team"]
    stack.watch.told(again)
    assert stack.minute() is None


def test_going_back_to_the_policy_before_mends_it_too(stack):
    stack.published.publish(sound("churn-team"))
    stack.minute()
    stack.published.publish(broken())
    stack.minute()
    stack.published.publish(sound("churn-team"))
    assert stack.minute().fault is None
    assert stack.receivers == ["churn-team"]


def test_what_was_broken_is_not_forgotten_because_somebody_was_told_that_it_is(stack):
    stack.published.publish(broken())
    stack.watch.told(stack.minute())
    stack.published.publish(sound())
    assert stack.minute().fault is None


def test_a_policy_that_was_deleted_stays_in_force(stack):
    stack.published.publish(sound("churn-team"))
    stack.minute()
    stack.published.policy = None
    assert stack.minute() is None
    assert stack.receivers == ["churn-team"]


def test_a_broken_policy_that_was_deleted_is_mended(stack):
    stack.published.publish(broken())
    stack.minute()
    stack.published.policy = None
    assert stack.minute().fault is None


def test_while_appconfig_is_down_the_last_sound_one_goes_on(stack):
    stack.published.publish(sound("churn-team"))
    stack.minute()
    stack.published.failing = Transient("AppConfig is down")
    assert stack.minute() is None
    assert stack.receivers == ["churn-team"]
    assert stack.complaints == [stack.published.failing]


def test_appconfig_that_is_down_does_not_make_a_broken_policy_well(stack):
    stack.published.publish(broken())
    stack.minute()
    stack.published.failing = Transient("AppConfig is down")
    assert stack.minute() is None
    stack.published.failing = None
    assert stack.minute().fault is not None


def test_of_two_that_look_at_once_one_loses_and_nothing_else_happens(stack):
    stack.published.publish(sound())
    keep = stack.shelf.keep

    def late(text, over):
        keep(text, over)
        keep(text, over)

    stack.shelf.keep = late
    with pytest.raises(Conflict):
        stack.minute()
    stack.shelf.keep = keep
    assert stack.minute() is None


def test_a_long_list_of_faults_is_cut_to_what_a_message_bears(stack):
    keys = "".join(f"no_such_key_{number}: {'x' * 400}\n" for number in range(40))
    stack.published.publish(sound() + keys)
    fault = stack.minute().fault
    assert fault.endswith("; and 37 more")
    assert len(fault) < 1_300


def test_bytes_that_are_no_text_are_a_broken_policy(stack):
    stack.published.publish("")
    stack.published.policy = msgspec.structs.replace(stack.published.policy, data=b"\xff\xfe\x00")
    assert stack.minute().fault is not None


def test_what_another_release_kept_is_read_again_from_the_text(stack):
    stack.published.publish(sound("churn-team"))
    stack.minute()
    stack.shelf.text = stack.shelf.text.replace('"receivers"', '"hearers"')
    assert read(stack.shelf.text).sound(PolicyDocument) is None
    stack.now += timedelta(minutes=1)
    assert stack.minute() is None
    assert stack.receivers == ["churn-team"]
