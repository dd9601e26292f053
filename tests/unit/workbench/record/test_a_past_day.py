"""A day is played in the local SageMaker, recorded afterwards, and replayed: the same comes of it as of what was emitted."""

import json
import stat
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from kedge.domain.target import TargetKind
from kedge.services.policy_store.stored import KeptDocument
from tests.support.notifications import firing
from tests.unit.workbench.record.conftest import emitted_recording
from tests.unit.workbench.record.ledger import LedgerTable
from workbench.cli.exits import Exit
from workbench.cli.policy_files import reading_of
from workbench.main import app
from workbench.record.command import Wanted, record

pytestmark = pytest.mark.stack

DEFAULT = Path(__file__).parents[4] / "policies" / "default.yaml"
OPERATIONS = ("Describe", "List", "Get", "Head")


def wanted(folder: Path, **more) -> Wanted:
    return Wanted(folder=folder, since="2026-11-20", until="2026-11-21", as_json=True, **more)


def replayed(folder, capfdbinary):
    """What a replay prints of each signal that Kedge did not ignore, but for parts of a second in its arrival."""
    capfdbinary.readouterr()
    with pytest.raises(SystemExit) as end:
        app(["replay", str(folder), "--json"])
    assert end.value.code == Exit.DONE
    printed = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    kept = [{**each, "at": each["at"][:19]} for each in printed if each["ignored"] is None]
    return sorted(kept, key=json.dumps)


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".unfinished")
    }


def test_a_recorded_day_comes_to_the_incidents_of_the_events_that_were_emitted(past_day, tmp_path, capfdbinary):
    assert record(wanted(tmp_path / "out"), past_day.session) == Exit.DONE
    told = json.loads(capfdbinary.readouterr().out)
    # 24 hours of four monitors, one hour without data, and three alarms.
    assert told["signals"] == 23 * 4 + 3
    assert told["left_out"] == {"runs without data, which make no event": 4}
    got = replayed(tmp_path / "out", capfdbinary)
    want = replayed(emitted_recording(tmp_path / "emitted", past_day), capfdbinary)
    assert got == want
    opened = {each["decision"]["incident"]["id"] for each in got if each["decision"]["incident"]}
    assert len(opened) >= 6  # drift, four broken monitors, an alarm


def test_recording_only_reads(past_day, tmp_path, capfdbinary):
    record(wanted(tmp_path / "out"), past_day.session)
    assert past_day.called
    assert [name for name in past_day.called if not name.startswith(OPERATIONS)] == []


def test_a_recording_that_was_broken_off_goes_on_and_ends_as_if_nothing_had_happened(past_day, tmp_path, capfdbinary):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    record(wanted(whole), past_day.session)
    past_day.called.clear()
    real, calls = past_day.client, [0]

    def interrupted(service):
        client = real(service)
        if service == "sagemaker":
            client.meta.events.register("before-call", stop_now_and_then)
        return client

    def stop_now_and_then(**_):
        calls[0] += 1
        if calls[0] % 30 == 0:
            raise KeyboardInterrupt

    ends = 0
    while True:
        try:
            assert record(wanted(broken), lambda *_: interrupted) == Exit.DONE
            break
        except KeyboardInterrupt:
            ends += 1
            assert not (broken / "signals.jsonl").exists()
    assert ends >= 3
    assert files(broken) == files(whole)
    # A job that was interrupted is asked for again, and no other.
    assert past_day.called["DescribeProcessingJob"] <= 23 * 4 + ends


def test_a_throttled_call_is_made_again_and_one_that_stays_throttled_ends_the_recording_for_now(
    past_day, tmp_path, capfdbinary
):
    past_day.server.control.add_fault("DescribeProcessingJob", "throttle", times=2)
    assert record(wanted(tmp_path / "out"), past_day.session) == Exit.DONE
    past_day.server.control.add_fault("DescribeProcessingJob", "throttle", times=3)
    assert record(wanted(tmp_path / "again"), past_day.session) == Exit.REFUSED
    assert b"goes on from here" in capfdbinary.readouterr().err
    assert record(wanted(tmp_path / "again"), past_day.session) == Exit.DONE
    assert files(tmp_path / "again") == files(tmp_path / "out")


def test_a_report_that_may_not_be_read_is_recorded_as_the_refusal_that_it_was(past_day, tmp_path, capfdbinary):
    past_day.buckets.denied = ("/2026/11/20/06/constraint_violations.json",)
    record(wanted(tmp_path / "out"), past_day.session)
    refusals = (tmp_path / "out" / "aws" / "s3.GetObject.jsonl").read_text().splitlines()
    assert [json.loads(line)["error"]["Code"] for line in refusals] == ["AccessDenied"] * 4
    verdicts = [each["signal"]["evidence"] for each in replayed(tmp_path / "out", capfdbinary) if each["signal"]]
    assert verdicts.count("unreadable") == 4


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"since": "soon"}, Exit.USAGE),
        ({"stack": "kedge", "table": "kedge"}, Exit.USAGE),
    ],
)
def test_what_makes_no_sense_leaves_no_folder(past_day, tmp_path, capfdbinary, more, code):
    assert record(Wanted(folder=tmp_path / "out", **more), past_day.session) == code
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("name", "signals"), [("Churn", 23 * 4), ("churn-prod", 2), ("somebody-elses", 0)])
def test_of_a_ledger_its_targets_are_recorded_and_its_policy(past_day, tmp_path, capfdbinary, name, signals):
    incident = firing()
    incident = replace(incident, target=replace(incident.target, kind=TargetKind.ENDPOINT, name=name))
    document = reading_of(DEFAULT).document
    policy = KeptDocument(document=msgspec.Raw(msgspec.json.encode(document)))
    past_day.ledger = LedgerTable((incident,), msgspec.json.encode(policy).decode())
    assert record(wanted(tmp_path / "out", table="kedge"), past_day.session) == Exit.DONE
    assert json.loads(capfdbinary.readouterr().out)["signals"] == signals
    assert reading_of(tmp_path / "out" / "policy.yaml").document == document


def test_a_finished_recording_is_not_written_over(past_day, tmp_path, capfdbinary):
    record(wanted(tmp_path / "out"), past_day.session)
    before = files(tmp_path / "out")
    assert record(wanted(tmp_path / "out"), past_day.session) == Exit.USAGE
    assert files(tmp_path / "out") == before


def test_what_aws_refuses_is_said_with_its_words(past_day, tmp_path, capfdbinary):
    past_day.server.control.add_fault("ListMonitoringSchedules", "deny")
    assert record(wanted(tmp_path / "out"), past_day.session) == Exit.REFUSED
    assert b"AccessDenied" in capfdbinary.readouterr().err


def test_nothing_that_a_container_was_given_and_no_value_of_anybodys_data_is_recorded(past_day, tmp_path, capfdbinary):
    for job in past_day.server.service.world.processing_jobs.values():
        job["Environment"]["DATABASE_PASSWORD"] = "hunter2"
        job["RoleArn"] = "arn:aws:iam::111122223333:role/SecretRole"
    for (bucket, key), body in past_day.buckets.objects.items():
        if key.endswith("statistics.json"):
            told = {**json.loads(body), "sketches": {"kll": [[4711.25]], "category": "Liechtenstein"}}
            past_day.buckets.put(bucket, key, json.dumps(told).encode())
    record(wanted(tmp_path / "out"), past_day.session)
    whole = b"\n".join(files(tmp_path / "out").values())
    assert b"sagemaker_endpoint_name" in whole
    assert b"item_count" in whole
    for secret in (b"hunter2", b"DATABASE_PASSWORD", b"SecretRole", b"4711.25", b"Liechtenstein"):
        assert secret not in whole


def test_a_recording_is_readable_by_its_owner_alone(past_day, tmp_path, capfdbinary):
    record(wanted(tmp_path / "out"), past_day.session)
    paths = [tmp_path / "out", *(tmp_path / "out").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o700, 0o600}
