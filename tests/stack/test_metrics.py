"""The metrics of the deployed functions: those that alarms and dashboard read, without any of the team's data."""

import json
import re
from datetime import UTC, datetime

import pytest

from kedge.lambdas.observability import Count
from tests.stack.deployed_ring import DRIFTED
from tests.stack.sample_world import Sample
from tests.template.deployed import Deployed

TEN, ELEVEN = (datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (10, 11))
SECRET = "a-secret-of-the-team"


@pytest.fixture(scope="module")
def lines(ring) -> list[dict]:
    """Return every line of JSON from the functions, after a day with every counted event."""
    ring.monitor(SECRET)
    report = {"violations": [DRIFTED["violations"][0] | {"description": f"{SECRET}: Baseline drift distance: 0.5"}]}
    job = ring.run(SECRET, TEN, "violated", report)
    ring.settle()
    ring.stack.server.control.send_again(job)
    Sample("sqs.sns_subscription", "counted").send(ring)
    ring.heartbeat()
    ring.stack.let_fail("kedge-dispatch", "sns:Publish", "AuthorizationError", times="1")
    with ring.hiding_for(2):
        ring.run(SECRET, ELEVEN, "clean")
        for queue in ("Signals", "Effects"):
            ring.stack.client("sqs").send_message(
                QueueUrl=ring.outputs[f"{queue}QueueUrl"], MessageBody=json.dumps({SECRET: SECRET})
            )
        ring.settle()
    ring.stack.mend()
    ring.stack.let_fail("kedge-reconcile", "appconfig:GetLatestConfiguration", "AccessDeniedException")
    ring.until(lambda: ring.minute() and str(Count.POLICY_UNREAD) in ring.stack.log.read_text())
    ring.stack.mend()
    for queue in ("Signals", "Effects"):
        assert len(ring.letters(f"{queue}DeadLettersUrl")) == 1
    assert len(ring.mails(SECRET)) == 2
    ring.stack.client("lambda").invoke(FunctionName=ring.outputs["WatchFunctionName"], Payload=b"{}")
    written = (line for line in ring.stack.log.read_text().splitlines() if line.startswith('{"'))
    return [json.loads(line) for line in written]


def counted(lines) -> set[tuple[str, str]]:
    """Return the metrics written so far, each with the value of its dimension."""
    return {
        (metric["Name"], line["service"])
        for line in lines
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ())
        for metric in directive["Metrics"]
        if (directive["Namespace"], directive["Dimensions"]) == ("Kedge", [["service"]])
    }


def test_every_metric_of_kedge_that_an_alarm_or_the_dashboard_reads_is_written(ring, lines):
    template = Deployed()
    read = {
        (alarm["MetricName"], alarm["Dimensions"][0]["Value"])
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == "Kedge"
    }
    board = template.properties("Dashboard")["DashboardBody"]
    ours = {str(name) for name in Count}
    read |= {(name, ring.name) for name in re.findall(r'\["(?:Kedge|\.)", "(\w+)"', board) if name in ours}
    # This story does not contain a remedy: tests/unit/lambdas/test_remediate.py shows that each step counts. The topics have
    # subscribers: tests/unit/lambdas/test_handlers.py shows the count without them.
    others = (Count.NOBODY_LISTENS, Count.EFFECTS_STRANDED)  # tests/stack/test_self_watch.py shows these
    elsewhere = {each for each in read if each[0].startswith("Remedies") or each[0] in others}
    assert len(read - elsewhere) > 5
    assert read - elsewhere <= counted(lines)


def test_every_name_under_kedge_on_the_dashboard_is_one_that_is_counted():
    board = Deployed().properties("Dashboard")["DashboardBody"]
    rows = re.findall(r'\["([\w/.]+)", "(\w+)"', board)
    named, space = set(), ""
    for first, name in rows:
        space = space if first == "." else first
        if space == "Kedge":
            named.add(name)
    assert named
    assert named <= {str(name) for name in Count}


def test_every_metric_that_was_written_has_a_name_that_is_known(lines):
    assert {name for name, _ in counted(lines)} <= {str(name) for name in Count}


def test_what_could_not_be_read_is_counted_with_the_id_of_its_dead_letter(lines):
    counting = [line for line in lines if "_aws" in line and "dead_letter" in line]
    assert {line["service"] for line in counting} == {"kedge"}
    assert any(str(Count.SIGNALS_MALFORMED) in line for line in counting)


def test_no_line_of_a_log_tells_what_was_in_a_report_or_an_event(lines):
    told = [line for line in lines if "Baseline drift distance" in json.dumps(line)]
    assert told == []
    # The target's name is not content: an engineer needs it for every search.
    named = [line for line in lines if f'"{SECRET}": "{SECRET}"' in json.dumps(line)]
    assert named == []
