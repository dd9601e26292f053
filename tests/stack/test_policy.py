"""A policy arrives through AppConfig, decides without a deployment, and stops nothing if it is broken."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.stack.deployed_ring import DeployedRing
from tests.stack.publishing import becomes_known, in_force, publish, slip_in, start_again
from workbench.local_stack.deploy import deploy
from workbench.local_stack.local_stack import ROOT

TEN, ELEVEN, TWELVE = (datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (10, 11, 12))
STACK = "statutes"
POLICY = """\
apiVersion: kedge/v1
name: ours
version: "{version}"
severities:
  - {{severity: critical, matchers: ['monitor="Policy"']}}
receivers: [{{name: everybody}}, {{name: churn-team}}]
route:
  receiver: everybody
  group_wait: 0s
  group_interval: 0s
  routes:
    - {{receiver: churn-team, matchers: ['team="churn"']}}
"""
MONITORS = """\
apiVersion: kedge/v1
kind: Monitors
name: ours
version: "1"
monitors:
  - name: churn-data
    target: {endpoint: churn-prod}
    baseline: s3://example-baselines/churn
    reports: s3://example-reports/kedge
"""
BROKEN = POLICY.format(version="broken").replace("receiver: churn-team,", "receiver: chrun-team,")


@pytest.fixture(scope="module")
def ruled(ring, application):
    """Yield a separate deployment: the others decide by the built-in policy."""
    deploy(ring.stack, application, {"AlertEmail": "oncall@example.com", "EnvironmentName": "test"}, STACK)
    yield DeployedRing(ring.stack, STACK)
    ring.settle()
    ring.stack.client("cloudformation").delete_stack(StackName=STACK)


def push(ruled: DeployedRing, folder: Path, text: str, what: str = "policy") -> subprocess.CompletedProcess[str]:
    """Run `kedge policy push` or `kedge monitor push` as a user does, and return the finished process."""
    file = folder / f"{what}.yaml"
    file.write_text(text, encoding="utf-8")
    return kedge(ruled, what, "push", str(file))


def kedge(ruled: DeployedRing, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of kedge on the stack, and return the finished process."""
    return subprocess.run(
        [Path(sys.executable).with_name("kedge"), *words, "--stack", STACK],
        env=ruled.stack.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def tagged(ruled: DeployedRing, endpoint: str) -> str:
    """Create a monitored endpoint of the churn team, and return its name."""
    ruled.monitor(endpoint)
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:endpoint/{endpoint}"
    ruled.stack.client("sagemaker").add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "churn"}])
    return endpoint


def receivers(ruled: DeployedRing, target: str) -> list[str]:
    """Return the receivers of mails about a target, in order."""
    return [message.attributes["receiver"] for message in ruled.told(target)["mail"]]


def drifts(ruled: DeployedRing, endpoint: str, at: datetime = TEN) -> list[str]:
    """Let an endpoint drift, and return the receivers so far."""
    ruled.run(endpoint, at, "violated")
    ruled.settle()
    return receivers(ruled, endpoint)


def test_a_policy_decides_who_is_told_without_a_deployment_and_its_version_stands_on_the_timeline(ruled, tmp_path):
    before, after = tagged(ruled, "ruled-before"), tagged(ruled, "ruled-after")
    assert drifts(ruled, before) == ["ml-oncall"]
    done = push(ruled, tmp_path, POLICY.format(version=1))
    assert (done.returncode, done.stdout) == (
        0,
        f"ours@1 is deployed to {STACK}, as version 1; it decides within two minutes\n",
    ), done.stderr
    becomes_known(ruled, "ours@1")
    assert drifts(ruled, after) == ["churn-team"]
    ruled.monitor("ruled-others")
    assert drifts(ruled, "ruled-others") == ["everybody"]
    (story,) = ruled.stories(after)
    assert story.entries[0].policy == "ours@1"


def test_the_same_policy_pushed_again_is_deployed_again_and_another_under_its_name_is_refused(ruled, tmp_path):
    assert push(ruled, tmp_path, POLICY.format(version=1)).returncode == 0
    done = push(ruled, tmp_path, POLICY.format(version=1) + "# changed\n")
    assert done.returncode == 1
    assert "ours@1 was published before with another text" in done.stderr


def test_a_broken_policy_is_not_published(ruled, tmp_path):
    done = push(ruled, tmp_path, BROKEN)
    assert done.returncode == 1
    assert "did you mean churn-team?" in done.stderr


def test_a_broken_policy_that_somebody_publishes_by_hand_is_refused_with_the_words_of_lint(ruled):
    with pytest.raises(ClientError) as refused:
        publish(ruled, BROKEN)
    assert refused.value.response["Error"]["Code"] == "BadRequestException"
    (reason,) = refused.value.response["Details"]["InvalidConfiguration"]
    assert "did you mean churn-team?" in reason["Reason"]


def test_while_the_newest_policy_is_broken_the_last_good_one_decides_and_people_are_told_until_it_is_mended(
    ruled, tmp_path
):
    assert push(ruled, tmp_path, POLICY.format(version=2)).returncode == 0
    in_force(ruled, "ours@2")
    slip_in(ruled, BROKEN)

    def told() -> list[str]:
        ruled.minute()
        ruled.settle()
        return [message.subject for message in ruled.told(STACK)["mail"]]

    ruled.until(told)
    (subject,) = told()
    assert subject.startswith("[CRITICAL]")
    assert receivers(ruled, STACK) == ["everybody"]
    (broken,) = ruled.stories(STACK)
    assert "did you mean churn-team?" in broken.incident.problem.said
    # The broken policy would not notify any receiver.
    assert drifts(ruled, tagged(ruled, "ruled-meanwhile")) == ["churn-team"]
    assert push(ruled, tmp_path, POLICY.format(version=3)).returncode == 0
    # Reconcile is not started again here: it takes a new version while it runs.
    ruled.until(lambda: len(told()) == 2)
    assert told()[1].startswith("[RESOLVED]")
    in_force(ruled, "ours@3")
    assert drifts(ruled, "ruled-meanwhile", ELEVEN) == ["churn-team"]


def test_a_broken_monitors_document_is_refused_and_if_it_slips_in_the_monitors_before_it_continue(ruled, tmp_path):
    done = push(ruled, tmp_path, MONITORS, "monitor")
    assert (done.returncode, done.stdout) == (
        0,
        f"ours@1 is deployed to {STACK}, as version 1; its monitors run within two minutes\n",
    ), done.stderr

    def listed() -> list[str]:
        ruled.minute()
        found = kedge(ruled, "monitor", "list", "--json")
        assert found.returncode == 0, found.stderr
        return [json.loads(line)["name"] for line in found.stdout.splitlines()]

    start_again(ruled, "Reconcile")
    ruled.until(listed)
    assert listed() == ["churn-data"]
    broken = MONITORS.replace("churn-data", "churn-date").replace('"1"', '"2"') + "    schedule: hourly\n"
    assert push(ruled, tmp_path, broken, "monitor").returncode == 1
    with pytest.raises(ClientError) as refused:
        publish(ruled, broken, "Monitors")
    (reason,) = refused.value.response["Details"]["InvalidConfiguration"]
    assert "'hourly' is not a schedule" in reason["Reason"]
    slip_in(ruled, broken, "Monitors")

    def told() -> list[str]:
        ruled.minute()
        ruled.settle()
        return [message.subject for message in ruled.told(STACK)["mail"] if "Monitors document" in message.subject]

    ruled.until(told)
    assert listed() == ["churn-data"]
    assert push(ruled, tmp_path, MONITORS.replace('"1"', '"3"'), "monitor").returncode == 0
    start_again(ruled, "Reconcile")
    ruled.until(lambda: len(told()) == 2)
    assert [subject.split()[0] for subject in told()] == ["[CRITICAL]", "[RESOLVED]"]


def test_the_policy_is_read_while_appconfig_refuses_and_nobody_is_told(ruled):
    ruled.stack.let_fail(f"{STACK}-reconcile", "appconfig:GetLatestConfiguration", "ThrottlingException")
    try:
        before = len(ruled.told(STACK)["mail"])
        for _ in range(2):
            assert ruled.minute()["left"] == 0
        assert drifts(ruled, tagged(ruled, "ruled-throttled")) == ["churn-team"]
        assert len(ruled.told(STACK)["mail"]) == before
    finally:
        ruled.stack.mend()


def test_what_people_decide_comes_in_by_their_own_function_with_the_name_that_aws_gives_them(ruled):
    ruled.monitor("ruled-decided")
    drifts(ruled, "ruled-decided")
    (story,) = ruled.stories("ruled-decided")
    detail = {
        "incident": story.incident.id,
        "target": str(story.incident.target),
        "monitor": str(story.incident.monitor),
        "act": "acknowledge",
        "by": "ada@example.com",
    }
    answer = ruled.say("Decision Made", detail)
    (outcome,) = answer["outcomes"]
    assert (answer["outcome"], answer["proven"]) == ("taken", True)
    assert (outcome["reason"], outcome["incident"]["state"]) == ("acknowledged", "acknowledged")
    unproven = ruled.say("Decision Made", detail | {"act": "note", "comment": "me, too"}, signed=False)
    assert (unproven["outcome"], unproven["proven"]) == ("taken", False)
    (story,) = ruled.stories("ruled-decided")
    arn = ruled.stack.client("sts").get_caller_identity()["Arn"]
    assert [entry.by for entry in story.entries if entry.by] == [arn, "ada@example.com (not proven)"]
    malformed = ruled.say("Decision Made", detail | {"act": "acknowlege"})
    assert malformed["says"] == "$.detail.act must not be 'acknowlege': did you mean acknowledge?"
    (refused,) = ruled.invoke({"source": "kedge", "detail-type": "Decision Made", "detail": detail})["outcomes"]
    assert refused["ignored"] == "unknown_source"


def test_a_silence_keeps_people_asleep_if_who_asks_is_proven(ruled):
    now = datetime.now(UTC)
    silence = {
        "id": "backfill",
        "matchers": ['endpoint="ruled-silent"'],
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=1)).isoformat(),
        "author": "ada@example.com",
        "comment": "A backfill.",
    }
    refused = ruled.say("Silence Changed", {"silence": silence}, signed=False)
    assert refused["outcome"] == "refused", refused
    answer = ruled.say("Silence Changed", {"silence": silence})
    assert [outcome["signal"]["kind"] for outcome in answer.get("outcomes", [])] == ["SilenceChanged"], answer
    ruled.monitor("ruled-silent")
    assert drifts(ruled, "ruled-silent", TWELVE) == []
