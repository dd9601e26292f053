"""A step of a remedy decides by the policy that is in force at that moment, or not at all."""

import msgspec
import pytest

from kedge.domain.errors import KedgeError, MalformedPolicy, Transient
from kedge.policy.compiled import default_document
from kedge.services.policy_store.active import PolicyInForce
from kedge.services.policy_store.stored import KeptDocument, written
from tests.fakes.policies import FakeShelf


def fail(error: KedgeError) -> None:
    raise error


def kept(document: object) -> str:
    return written(KeptDocument(digest="0123456789ab", document=msgspec.Raw(msgspec.json.encode(document))))


@pytest.fixture
def shelf():
    return FakeShelf()


@pytest.fixture
def in_force(shelf):
    return PolicyInForce(shelf, "prod", lambda: 0.0, fail, believed=0.0)


def test_a_kill_switch_is_seen_by_the_very_next_step(shelf, in_force):
    assert not in_force.policy().limits.kill_switch
    document = msgspec.to_builtins(default_document()) | {"limits": {"kill_switch": True}}
    shelf.text = kept(document)
    assert in_force.policy().limits.kill_switch


def test_what_cannot_be_read_now_is_not_decided_by_what_was_read_before(shelf, in_force):
    in_force.policy()
    shelf.failing = Transient("throttled")
    with pytest.raises(Transient):
        in_force.policy()


def test_a_policy_that_another_release_kept_stops_a_remedy_each_time(shelf, in_force):
    in_force.policy()
    shelf.text = kept({"of": "another release"})
    for _ in range(2):
        with pytest.raises(MalformedPolicy):
            in_force.policy()
