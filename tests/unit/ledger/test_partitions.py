"""Each kind of write touches the partitions that IAM allows to whoever writes it, all of them and no other."""

import msgspec
from msgspec.structs import replace

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.decide.measurements import measured_of
from kedge.domain.action import ActionRegister, Answer, Efficacy, StartWorkflow, Vote, WakeWorkflow
from kedge.domain.decision import Inhibits
from kedge.domain.notification import GroupState, SendRate
from kedge.domain.run import Verdict
from kedge.domain.silence import Silence
from kedge.domain.stage import Stage
from kedge.ledger.action_writes import write_of_token, writes_of_step
from kedge.ledger.delivery import Delivery, DeliveryStatus
from kedge.ledger.items import ItemKind
from kedge.ledger.timeline import delivered
from kedge.ledger.writes import write_of_silence, writes_of, writes_of_delivery, writes_of_telling
from kedge.ports.actions import ActionCommit
from kedge.ports.storage import NotificationCommit
from tests.fakes.ledger import MemoryLedger
from tests.support.actions import action, first_step
from tests.support.ledgers import NOW, decided, violated
from tests.support.notifications import NOTHING_AROUND, notice
from tests.template.partitions import WRITES

PLANNED = action()


def partitions(changes):
    """The partitions of some changes, as IAM's patterns name them."""
    kinds = {change.key.pk.partition("#") for change in changes}
    return {f"{kind}#*" if hashed else kind for kind, hashed, _ in kinds}


def test_a_decision_with_all_that_one_can_leave_behind():
    commit = decided(MemoryLedger(), violated())
    inhibits = Inhibits(key="k", incident="i-1")
    decision = replace(
        commit.decision,
        paces={"ml-oncall": SendRate()},
        groups={"g": GroupState()},
        inhibits=(inhibits,),
        frees=(replace(inhibits, key="other"),),
    )
    workflow_requests = (
        StartWorkflow(id=PLANNED.digest, action=PLANNED),
        WakeWorkflow(id="w", digest=PLANNED.digest, signal="s"),
    )
    changes = writes_of(replace(commit, decision=decision, notices=(notice(),), workflow_requests=workflow_requests))
    assert partitions(changes) == set(WRITES["decision"])


def test_a_run_with_its_values():
    commit = decided(MemoryLedger(), violated())
    measured = measured_of(violated(), Verdict.VIOLATED)
    without, with_it = (partitions(writes_of(replace(commit, measured=each))) for each in (None, measured))
    assert with_it - without == set(WRITES["run"])


def test_a_step_of_telling_with_all_that_one_can_change():
    effects = decided(MemoryLedger(), violated()).effects
    told, folded = notice(), notice(incident="i-2")
    telling = NotificationCommit(
        receiver=told.receiver,
        paced=told.receiver,
        told=(told,),
        folded=folded,
        effects=effects,
        pace=SendRate(),
        group=GroupState(),
        against=NOTHING_AROUND,
        now=NOW,
    )
    assert partitions(writes_of_telling(telling)) == set(WRITES["telling"])


def test_a_delivery_with_its_line_on_the_timeline():
    (effect,) = decided(MemoryLedger(), violated()).effects
    delivery = Delivery(effect=effect.id, standing=DeliveryStatus.CLAIMED, since=NOW)
    (changes,) = writes_of_delivery(delivery, effect, 0, delivered(effect, "m-1", NOW))
    assert partitions(changes) == set(WRITES["delivery"])


def test_a_silence():
    silence = Silence(id="s", matchers=(), starts_at=NOW, ends_at=NOW, author="ana", comment="")
    assert partitions([write_of_silence(silence)]) == set(WRITES["silence"])


def test_a_policy():
    kept = []
    DynamoStoredDocument(msgspec.defstruct("Kept", [("put", object)])(put=kept.append)).keep("{}", 0)
    assert partitions(kept) == set(WRITES["policy"])


def test_the_monitors():
    kept = []
    table = msgspec.defstruct("Kept", [("put", object)])(put=kept.append)
    DynamoStoredDocument(table, ItemKind.MONITORS).keep("{}", 0)
    assert partitions(kept) == set(WRITES["monitors"])


def test_the_receivers_without_a_subscriber():
    kept = []
    table = msgspec.defstruct("Kept", [("put", object)])(put=kept.append)
    DynamoStoredDocument(table, ItemKind.AUDIENCE, "UNHEARD").keep("{}", 0)
    assert partitions(kept) == set(WRITES["audience"])


def test_a_step_of_a_plan_with_each_of_what_one_can_change():
    ana = Vote(by="ana", answer=Answer.APPROVE, at=NOW)
    voted = ActionCommit(action=replace(PLANNED, stage=Stage.APPROVED, votes=(ana,)), version=1, cast=(ana,))
    plan = set(WRITES["plan"])
    more = {
        "plan": first_step(PLANNED),
        "vote": voted,
        "place": replace(first_step(PLANNED), register=ActionRegister()),
        "wait": replace(first_step(PLANNED), awaits=("endpoint/a",), forgets=("endpoint/b",)),
        "outcome": replace(first_step(PLANNED), efficacy=Efficacy()),
    }
    found = {write: partitions(writes_of_step(step)) for write, step in more.items()}
    assert found == {write: plan | set(WRITES[write]) for write in more}


def test_a_task_token_lies_with_its_plan():
    assert partitions([write_of_token(PLANNED, "token", "ask")]) == set(WRITES["plan"])
