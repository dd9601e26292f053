"""A recording under other names comes to the same decisions, and tells nothing of the names that it had."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from kedge.decide.regression import suspicious
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from kedge.policy.matchers import matcher
from kedge.sources import data_window, run_identity
from tests.support.stories import CHURN, DAY
from tests.unit.workbench.record.conftest import emitted_recording
from tests.unit.workbench.record.test_a_past_day import files, replayed, wanted
from tests.unit.workbench.replay.test_recordings import CASES, RECORDINGS
from tests.unit.workbench.replay.test_recordings import replayed as played
from workbench.cli.exits import Exit
from workbench.cli.policy_files import reading_of
from workbench.record import kept
from workbench.record.command import record
from workbench.record.names import Names
from workbench.record.policy_names import TooMany, expressions, renamed
from workbench.record.pseudonyms import Pseudonyms

pytestmark = pytest.mark.stack

ARN = "arn:aws:sagemaker:us-east-1:111122223333"
# What a decision says in Kedge's own words. Everything else are names, and times and ids that are made of names.
WORDS = ("kind", "monitor", "verdict", "findings", "evidence", "state", "severity", "cause", "reason", "why", "ignored", "quiet", "mode", "remedy")  # fmt: skip


def words(value):
    """The printed lines without names."""
    if isinstance(value, dict):
        return {name: words(part) if isinstance(part, dict | list) else part for name, part in value.items() if name in WORDS or isinstance(part, dict | list)}  # fmt: skip
    return sorted(map(words, value), key=json.dumps) if isinstance(value, list) else None


def spoken(lines):
    return [words(json.loads(line)) for line in lines]


def is_recorded(case):
    """Whether a recording holds what `kedge record` leaves: events of runs and alarms by EventBridge, and answers beside objects."""
    kinds = set()
    for line in (case / "signals.jsonl").read_bytes().splitlines():
        try:
            kinds.add(msgspec.json.decode(line)["event"].get("detail-type"))
        except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
            kinds.add("nothing that can be read")
    bodies = (case / "aws" / "s3.GetObject.jsonl").exists()
    return kinds <= kept.DETAILS.keys() and not bodies


RECORDED = [case for case in CASES if is_recorded(RECORDINGS / case)]


@pytest.mark.parametrize("case", RECORDED)
def test_under_other_names_a_recording_comes_to_the_same_decisions(tmp_path, case):
    Pseudonyms(RECORDINGS / case, tmp_path / case).write()
    assert spoken(played(tmp_path / case)) == spoken(played(RECORDINGS / case))


def test_there_are_recordings_of_the_kind_that_is_put_under_other_names():
    assert len(RECORDED) >= 15


def test_a_recorded_day_under_other_names_comes_to_the_same_incidents(past_day, tmp_path, capfdbinary):
    assert record(wanted(tmp_path / "out", pseudonyms=True), past_day.session) == Exit.DONE
    got = replayed(tmp_path / "out", capfdbinary)
    want = replayed(emitted_recording(tmp_path / "emitted", past_day), capfdbinary)
    assert sorted(map(words, got), key=json.dumps) == sorted(map(words, want), key=json.dumps)
    targets = {each["signal"]["target"] for each in got if each["signal"]}
    assert {target.split("/")[2] for target in targets} == {"endpoint", "alarm"}
    whole = b"\n".join([*map(str.encode, files(tmp_path / "out")), *files(tmp_path / "out").values()]).lower()
    for name in (b"churn", b"111122223333", b"reports", b"oncall"):
        assert re.search(rb"(?<![a-z0-9-])" + name + rb"(?![a-z0-9])", whole) is None, name
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


def test_the_same_recording_has_the_same_names_each_time(past_day, tmp_path, capfdbinary):
    for name in ("one", "two"):
        record(wanted(tmp_path / name, pseudonyms=True), past_day.session)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_which_name_stands_for_which_is_told_only_to_a_file_elsewhere(past_day, tmp_path, capfdbinary):
    inside = wanted(tmp_path / "out", pseudonyms=True, mapping=tmp_path / "out" / "names.json")
    assert record(inside, past_day.session) == Exit.USAGE
    assert record(wanted(tmp_path / "out", mapping=tmp_path / "names.json"), past_day.session) == Exit.USAGE
    assert not (tmp_path / "out").exists()
    told = wanted(tmp_path / "out", pseudonyms=True, mapping=tmp_path / "names.json")
    assert record(told, past_day.session) == Exit.DONE
    assert json.loads((tmp_path / "names.json").read_text())["Churn"].startswith("Endpoint-")
    assert (tmp_path / "names.json").stat().st_mode & 0o777 == 0o600


def test_what_was_begun_under_other_names_goes_on_under_them(past_day, tmp_path, capfdbinary):
    past_day.server.control.add_fault("DescribeProcessingJob", "throttle", times=3)
    assert record(wanted(tmp_path / "out", pseudonyms=True), past_day.session) == Exit.REFUSED
    assert not (tmp_path / "out").exists()
    assert record(wanted(tmp_path / "out"), past_day.session) == Exit.USAGE
    assert record(wanted(tmp_path / "out", pseudonyms=True), past_day.session) == Exit.DONE
    assert (tmp_path / "out" / "signals.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (f"{ARN}:endpoint/churn", "arn:aws:sagemaker:us-east-1:000000000001:endpoint/endpoint-1"),
        (f"{ARN}:monitoring-schedule/churn-dq", "arn:aws:sagemaker:us-east-1:000000000001:monitoring-schedule/schedule-1"),
        ("arn:aws:iam::111122223333:role/MlOnCall", "arn:aws:iam::000000000001:role/Role-1"),
        ("arn:aws:s3:::reports/churn/x", "arn:aws:s3:::bucket-1/part-1/part-2"),
        ("s3://reports/churn/2026/11/20/10/constraint_violations.json", "s3://bucket-1/part-1/2026/11/20/10/constraint_violations.json"),
        ("s3://sagemaker-us-east-1-111122223333/a/", "s3://sagemaker-us-east-1-000000000001/part-1/"),
        ("see https://wiki.example.org/churn, or ana@example.org", "see https://example.com/page-1, or person-1@example.com"),
        ("ana.b+c@example.org+d@example.org", "person-1@example.com"),
        ("a+https://wiki.example.org/churn", "a+https://example.com/page-1"),
        ("account 111122223333 is full", "account 000000000001 is full"),
        ("Threshold Crossed: 1 datapoint [812.0 (20/11/26 10:00:00)]", "Threshold Crossed: 1 datapoint [812.0 (20/11/26 10:00:00)]"),
    ],
)  # fmt: skip
def test_whatever_names_something_is_replaced_also_within_a_sentence(text, becomes):
    assert Names().text(text) == becomes
    assert Names().text(f"no: {text}") == f"no: {becomes}"


def test_a_name_is_the_same_everywhere_and_in_its_lower_case_too():
    names = Names()
    assert names.of("endpoint", "Churn-Prod") == "Endpoint-1"
    assert names.arn(f"{ARN}:endpoint/churn-prod").endswith(":endpoint/endpoint-1")
    assert names.key("monitoring/Churn-Prod/2026") == "part-1/Endpoint-1/2026"
    assert (
        names.text("Endpoint Churn-Prod failed, not churn-prod-2.") == "Endpoint Endpoint-1 failed, not churn-prod-2."
    )


def test_two_names_never_become_one():
    names = Names()
    given = ["Disk", "disk", "DISK", "dISK", "alarm-1", "Alarm-1", "error", "Error", "an alarm", "An alarm"]
    assert len({names.alarm(name) for name in given}) == len(given)


@pytest.mark.parametrize("word", ["high latency", "churn-5XX", "Overhead", "disk"])
def test_an_alarm_that_is_taken_for_one_about_errors_by_its_name_still_is(word):
    def alarm(name):
        return AlarmChanged(id="x", at=DAY, target=CHURN, alarm=name, verdict=Verdict.ALARM)

    assert suspicious(alarm(Names().alarm(word))) is suspicious(alarm(word))


@pytest.mark.parametrize(
    "name",
    [
        "model-monitoring-202611201000-1f3c", "model-quality-monitoring-202611201000-abc", "churn-dq-202611201000-1f3c", "own",
        "data-bias-monitoring-churn-202611201000", "groundtruth-merge-202611201000-1f", "pipelines-abc-churn-x", "202611201000",
    ],
)  # fmt: skip
def test_a_jobs_name_tells_kind_and_hour_as_before_and_nothing_else(name):
    said = Names().job(name)
    assert run_identity.from_job_name(said) is run_identity.from_job_name(name)
    assert data_window.from_job_name(said) == data_window.from_job_name(name)
    assert said.startswith(("groundtruth-merge-", "pipelines-")) is name.startswith(
        ("groundtruth-merge-", "pipelines-")
    )
    assert "churn" not in said


POLICY = {
    "apiVersion": "kedge/v1",
    "name": "acme",
    "receivers": [{"name": "acme-oncall"}, {"name": "acme-day"}],
    "route": {
        "receiver": "acme-oncall",
        "routes": [
            {"receiver": "acme-day", "matchers": ['endpoint=~"churn-.*"', 'team!~"acme|"'], "mute_time_intervals": ["acme-night"]},
            {"receiver": "acme-day", "matchers": ['endpoint="churn-1"', 'cause=~"input_.*"', 'account=~"1111.*"', 'team=~".+"']},
        ],
    },
    "mute_time_intervals": [{"name": "acme-night", "time_intervals": [{"times": [{"start_time": "22:00", "end_time": "07:00"}]}]}],
    "silences": [{"matchers": ['target="churn-1"'], "starts_at": "2026-11-20T00:00:00Z", "ends_at": "2026-11-21T00:00:00Z", "author": "ana@acme.example", "comment": "acme moves"}],
    "runbooks": [{"url": "https://wiki.acme.example/churn"}],
    "version": "acme-3",
    "remedies": [{"remedy": "retrain", "using": f"{ARN}:pipeline/churn-retrain", "parameters": {"From": "s3://acme/{window_end}/acme.json"}}],
    "limits": {
        "approval": {
            "sessions": "bound",
            "approvers": [
                "chat", "user/ana", "user/acme/ana*", "role/AcmeOnCall", "role/Acme*", "role/AcmeOnCall/ana", "assumed-role/AcmeOnCall/*",
                "arn:aws:iam::111122223333:role/AcmeOnCall", "arn:aws:iam::111122223333:user/acme/ana", "arn:aws:iam::111122223333:root",
                "arn:aws:sts::111122223333:assumed-role/AcmeOnCall/ana", "arn:aws:iam::*:role/Acme*", "arn:aws:iam::1111*:user/ana",
            ],
        },
    },
}  # fmt: skip


def of_policy(tmp_path: Path, policy):
    (tmp_path / "policy.yaml").write_text(json.dumps(policy))
    document = reading_of(tmp_path / "policy.yaml").document
    names = Names(expressions(document))
    for endpoint in ("churn-1", "churn-2", "fraud"):
        names.of("endpoint", endpoint)
    names.value("acme")
    names.account("111122223333")
    (tmp_path / "renamed.yaml").write_text(json.dumps(renamed(document, names)))
    found = reading_of(tmp_path / "renamed.yaml")
    assert found.faults == ()
    return document, found.document, names


def test_a_policy_says_of_the_new_names_what_it_said_of_the_old(tmp_path):
    before, after, names = of_policy(tmp_path, POLICY)
    for old, new in zip(before.route.routes, after.route.routes, strict=True):
        for was, now in zip(map(matcher, old.matchers), map(matcher, new.matchers), strict=True):
            for name in ("churn-1", "churn-2", "fraud", "acme", "", "true", "111122223333"):
                value = names.account(name) if name.isdecimal() else names.of("endpoint", name)
                label, kept = was.label, was.label == "cause"
                assert now.holds({label: (name if kept else value,)}) is was.holds({label: (name,)}), (old, new, name)
    assert after.route.receiver == after.receivers[0].name != after.receivers[1].name
    assert after.route.routes[0].mute_time_intervals == (after.mute_time_intervals[0].name,)


def test_a_policy_tells_nothing_of_the_names_that_it_had(tmp_path):
    of_policy(tmp_path, POLICY)
    text = (tmp_path / "renamed.yaml").read_text().lower()
    for name in ("acme", "churn", "1111", "ana@", "ana"):
        assert name not in text, name


def test_each_approver_stays_of_its_kind_and_the_chat_stays_the_chat(tmp_path):
    _, after, _ = of_policy(tmp_path, POLICY)
    approval = after.limits.approval
    assert approval.approvers == (
        "chat", "user/user-1", "user/value-1-b/user-1*", "role/Role-1", "role/Role-2*", "role/Role-1/user-1", "assumed-role/Role-1/*",
        "arn:aws:iam::000000000001:role/Role-1", "arn:aws:iam::000000000001:user/value-1-b/user-1", "arn:aws:iam::000000000001:root",
        "arn:aws:sts::000000000001:assumed-role/Role-1/user-1", "arn:aws:iam::*:role/Role-2*", "arn:aws:iam::000000000001:user/user-1",
    )  # fmt: skip
    assert (approval.proof, approval.asks_for_proof, approval.sessions) == (None, True, "bound")


@pytest.mark.parametrize("proof", [True, False, None])
def test_a_policy_asks_for_as_much_proof_as_before(tmp_path, proof):
    approval = {"proof": proof, "approvers": ["ana", "bob"] if proof is False else ["user/ana"]}
    before, after, _ = of_policy(tmp_path, {**POLICY, "limits": {"approval": approval}})
    assert after.limits.approval.proof is before.limits.approval.proof
    assert after.limits.approval.asks_for_proof is before.limits.approval.asks_for_proof
    assert after.limits.approval.approvers == (("person-2", "person-3") if proof is False else ("user/user-1",))


def test_what_is_filled_in_stays_in_a_parameter(tmp_path):
    given = {"Whole": "{report}", "Sentence": "churn-1 of {endpoint}, {{so}}", "Key": "s3://acme/x-{incident}.json"}
    remedy = {**POLICY["remedies"][0], "parameters": given}
    _, after, names = of_policy(tmp_path, {**POLICY, "remedies": [remedy]})
    assert after.remedies[0].parameters == {
        "Whole": "{report}",
        "Sentence": f"{names.table['churn-1']} of {{endpoint}}, {{{{so}}}}",
        "Key": "s3://value-1-b/part-1{incident}.json",
    }


def test_a_policy_with_more_expressions_than_letters_is_refused(tmp_path):
    routes = [{"matchers": [f'endpoint=~"x{number}-.*"']} for number in range(27)]
    with pytest.raises(TooMany, match="27 expressions"):
        of_policy(tmp_path, {**POLICY, "route": {"receiver": "acme-day", "routes": routes}})


def test_no_id_of_an_event_leads_back_to_the_arn_that_it_was_made_of(past_day, tmp_path, capfdbinary):
    record(wanted(tmp_path / "plain"), past_day.session)
    record(wanted(tmp_path / "other", pseudonyms=True), past_day.session)
    plain, other = (
        [json.loads(line)["event"]["id"] for line in (tmp_path / name / "signals.jsonl").read_text().splitlines()]
        for name in ("plain", "other")
    )
    assert set(plain) & set(other) == set()
    assert len(set(other)) == len(set(plain))
