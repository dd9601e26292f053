"""`kedge model status`: what watches an endpoint, with its last and next run."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from kedge.adapters.dynamodb.table import Table
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.run import Monitor, Verdict
from kedge.ledger.items import Item, ItemKind, Write
from kedge.ledger.keys import case_key
from tests.fakes.aws_account import BUCKET, NOW
from tests.unit.workbench.model.conftest import TRAIN
from workbench.local_sagemaker.onboarding import monitored_endpoint

MODEL_MONITOR = ("--with", "model-monitor", "--role", "arn:aws:iam::111122223333:role/monitor")


def rows(operator, *names):
    result = operator.type("status", *names, "--json")
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_source_has_its_row(operator):
    operator.account.make("churn")
    operator.type("onboard", "churn", "--baseline-from", TRAIN, *MODEL_MONITOR, "--yes")
    found = rows(operator, "churn")
    assert [row["source"] for row in found] == ["Kedge", "Model Monitor", *["alarm"] * 6]
    kedge, monitor, *alarms = found
    assert (kedge["name"], kedge["type"]) == ("churn-data-quality", "data_quality")
    assert (monitor["name"], monitor["type"]) == ("churn-model-monitor-data-quality", "data_quality")
    assert kedge["baseline_made"] == monitor["baseline_made"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert kedge["next_run"]
    assert monitor["next_run"]
    assert {row["capture_share"] for row in found} == {100}
    assert {row["last_verdict"] for row in alarms} == {"INSUFFICIENT_DATA"}


@pytest.mark.parametrize("verdict", [Verdict.VIOLATED, Verdict.NO_DATA, Verdict.FAILED])
def test_the_last_run_of_a_monitor_is_its_own_also_if_it_measured_nothing(operator, verdict):
    operator.account.make("churn")
    operator.type("onboard", "churn", "--baseline-from", TRAIN, "--yes")
    at = datetime.now(UTC) - timedelta(hours=1)
    sources = {
        "churn-data-quality": SourceState(id="a", at=at, finished=at, verdict=verdict),
        "another": SourceState(id="b", at=at, finished=at, verdict=Verdict.CLEAN),
    }
    table, target = Table(operator.stack.client("dynamodb"), "kedge"), operator.stack.endpoint("churn")
    body = msgspec.json.encode(CaseState(sources=sources)).decode()
    item = Item(key=case_key(target, Monitor.DATA_QUALITY), kind=ItemKind.CASE, version=1, body=body)
    table.put(Write(item=item, over=0))
    assert rows(operator, "churn")[0]["last_verdict"] == verdict


def test_an_endpoint_that_nothing_watches_is_in_the_list(operator):
    operator.account.make("churn", "fraud")
    operator.type("onboard", "churn", "--yes")
    found = rows(operator)
    assert found[-1] == {
        "endpoint": "fraud",
        "source": "none",
        "remark": "nothing watches it: kedge model onboard fraud",
    }
    assert [row["endpoint"] for row in rows(operator, "fraud", "fraud")] == ["fraud"]
    shown = operator.type("status", COLUMNS="80").stdout
    assert "nothing watches it: kedge model onboard fraud" in shown


def test_a_stopped_schedule_has_no_next_run(operator):
    for operation, parameters in monitored_endpoint("churn", bucket=BUCKET, kinds=["ModelBias"]):
        operator.account.service.call(operation, parameters)
    operator.account.service.call("StopMonitoringSchedule", {"MonitoringScheduleName": "churn-bias"})
    (row,) = rows(operator, "churn")
    assert (row["type"], row.get("next_run"), row["remark"]) == ("bias", None, "the schedule is Stopped")


def test_a_monitor_without_capture_is_remarked(operator):
    operator.account.make("churn")
    operator.type("onboard", "churn", "--baseline-from", TRAIN, "--no-capture", "--yes")
    assert rows(operator, "churn")[0]["remark"] == "data capture is off"


def test_an_unknown_endpoint_is_wrong_usage(operator):
    result = operator.type("status", "nothing")
    assert (result.exit_code, result.stdout) == (2, "")
