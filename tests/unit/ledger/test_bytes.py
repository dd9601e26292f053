"""A transaction of DynamoDB takes 4 MB: what is larger is told all the same, in more steps or with fewer findings."""

import msgspec
import pytest
from msgspec.structs import replace

from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, Permanent
from kedge.domain.finding import Check, Finding
from kedge.domain.notification import SendRate
from kedge.domain.run import Verdict
from kedge.ledger.items import size_of
from kedge.ledger.writes import MOST_BYTES, writes_of, writes_of_telling
from kedge.policy.compiled import default_policy
from kedge.ports.storage import NotificationCommit
from kedge.routing.digest import ROOM, digest_steps
from tests.fakes.ledger import MemoryLedger
from tests.support.ledgers import NOW, decided, violated
from tests.support.notifications import NOTHING_AROUND, notice
from tests.support.ring import Ring
from tests.support.stories import policy_of, run

# A control character takes six bytes of JSON.
LONG = "\x01" * 380
FINDINGS = tuple(
    Finding(check=Check.DRIFT, feature=f"{number}{LONG}", metric=LONG, said=LONG, facet=LONG) for number in range(20)
)
RECEIVERS = tuple(f"team-{number:02}" for number in range(90))


class Table(MemoryLedger):
    """Notes how large the transactions are."""

    def __init__(self):
        super().__init__()
        self.sizes = []

    def commit(self, commit):
        self.sizes.append(sum(map(size_of, writes_of(commit))))
        super().commit(commit)

    def tell(self, telling):
        # What is taken away may count, too.
        gone = sum(len(msgspec.json.encode(each)) for each in telling.told)
        self.sizes.append(gone + sum(map(size_of, writes_of_telling(telling))))
        super().tell(telling)


def large(number=0):
    incident = decided(MemoryLedger(), violated()).decision.incident
    problem = replace(incident.problem, worst=FINDINGS)
    return replace(notice(incident=f"i-{number}"), incident=replace(incident, id=f"i-{number}", problem=problem))


def test_ninety_receivers_hear_of_the_largest_problem_that_there_is():
    routes = [{"receiver": name, "continue": True} for name in RECEIVERS]
    policy = policy_of(
        receivers=[{"name": "rest"}, *({"name": name} for name in RECEIVERS)],
        route={"receiver": "rest", "routes": routes},
    )
    table = Table()
    ring = Ring(ledger=table, policy=policy, channels=(ChannelName.PROGRAMS,))
    ring.turn(run("19:00", Verdict.VIOLATED, FINDINGS))
    ring.minutes(3)
    assert {each.receiver for each in ring.told} == set(RECEIVERS)
    assert max(table.sizes) <= MOST_BYTES


def test_a_decision_of_too_many_bytes_is_to_be_made_anew():
    commit = decided(MemoryLedger(), violated())
    effect = replace(commit.effects[0], because="x" * 100_000)
    effects = tuple(replace(effect, id=f"{number}") for number in range(45))
    with pytest.raises(Conflict, match="changes at most 4000000 at once"):
        writes_of(replace(commit, effects=effects))
    assert writes_of(replace(commit, effects=effects[:30]))


def test_a_step_of_telling_of_too_many_bytes_is_refused():
    effect = replace(decided(MemoryLedger(), violated()).effects[0], because="x" * 1_500_000)
    effects = tuple(replace(effect, id=f"e/{channel}") for channel in ChannelName)
    telling = NotificationCommit(
        receiver="ml-oncall", paced="ml-oncall", told=(notice(),), effects=effects, against=NOTHING_AROUND, now=NOW
    )
    with pytest.raises(Permanent, match="changes at most 4000000 at once"):
        writes_of_telling(telling)


def test_large_notices_are_taken_in_portions_and_every_incident_is_in_the_message():
    waiting = tuple(large(number) for number in range(55))
    done = list(digest_steps(default_policy(), "ml-oncall", waiting, SendRate(), NOW))
    sizes = [sum(len(msgspec.json.encode(each)) for each in step.told) for step in done]
    assert len(done) > 1
    assert max(sizes) <= ROOM
    (message,) = [step.message for step in done if step.message]
    assert len(message.briefs) + message.tally.incidents == 55
