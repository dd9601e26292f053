"""The table answers an engineer's questions: the incidents, and the silences."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.incidents import DynamoIncidents
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.domain.action import ActionRegister, Efficacy
from kedge.domain.decision import CaseState
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments
from kedge.domain.incident import IncidentState
from kedge.domain.remedy import RemedyName
from kedge.domain.signal import ChangeKind
from tests.contracts.test_context import commit_of, other, silence
from tests.support.actions import action, reserving, taken
from tests.support.ledgers import NOW, take, violated
from tests.support.notifications import firing
from tests.support.stories import CHURN

pytestmark = pytest.mark.stack


@pytest.fixture
def ledger(table):
    return DynamoLedger(table)


@pytest.fixture
def incidents(table):
    return DynamoIncidents(table)


def keep(ledger, number, *, state=IncidentState.FIRING):
    """Keep an incident that began `number` hours ago."""
    began = NOW - timedelta(hours=number)
    incident = replace(firing(f"i-{number}"), since=began, state=state)
    ledger.commit(commit_of(ledger, other(number), incident=incident))


def names(found):
    return [incident.id for incident in found]


def test_open_incidents_are_listed_the_newest_first(ledger, incidents):
    keep(ledger, 3)
    keep(ledger, 1, state=IncidentState.ACKNOWLEDGED)
    keep(ledger, 2, state=IncidentState.RESOLVED)
    assert names(incidents.listing(open_only=True)) == ["i-1", "i-3"]
    assert names(incidents.listing(open_only=False)) == ["i-1", "i-2", "i-3"]


def test_an_incident_that_was_resolved_is_open_no_more(ledger, incidents):
    keep(ledger, 1)
    keep(ledger, 1, state=IncidentState.RESOLVED)
    assert names(incidents.listing(open_only=True)) == []
    assert names(incidents.listing(open_only=False)) == ["i-1"]


def test_incidents_are_listed_from_a_time_on_and_no_more_than_wanted(ledger, incidents):
    for number in range(1, 6):
        keep(ledger, number, state=IncidentState.RESOLVED if number % 2 else IncidentState.FIRING)
    since = NOW - timedelta(hours=4)
    assert names(incidents.listing(open_only=False, since=since)) == ["i-1", "i-2", "i-3", "i-4"]
    assert names(incidents.listing(open_only=False, since=since, most=2)) == ["i-1", "i-2"]


def test_an_incident_is_listed_as_it_is_now(ledger, incidents):
    decision, _ = take(ledger, violated())
    assert incidents.listing(open_only=True) == (decision.incident,)
    assert incidents.story(decision.incident.id) == ledger.story(decision.incident.id)


def test_silences_are_listed_those_that_are_over_included(ledger, incidents):
    ledger.keep_silence(silence("s-2", hours=-1))
    ledger.keep_silence(silence("s-1"))
    assert incidents.silences() == (silence("s-1"), silence("s-2", hours=-1))


def test_what_ran_on_an_endpoint_is_told_and_of_one_that_nobody_heard_of_nothing(ledger, incidents):
    ran = Deployments(history=(Deployment(config="churn-41", since=NOW, arrival=DeploymentOrigin.DEPLOYED),))
    commit = commit_of(ledger, CHURN, state=CaseState(deployments=ran))
    ledger.commit(replace(commit, monitor=ChangeKind.ENDPOINT, version=0))
    assert incidents.deployments(CHURN) == ran
    assert incidents.deployments(other(1)) == Deployments()


def test_what_was_done_lately_and_how_well_it_worked_is_told(table, incidents):
    planned = action()
    DynamoActions(table).keep(replace(reserving(DynamoActions(table), planned), efficacy=Efficacy(verified=3)))
    assert incidents.register(other(1)) == ActionRegister(taken=(taken(planned),))
    assert incidents.efficacy(CHURN) == {RemedyName.ROLL_BACK: Efficacy(verified=3)}
    assert incidents.register(replace(CHURN, account="444455556666")) == ActionRegister()
    assert incidents.efficacy(other(1)) == {}
