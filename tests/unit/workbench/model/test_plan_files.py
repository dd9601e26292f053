"""Plans that others review: written, carried out, refused if they are stale or were changed."""

import io
import json

import pytest

from tests.unit.workbench.model.conftest import TRAIN
from workbench.cli.model import command
from workbench.cli.model.selection import Where
from workbench.cli.model.wishes import Wishes

WORDS = ("--baseline-from", TRAIN, "--owner", "ml-oncall")


def written(operator, tmp_path, *names):
    file = tmp_path / "plan.json"
    result = operator.type("onboard", *names, *WORDS, "--plan", str(file))
    assert result.exit_code == 0
    assert "nothing was changed" in result.stderr
    assert operator.account.changes == []
    return file


def test_a_reviewed_plan_is_carried_out(operator, tmp_path):
    operator.account.make("churn", "fraud")
    file = written(operator, tmp_path, "churn", "fraud")
    assert operator.type("onboard", "--apply", str(file), "--yes").exit_code == 0
    assert len(operator.account.alarms) == 12
    assert operator.account.deployed.count(b"- name:") == 2


def test_a_plan_for_another_state_is_stale_and_says_what_changed(operator, tmp_path):
    operator.account.make("churn")
    file = written(operator, tmp_path, "churn")
    config = operator.account.world.endpoint_configs["churn-1"]
    operator.account.world.endpoint_configs["churn-2"] = config | {"EndpointConfigName": "churn-2"}
    operator.account.service.call("UpdateEndpoint", {"EndpointName": "churn", "EndpointConfigName": "churn-2"})
    result = operator.type("onboard", "--apply", str(file), "--yes")
    assert result.exit_code == 1
    assert "is stale" in result.stderr
    assert "config: churn-1" in result.stderr
    assert operator.account.changes == []


def test_a_config_that_was_made_anew_under_its_name_is_another_state(operator, tmp_path):
    operator.account.make("churn")
    file = written(operator, tmp_path, "churn")
    operator.account.world.endpoint_configs["churn-1"]["ProductionVariants"][0]["InstanceType"] = "ml.c5.xlarge"
    assert operator.type("onboard", "--apply", str(file), "--yes").exit_code == 1


def test_a_plan_that_broke_off_is_continued_from_its_file(operator, tmp_path):
    operator.account.make("churn")
    file = written(operator, tmp_path, "churn")
    operator.account.refused["cloudwatch.put_metric_alarm"] = ("AccessDenied", "not authorized")
    assert operator.type("onboard", "--apply", str(file), "--yes").exit_code == 1
    operator.account.refused.clear()
    result = operator.type("onboard", "--apply", str(file), "--yes")
    assert result.exit_code == 0
    assert "6 steps done, 4 steps of an earlier run kept" in result.stdout


def test_a_plan_that_was_edited_is_refused(operator, tmp_path):
    operator.account.make("churn")
    file = written(operator, tmp_path, "churn")
    plan = json.loads(file.read_text())
    plan["plans"][0]["items"][0]["action"]["request"]["DataCaptureConfig"]["DestinationS3Uri"] = "s3://elsewhere"
    file.write_text(json.dumps(plan))
    result = operator.type("onboard", "--apply", str(file), "--yes")
    assert result.exit_code == 2
    assert "it was changed after it was written" in result.stderr


def test_a_file_that_is_no_plan_is_wrong_usage(operator, tmp_path):
    file = tmp_path / "plan.json"
    assert operator.type("onboard", "--apply", str(file)).exit_code == 2
    file.write_text("{}")
    assert "is not a plan" in operator.type("onboard", "--apply", str(file)).stderr


def test_without_an_approval_nothing_changes(operator):
    operator.account.make("churn")
    result = operator.type("onboard", "churn")
    assert result.exit_code == 0
    assert "nothing was changed" in result.stderr
    assert operator.account.changes == []


def test_the_mail_of_another_person_does_not_make_a_plan_stale(operator, tmp_path):
    operator.account.make("churn")
    file = written(operator, tmp_path, "churn")
    topic = operator.stack.outputs["PeopleTopicArn"]
    operator.account.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="other@example.com")
    assert operator.type("onboard", "--apply", str(file), "--yes").exit_code == 0


@pytest.mark.parametrize(("answer", "expected"), [("yes\n", True), ("y\n", False), ("\n", False), ("", False)])
def test_a_plan_is_approved_by_the_whole_word_on_a_terminal(operator, monkeypatch, answer, expected):
    operator.account.make("churn")
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    where = Where(names=("churn",), stack="kedge", region=None, profile=None)
    assert command.onboard(where, Wishes(), command.Way(as_json=True)) == 0
    assert bool(operator.account.changes) is expected
