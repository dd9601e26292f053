"""What a recording leaves out changes nothing that comes of it."""

import json
import shutil
from io import BytesIO
from pathlib import Path

import pytest

from tests.unit.workbench.replay.test_recordings import CASES, RECORDINGS, replayed
from workbench.record import kept, reports


def trimmed(folder: Path, to: Path) -> Path:
    """The recording as `kedge record` would have left it, as far as it records such things at all."""
    shutil.copytree(folder, to)
    for file in sorted((to / "aws").glob("*.jsonl")):
        if file.stem in kept.ANSWERS:
            rewrite(file, lambda entry, name=file.stem: shorter(entry, name))
    rewrite(to / "signals.jsonl", lambda entry: {**entry, "event": of_event(entry["event"])})
    for file in (each for each in (to / "s3").rglob("*") if each.is_file()):
        key = file.relative_to(to / "s3").as_posix()
        file.write_bytes(b"".join(reports.kept(key, BytesIO(file.read_bytes()).read)))
    return to


def rewrite(file, change):
    lines = []
    for line in file.read_bytes().split(b"\n"):
        try:
            lines.append(json.dumps(change(json.loads(line.decode("utf-8-sig")))).encode())
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            lines.append(line)  # what cannot be read stays as it is
    file.write_bytes(b"\n".join(lines))


def shorter(entry, name):
    return {**entry, "response": kept.answer(name, entry["response"])} if entry.get("response") else entry


def of_event(told):
    known = isinstance(told, dict) and told.get("detail-type") in kept.DETAILS and isinstance(told["detail"], dict)
    return kept.event(told) if known else told


@pytest.mark.parametrize("case", CASES)
def test_a_recording_without_what_is_not_kept_comes_to_the_same(tmp_path, case):
    assert replayed(trimmed(RECORDINGS / case, tmp_path / case)) == replayed(RECORDINGS / case)


def test_the_recordings_hold_something_that_is_not_kept(tmp_path):
    case = RECORDINGS / "a-violated-run-of-each-monitor"
    before = (case / "aws" / "sagemaker.DescribeProcessingJob.jsonl").read_text()
    after = trimmed(case, tmp_path / "x") / "aws" / "sagemaker.DescribeProcessingJob.jsonl"
    assert "CreationTime" in before
    assert len(after.read_text()) < len(before)
