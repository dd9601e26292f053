"""Properties of a table only: its answer can get lost, and one partition holds every kind of item."""

from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError
from msgspec.structs import replace

from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.agenda import DynamoAgenda
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.domain.action import Answer, Vote
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, Permanent, Transient
from kedge.domain.ids import mark
from kedge.domain.stage import Stage
from kedge.ledger.items import Item, ItemKind, Key, Listed, Listing, Write, encode
from kedge.policy.compiled import default_policy
from kedge.ports.actions import VersionedAction
from kedge.services.reconcile import Reconcile
from tests.contracts.test_context import commit_of
from tests.support.actions import action, next_step, reserving
from tests.support.ledgers import MONITOR, NOW, clean, decided, take, violated
from tests.support.notifications import notice
from tests.support.stories import CHURN

pytestmark = pytest.mark.stack


class LosesAnswers:
    """A client that carries out each call, but loses its first answer to each operation."""

    def __init__(self, client, *operations):
        self._client = client
        self._lost = set(operations)

    def __getattr__(self, operation):
        call = getattr(self._client, operation)

        def lost(**asked):
            answer = call(**asked)
            if operation in self._lost:
                self._lost.discard(operation)
                raise ReadTimeoutError(endpoint_url="https://dynamodb")
            return answer

        return lost


@pytest.fixture
def forgetful(table):
    return DynamoLedger(Table(LosesAnswers(table._dynamodb, "transact_write_items"), table._name))


def test_a_commit_whose_answer_was_lost_succeeds_when_it_is_repeated(forgetful):
    commit = decided(forgetful, violated())
    decision = commit.decision
    with pytest.raises(Transient):
        forgetful.commit(commit)
    forgetful.commit(commit)
    assert forgetful.load(CHURN, MONITOR) == (decision.state, 1)
    assert len(forgetful.story(decision.incident.id).entries) == 1


def test_a_commit_whose_answer_was_lost_is_a_repetition_when_the_queue_brings_the_signal_again(forgetful):
    with pytest.raises(Transient):
        take(forgetful, violated())
    again, effects = take(forgetful, violated())
    assert (again.reason, effects) == (Reason.DUPLICATE, ())


def test_a_step_whose_answer_was_lost_is_refused_when_it_is_repeated_and_found_by_whoever_reads_again(table):
    forgets = Table(LosesAnswers(table._dynamodb, "transact_write_items"), table._name)
    actions, planned = DynamoActions(forgets), action()
    step = reserving(actions, planned)
    with pytest.raises(Transient):
        actions.keep(step)
    with pytest.raises(Conflict):
        actions.keep(step)
    assert actions.load(planned.digest) == VersionedAction(planned, 1)
    assert [each.digest for each in actions.register(CHURN)[0].taken] == [planned.digest]


def test_endpoints_that_an_older_release_put_beside_the_register_are_counted_with_those_that_lie_apart(table):
    ledger = DynamoLedger(table)
    for name in ("churn-prod", "older"):
        key = Key("REGISTER#111122223333/us-east-1", f"ENDPOINT#{name}")
        table.put(Write(item=Item(key=key, kind=ItemKind.ENDPOINT, version=1, body="{}")))
    ledger.commit(commit_of(ledger, CHURN))
    assert sorted(ledger.register(CHURN).endpoints) == sorted(map(mark, ("churn-prod", "older")))
    (apart,) = table.partition("ENDPOINTS#111122223333/us-east-1")
    assert (apart.kind, apart.key.sk) == (ItemKind.ENDPOINT, "ENDPOINT#churn-prod")


def test_an_approval_that_an_older_release_kept_is_gone_on_with(table):
    actions, ana = DynamoActions(table), Vote(by="ana", answer=Answer.APPROVE, at=NOW)
    asked = replace(action(), stage=Stage.ASKED, asked=NOW)
    actions.keep(reserving(actions, asked))
    voted = replace(asked, votes=(ana,))
    old = Item(key=Key(f"ACTION#{asked.digest}", "ACTION"), kind=ItemKind.ACTION, version=2, body=encode(voted))
    table.put(Write(item=old, over=1))
    assert actions.load(asked.digest) == VersionedAction(voted, 2, (ana,))
    reminded = replace(voted, reminded=NOW)
    actions.keep(next_step(actions, reminded))
    assert actions.load(asked.digest) == VersionedAction(reminded, 3, (ana,))


def test_a_token_is_in_no_item_but_its_own(table):
    actions, planned = DynamoActions(table), action()
    actions.keep(reserving(actions, planned))
    actions.keep_token(planned.digest, "AQCEAAAAKgAAAAM", "ask")
    items = table._dynamodb.scan(TableName=table._name)["Items"]
    (holder,) = [item for item in items if "AQCEAAAAKgAAAAM" in str(item)]
    assert holder["sk"]["S"] == "TOKEN#ask"
    assert {"listed", "at"}.isdisjoint(holder)
    assert int(holder["expires_at"]["N"]) > NOW.timestamp()


def test_an_effect_is_written_once_and_forgotten_after_thirty_days(table):
    ledger = DynamoLedger(table)
    _, (effect,) = take(ledger, violated())
    item = table.get(Key(f"EFFECT#{effect.id}", "EFFECT"))
    assert (item.kind, item.version) == (ItemKind.EFFECT, 1)
    assert item.expires_at == int(NOW.timestamp()) + 30 * 24 * 3600


def test_a_partition_of_many_pages_is_read_whole(table):
    body = "x" * 200_000
    for number in range(8):
        item = Item(key=Key("INCIDENT#1", f"ENTRY#{number:06}"), kind=ItemKind.ENTRY, version=1, body=body)
        table.put(Write(item=item))
    assert [item.key.sk for item in table.partition("INCIDENT#1")] == [f"ENTRY#{number:06}" for number in range(8)]


def test_a_table_that_is_gone_is_permanent(table):
    with pytest.raises(Permanent):
        DynamoLedger(Table(table._dynamodb, "no-such-table")).load(CHURN, MONITOR)


def test_a_state_that_cannot_be_read_is_told_with_its_place(table):
    ledger = DynamoLedger(table)
    key = Key(f"CASE#{CHURN}#{MONITOR}", "STATE")
    table.put(Write(item=Item(key=key, kind=ItemKind.CASE, version=1, body='{"incident": 7}')))
    with pytest.raises(Permanent, match=r"CASE#111122223333.*incident"):
        ledger.load(CHURN, MONITOR)


def test_the_state_keeps_what_a_later_kedge_has_added_out_of_the_way(table):
    ledger = DynamoLedger(table)
    take(ledger, clean("10:00"))
    item = table.get(Key(f"CASE#{CHURN}#{MONITOR}", "STATE"))
    newer = item.body.replace("{", '{"mood":"calm",', 1)
    table.put(Write(item=Item(key=item.key, kind=ItemKind.CASE, version=2, body=newer), over=1))
    assert ledger.load(CHURN, MONITOR)[0].recent == (mark(clean("10:00").id),)


def test_a_notice_that_cannot_be_read_holds_up_nobody_but_its_receiver(table):
    ledger, agenda = DynamoLedger(table), DynamoAgenda(table)
    key = Key("NOTICES#first", "i-0/1/first#x")
    listed = Listed(Listing.NOTICE, NOW)
    table.put(Write(item=Item(key=key, kind=ItemKind.NOTICE, version=1, body='{"id": 7}', listed=listed)))
    ledger.commit(replace(commit_of(ledger), notices=(notice(receiver="second"),)))
    reconcile = Reconcile(None, agenda, default_policy, (ChannelName.MAIL,), lambda: NOW)
    done = reconcile.round(lambda: timedelta(minutes=1))
    assert [telling.receiver for telling in done.tellings] == ["second"]
    (left,) = done.left
    assert (left.what, type(left.error)) == ("send the waiting notices of first", Permanent)
    assert "NOTICES#first" in str(left.error)


def test_a_case_of_a_kind_that_only_a_later_kedge_knows_is_left_to_it(table):
    listed = Listed(Listing.DUE, NOW)
    key = Key("CASE#111122223333/us-east-1/endpoint/churn#Mood", "STATE")
    table.put(Write(item=Item(key=key, kind=ItemKind.CASE, version=1, body="{}", listed=listed)))
    assert DynamoAgenda(table).due(NOW, 10) == ()
