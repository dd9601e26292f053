"""A drill goes through real routes to real receivers, and counts as nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest

from kedge.decide.deployment_ledger import MONITORS
from kedge.decide.drill import LASTS
from kedge.domain.context import ContextRequest
from kedge.domain.effect import ChannelName
from kedge.domain.errors import MalformedSignal
from kedge.domain.incident import IncidentState, SuppressionReason
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import DecisionMade, OperatorAction, TimerFired
from kedge.domain.silence import Silence
from kedge.domain.statement import Statement
from kedge.ledger.items import ItemKind
from kedge.ledger.writes import writes_of
from kedge.services.people import People
from kedge.sources.event_header import Home
from kedge.sources.operator_fields import Person
from kedge.sources.operator_requests import read_person
from tests.fakes.deployed import Vouching
from tests.support.ring import Ring
from tests.support.stories import CHURN, drift, policy_of, run

ANA = "arn:aws:sts::111122223333:assumed-role/OnCall/ana"
HOME = Home("111122223333", "us-east-1")
ROUTES: dict[str, Any] = {
    "receivers": [{"name": "ml-oncall"}, {"name": "data"}, {"name": "boss"}],
    "route": {
        "receiver": "ml-oncall",
        "routes": [
            {"receiver": "data", "matchers": ['owner="team-churn"'], "continue": True},
            {"receiver": "boss", "matchers": ['severity="critical"'], "continue": True},
            {"receiver": "ml-oncall"},
        ],
    },
}


class Desk:
    """A stack with a policy, and a person before it."""

    def __init__(self, **policy: Any) -> None:
        self.ring = Ring(channels=(ChannelName.MAIL, ChannelName.PROGRAMS), policy=policy_of(**(policy or ROUTES)))
        self.people = People(self.ring.intake.settle, Vouching(ANA), HOME, self.ring.clock)

    def event(self, number: int = 1, **detail: Any) -> dict[str, Any]:
        told = {"id": str(number), "at": self.ring.now.isoformat(), "severity": "warning", "by": "mallory", **detail}
        return {"source": "kedge", "detail-type": "Drill Requested", "detail": told}

    def drills(self, event: dict[str, Any]) -> Any:
        """Let a person with a proof start a drill, and return the decision."""
        heard = self.people.hear(event | {"proof": {"arn": ANA, "signed": str(Statement.saying(event))}})
        assert heard.outcome is not None
        return heard.outcome.decision

    def due(self) -> None:
        for due in self.ring.ledger.due(self.ring.now, 10):
            self.ring.take_in(TimerFired(id=f"t/{due.at}", at=due.at, target=due.target, monitor=due.monitor))

    def state(self) -> Any:
        return self.ring.ledger.load(CHURN, Monitor.DRILL)[0]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def told(decision: Any) -> list[str]:
    return [effect.receiver for effect in decision.effects]


def test_a_drill_notifies_the_receivers_that_the_policy_leads_to(desk):
    assert told(desk.drills(desk.event(endpoint="churn-prod"))) == ["ml-oncall"]
    assert told(desk.drills(desk.event(2, endpoint="churn-prod", severity="critical"))) == ["boss", "ml-oncall"]
    tags = {"kedge:owner": "team-churn", "owner": "team-churn"}
    assert "data" in told(desk.drills(desk.event(3, endpoint="churn-prod", tags=tags)))


def test_a_drill_is_marked_in_every_channel(desk):
    desk.drills(desk.event(endpoint="churn-prod"))
    desk.ring.turn()
    (mail,), (document,) = desk.ring.mail.sent, desk.ring.programs.sent
    assert mail.subject == "[DRILL] churn-prod: this is a drill, no model has a problem (WARNING)"
    assert json.loads(document.body)["drill"] is True
    assert mail.attributes["monitor"] == "Drill"


def test_a_drill_can_be_limited_to_one_receiver_which_need_not_be_on_the_route(desk):
    assert told(desk.drills(desk.event(receiver="boss"))) == ["boss"]


def test_a_receiver_that_the_policy_does_not_have_is_refused_in_words(desk):
    decision = desk.drills(desk.event(receiver="nobody"))
    assert (decision.effects, decision.changed) == ((), False)
    assert "does not have a receiver nobody" in decision.because


def test_a_drill_is_repeated_safely_and_another_one_notifies_again(desk):
    event = desk.event()
    first, again = desk.drills(event), desk.drills(event)
    assert (again.reason, again.incident.id, again.effects) == (Reason.DUPLICATE, first.incident.id, ())
    another = desk.drills(desk.event(2))
    assert another.incident.id != first.incident.id
    assert told(another) == ["ml-oncall"]
    assert len({effect.id for effect in desk.ring.ledger.outbox}) == len(desk.ring.ledger.outbox) == 4


def test_a_drill_counts_only_if_aws_confirms_who_starts_it(desk):
    heard = desk.people.hear(desk.event())
    assert heard.outcome is None
    assert "a drill notifies receivers" in heard.refused
    assert desk.ring.ledger.outbox == []


def test_what_would_suppress_an_incident_is_said_and_suppresses_no_drill(desk):
    now = desk.ring.now
    silence = Silence(
        id="s-1",
        matchers=('endpoint="churn-prod"',),
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        author="ben",
        comment="x",
    )
    desk.ring.ledger.keep_silence(silence)
    decision = desk.drills(desk.event(endpoint="churn-prod"))
    assert told(decision) == ["ml-oncall"]
    assert [(each.receiver, each.quiet, each.by) for each in decision.suppressed] == [
        ("ml-oncall", SuppressionReason.SILENCED, "s-1")
    ]


def test_a_mute_time_is_said_too():
    always = {"name": "always", "time_intervals": [{"years": ["2026"]}]}
    route = {"receiver": "ml-oncall", "routes": [{"receiver": "ml-oncall", "mute_time_intervals": ["always"]}]}
    desk = Desk(receivers=[{"name": "ml-oncall"}], mute_time_intervals=[always], route=route)
    decision = desk.drills(desk.event())
    assert told(decision) == ["ml-oncall"]
    assert [(each.quiet, each.by) for each in decision.suppressed] == [(SuppressionReason.MUTED, "always")]


def test_a_drill_is_acknowledged_as_an_incident_is(desk):
    incident = desk.drills(desk.event(endpoint="churn-prod")).incident
    ack = DecisionMade(
        id="d-1", at=desk.ring.now, target=CHURN, incident=incident.id, monitor=Monitor.DRILL, by=ANA, proven=True,
        act=OperatorAction.ACKNOWLEDGE,
    )  # fmt: skip
    (outcome,) = desk.ring.take_in(ack)
    assert outcome.decision.reason is Reason.ACKNOWLEDGED
    assert desk.state().incident.state is IncidentState.ACKNOWLEDGED
    assert desk.state().incident.by == "assumed-role/OnCall/ana"
    assert len(desk.ring.ledger.outbox) == 2


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_drill_ends_by_itself_and_notifies_no_receiver_of_it(desk, acknowledged):
    incident = desk.drills(desk.event(endpoint="churn-prod")).incident
    if acknowledged:
        act = OperatorAction.ACKNOWLEDGE
        desk.ring.take_in(DecisionMade(id="d", at=desk.ring.now, target=CHURN, incident=incident.id, monitor=Monitor.DRILL, by=ANA, proven=True, act=act))  # fmt: skip
    desk.ring.now += LASTS - timedelta(seconds=1)
    desk.due()
    assert desk.state().incident.is_open
    desk.ring.now += timedelta(seconds=1)
    desk.due()
    assert not desk.state().incident.is_open
    assert desk.state().due is None
    assert len(desk.ring.ledger.outbox) == 2


def test_a_person_can_end_a_drill_and_no_receiver_is_notified(desk):
    incident = desk.drills(desk.event(endpoint="churn-prod")).incident
    over = DecisionMade(
        id="d", at=desk.ring.now, target=CHURN, incident=incident.id, monitor=Monitor.DRILL, by=ANA, proven=True,
        act=OperatorAction.RESOLVE,
    )  # fmt: skip
    desk.ring.take_in(over)
    assert (desk.state().incident.state, desk.state().due) == (IncidentState.RESOLVED, None)
    assert len(desk.ring.ledger.outbox) == 2


def test_a_drill_of_an_endpoint_changes_none_of_its_cases(desk):
    desk.ring.take_in(run("10:00", Verdict.VIOLATED, drift("age")))
    before = desk.ring.ledger.cases(CHURN, MONITORS)
    asks, messages = ContextRequest(receivers=("ml-oncall", "boss")), len(desk.ring.ledger.outbox)
    pace = desk.ring.ledger.load_context(asks)
    desk.drills(desk.event(endpoint="churn-prod", severity="critical"))
    desk.ring.now += LASTS
    desk.due()
    assert desk.ring.ledger.cases(CHURN, MONITORS) == before
    assert Monitor.DRILL not in MONITORS
    assert desk.ring.ledger.load_context(asks) == pace
    assert len(desk.ring.ledger.outbox) == messages + 4


def test_a_drill_is_in_no_list_of_incidents_and_its_case_is_due_at_its_end(desk, monkeypatch):
    commits = []
    monkeypatch.setattr(desk.ring.ledger, "commit", commits.append)
    desk.drills(desk.event(endpoint="churn-prod"))
    (commit,) = commits
    listed = {write.item.kind: write.item.listed for write in writes_of(commit)}
    assert listed[ItemKind.INCIDENT] is None
    assert listed[ItemKind.CASE].at == desk.ring.now + LASTS
    assert ItemKind.ENDPOINT not in listed
    assert not {ItemKind.GROUP, ItemKind.PACE, ItemKind.INHIBITION} & set(listed)


def test_in_an_account_without_anything_a_drill_reaches_the_default_receiver():
    desk = Desk(receivers=[{"name": "ml-oncall"}])
    decision = desk.drills(desk.event())
    assert told(decision) == ["ml-oncall"]
    desk.ring.turn()
    assert desk.ring.mail.sent[0].subject.startswith("[DRILL] kedge: ")


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"severity": "loud"}, "$.detail.severity"),
        ({"tags": ["a"]}, "$.detail.tags"),
        ({"tags": {f"t{number}": "x" for number in range(51)}}, "$.detail.tags"),
        ({"tags": {"a": "x" * 257}}, "$.detail.tags"),
        ({"endpoint": "x" * 2_000}, "$"),
        ({"receiver": "x" * 300}, "$"),
    ],
)
def test_a_drill_that_cannot_be_read_names_the_place(desk, wrong, path):
    with pytest.raises(MalformedSignal) as fault:
        read_person(desk.event(**wrong), HOME, desk.ring.now, Person(ANA, proven=True))
    assert fault.value.path == path
