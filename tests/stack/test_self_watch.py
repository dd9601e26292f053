"""Kedge notices its own silence: a bus that delivers nothing, effects that stay behind, receivers without a subscriber."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.table import Table
from kedge.domain.incident import IncidentState
from kedge.lambdas.observability import Count
from kedge.ledger.items import ItemKind, stamp
from kedge.ledger.timeline import EntryKind
from kedge.services.stranded import STRANDED_AFTER
from tests.stack.deployed_ring import alarm
from workbench.main import app

pytestmark = pytest.mark.usefixtures("one_road")


def counted(ring, what: Count) -> int:
    """Return the number of times that the functions wrote a metric."""
    return ring.stack.log.read_text().count(f'"Name":"{what}"')


def test_a_heartbeat_on_the_bus_goes_the_whole_way_unless_its_rule_delivers_nothing(ring):
    before = counted(ring, Count.HEARTBEATS)

    def one_came_round() -> bool:
        # Only one heartbeat of a minute goes further than intake, and another test may have sent it.
        ring.heartbeat()
        ring.settle()
        return counted(ring, Count.HEARTBEATS) > before

    ring.until(one_came_round)
    events = ring.stack.client("events")
    (rule,) = [
        each["Name"] for each in events.list_rules()["Rules"] if "kedge.heartbeat" in each.get("EventPattern", "")
    ]
    events.disable_rule(Name=rule)
    try:
        taken = ring.stack.log.read_text().count('"reason":"heartbeat"')
        assert taken > 0
        ring.heartbeat()
        ring.settle()
        assert ring.stack.log.read_text().count('"reason":"heartbeat"') == taken
    finally:
        events.enable_rule(Name=rule)


def test_what_a_relay_that_is_not_invoked_leaves_behind_is_carried_and_told_once(ring):
    ring.minute()
    before = counted(ring, Count.EFFECTS_STRANDED)
    with ring.stopped("RelayFunction"):
        (outcome,) = ring.invoke(alarm("left-behind"))["outcomes"]
        ring.minute()
        # 10 minutes are not over yet.
        assert counted(ring, Count.EFFECTS_STRANDED) == before
        incident = outcome["incident"]["id"]
        made_long_ago(ring, incident)
        ring.minute()
        ring.until(lambda: all(ring.told("left-behind").values()))
        assert len(ring.mails("left-behind")) == 1
        assert counted(ring, Count.EFFECTS_STRANDED) == before + 1
        ring.until(lambda: {each.standing for each in ring.ledger.story(incident).deliveries} == {"delivered"})
    # The relay reads its stream again, and dispatch recognizes what was sent.
    ring.settle()
    ring.minute()
    assert counted(ring, Count.EFFECTS_STRANDED) == before + 1
    assert len(ring.mails("left-behind")) == 1


def made_long_ago(ring, incident: str) -> None:
    """List the effects of an incident as if they had been made 10 minutes ago, after what the last round looked at."""
    dynamodb, table = ring.stack.client("dynamodb"), ring.outputs["TableName"]
    for effect in ring.ledger.story(incident).entries[0].effects:
        key = {"pk": {"S": f"EFFECT#{effect}"}, "sk": {"S": "EFFECT"}}
        item = dynamodb.get_item(TableName=table, Key=key)["Item"]
        item["at"] = {"S": stamp(datetime.now(UTC) - STRANDED_AFTER)}
        dynamodb.put_item(TableName=table, Item=item)


def test_a_receiver_without_a_confirmed_subscriber_is_told_nothing_and_its_timeline_says_so(ring):
    sns, before = ring.stack.client("sns"), counted(ring, Count.NOBODY_LISTENS)
    heard = self_checked(ring)
    assert counted(ring, Count.NOBODY_LISTENS) == before
    assert ring.invoke(alarm("heard"))["outcomes"]
    ring.settle()
    assert becauses(ring, "heard") == {
        f"notified ml-oncall through {channel}" for channel in ("mail", "chat", "programs")
    }
    with filtered(ring, sns, "another-team"):
        assert self_checked(ring) > heard
        assert counted(ring, Count.NOBODY_LISTENS) > before
        ring.invoke(alarm("not-heard"))
        ring.settle()
        assert "mail for ml-oncall: accepted, no confirmed subscriber" in becauses(ring, "not-heard")
    self_checked(ring)


@contextmanager
def filtered(ring, sns, receiver: str) -> Iterator[None]:
    """Let each subscriber of mails receive only the messages to one receiver."""
    found = sns.list_subscriptions_by_topic(TopicArn=ring.outputs["PeopleTopicArn"])["Subscriptions"]

    def select(policy: dict[str, list[str]]) -> None:
        for each in found:
            wanted = {"AttributeName": "FilterPolicy", "AttributeValue": json.dumps(policy)}
            sns.set_subscription_attributes(SubscriptionArn=each["SubscriptionArn"], **wanted)

    select({"receiver": [receiver]})
    try:
        yield
    finally:
        select({})


def becauses(ring, target: str) -> set[str]:
    """Return what the timeline of an incident says about its messages."""
    (story,) = ring.stories(target)
    return {entry.because for entry in story.entries if entry.what is not EntryKind.DECIDED}


def self_checked(ring) -> int:
    """Let reconcile and dispatch start again, check the subscribers, and return how often that was kept so far."""
    lambdas = ring.stack.client("lambda")
    for name in ("ReconcileFunctionName", "DispatchFunctionName"):
        timeout = lambdas.get_function_configuration(FunctionName=ring.outputs[name])["Timeout"]
        lambdas.update_function_configuration(FunctionName=ring.outputs[name], Timeout=timeout)
    ring.minute()
    table = Table(ring.stack.client("dynamodb"), ring.outputs["TableName"])
    return DynamoStoredDocument(table, ItemKind.AUDIENCE, "UNHEARD").load()[1]


def test_a_drill_is_marked_in_every_channel_and_proven_by_each_and_leaves_no_incident_behind(ring, monkeypatch):
    in_its_account(ring, monkeypatch)
    ring.monitor("drilled")
    drilled = kedge("drill", "--endpoint", "drilled", "--severity", "critical", "--timeout", "4m", "--json")
    assert drilled.exit_code == 0, drilled.output
    result = json.loads(drilled.stdout)
    assert {each["channel"]: each["accepted"] for each in result["messages"]} == dict.fromkeys(
        ring.inbox.channels, True
    )
    assert all(each["message_id"] and each["seconds"] >= 0 for each in result["messages"])
    told = ring.told("drilled")
    assert [each.subject for each in told["mail"]] == [
        "[DRILL] drilled: this is a drill, no model has a problem (CRITICAL)"
    ]
    assert [json.loads(each.body)["drill"] for each in told["programs"]] == [True]
    assert [json.loads(each.body)["content"]["title"][:8] for each in told["chat"]] == ["[DRILL] "]
    assert result["incident"] not in kedge("incident", "list", "--all").stdout
    assert kedge("incident", "ack", result["incident"]).exit_code == 0
    assert ring.ledger.story(result["incident"]).incident.state is IncidentState.ACKNOWLEDGED
    ring.settle()
    assert len(ring.told("drilled")["mail"]) == 1


def test_a_drill_to_a_receiver_without_a_confirmed_subscriber_fails_and_names_it(ring, monkeypatch):
    in_its_account(ring, monkeypatch)
    sns = ring.stack.client("sns")
    with filtered(ring, sns, "another-team"):
        drilled = kedge("drill", "--timeout", "4m")
    assert drilled.exit_code == 1
    assert "no filter policy names the receiver" in " ".join(drilled.stdout.split())
    assert kedge("drill", "--stack", "nothing-here").exit_code == 2


def in_its_account(ring, monkeypatch) -> None:
    """Let commands use the local stack as their account."""
    for name, value in ring.stack.environment.items():
        monkeypatch.setenv(name, value)


def kedge(*words: str) -> Result:
    """Run the command line."""
    return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "200"}).invoke(app, words)
