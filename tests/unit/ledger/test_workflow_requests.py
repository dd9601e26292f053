"""What a decision leaves to be started or woken, beside what is to be told."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from kedge.domain.action import StartWorkflow, WakeWorkflow
from kedge.domain.errors import Conflict
from kedge.ledger.items import ItemKind, Key, effect_of, encode, workflow_request_of
from kedge.ledger.writes import MOST, writes_of
from tests.fakes.ledger import MemoryLedger
from tests.support.actions import action
from tests.support.ledgers import NOW, decided, violated

PLANNED = action()
START = StartWorkflow(id=PLANNED.digest, action=PLANNED)
WAKE = WakeWorkflow(id="w-1", digest=PLANNED.digest, signal="endpoint/churn-prod/InService")


@pytest.fixture
def commit():
    return decided(MemoryLedger(), violated())


def written(commit, *workflow_requests):
    """The writes of workflow requests alone."""
    before = {write.key for write in writes_of(commit)}
    return [
        write for write in writes_of(replace(commit, workflow_requests=workflow_requests)) if write.key not in before
    ]


def test_a_workflow_request_is_an_effect_for_the_stream_under_a_name_of_its_own(commit):
    start, wake = written(commit, START, WAKE)
    assert (start.item.kind, start.key) == (
        ItemKind.EFFECT,
        Key(f"EFFECT#start/{PLANNED.digest}/2026-11-20T20:00:00.000000Z", "EFFECT"),
    )
    assert (wake.item.kind, wake.key) == (ItemKind.EFFECT, Key("EFFECT#wake/w-1", "EFFECT"))


def test_a_workflow_request_is_in_nobodys_way_and_forgotten_after_thirty_days(commit):
    (start,) = written(commit, START)
    assert (start.over, start.item.listed) == (None, None)
    assert start.item.expires_at == int((NOW + timedelta(days=30)).timestamp())


def test_a_workflow_request_that_a_decision_has_twice_is_written_once(commit):
    assert len(written(commit, START, WAKE, START)) == 2


def test_a_decision_with_more_workflow_requests_than_a_transaction_holds_is_to_be_made_anew(commit):
    with pytest.raises(Conflict, match="changes at most 100 at once"):
        written(commit, *(replace(WAKE, id=f"w-{number}") for number in range(MOST)))


@pytest.mark.parametrize("workflow_request", [START, WAKE])
def test_a_workflow_request_is_read_as_it_was_written(commit, workflow_request):
    (write,) = written(commit, workflow_request)
    assert workflow_request_of(write.item.body) == workflow_request


def test_an_effect_is_no_workflow_request_and_a_workflow_request_no_effect(commit):
    (effect,) = commit.effects
    assert workflow_request_of(encode(effect)) is None
    assert effect_of(encode(effect)) == effect
    with pytest.raises(msgspec.DecodeError):
        effect_of(encode(START))


@pytest.mark.parametrize("body", ['{"kind":"dance"}', '{"kind":"start","id":"x"}', '{"kind":7}', "[]", "start", ""])
def test_what_is_no_workflow_request_though_it_says_so_and_what_is_nothing_at_all_is_refused(body):
    with pytest.raises(msgspec.DecodeError):
        workflow_request_of(body)


def test_an_object_that_says_nothing_of_itself_is_no_workflow_request():
    assert workflow_request_of(b'{"id": "x"}') is None
