"""Intake decides by what is kept, whatever is wrong with it."""

from datetime import timedelta

import pytest

from kedge.domain.errors import MalformedPolicy, Transient
from kedge.services.policy_store.active import BELIEVED
from tests.unit.services.policy_store.conftest import sound


def publish(stack, receiver):
    stack.published.publish(sound(receiver))
    stack.minute()


def test_what_was_read_is_believed_for_half_a_minute(stack):
    publish(stack, "first")
    assert stack.receivers == ["first"]
    stack.published.publish(sound("second"))
    stack.watch.look()
    stack.now += timedelta(seconds=BELIEVED - 1)
    assert stack.receivers == ["first"]
    stack.now += timedelta(seconds=1)
    assert stack.receivers == ["second"]


def test_a_policy_that_did_not_change_is_made_once(stack):
    publish(stack, "first")
    before = stack.in_force.policy()
    stack.now += timedelta(minutes=5)
    assert stack.in_force.policy() is before
    assert stack.shelf.reads > 1


def test_without_a_policy_the_table_is_asked_no_more_often(stack):
    for _ in range(10):
        stack.in_force.policy()
    assert stack.shelf.reads == 1


def test_the_policy_knows_the_environment_of_the_stack(stack):
    assert stack.in_force.policy().environment == "prod"


def test_a_table_that_cannot_be_read_is_the_queues_affair_only_while_nothing_is_known(stack):
    stack.shelf.failing = Transient("throttled")
    with pytest.raises(Transient):
        stack.in_force.policy()
    stack.shelf.failing = None
    publish(stack, "first")
    stack.in_force.policy()
    stack.shelf.failing = Transient("throttled")
    stack.now += timedelta(minutes=5)
    assert stack.receivers == ["first"]
    assert stack.complaints == [stack.shelf.failing]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"receivers"', '"hearers"'),  # a key that this release does not know
        ('"route":{"receiver":"first"', '"route":{"receiver":"gone"'),  # a document that cannot be compiled
    ],
)
def test_a_kept_policy_that_this_release_cannot_decide_by_is_complained_of_and_the_built_in_one_decides(
    stack, old, new
):
    publish(stack, "first")
    assert old in stack.shelf.text
    stack.shelf.text = stack.shelf.text.replace(old, new)
    assert stack.fresh().policy().label == "default@3"
    assert [type(complaint) for complaint in stack.complaints] == [MalformedPolicy]


def test_an_item_that_is_no_kept_policy_at_all_leaves_the_built_in_one_in_force(stack):
    stack.shelf.text = "{"
    assert stack.fresh().policy().label == "default@3"
