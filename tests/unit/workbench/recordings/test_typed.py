"""An answer that is decoded in one go is the one that is read member by member."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.workbench.recordings.build import answers
from workbench.recordings.answers import Answers
from workbench.recordings.shapes import body_of, service_model
from workbench.recordings.typed import type_of

RECORDINGS = Path(__file__).parents[3] / "recordings"
FILES = sorted(RECORDINGS.glob("*/aws/*.jsonl"))
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def found_in(file, asked):
    service, operation, _ = file.name.split(".")
    typed = Answers(file, type_of(service, operation))
    try:
        return typed.find(asked, NOW), service_model(service).operation_model(operation)
    finally:
        typed.close()


def read_patiently(file, entry):
    patient = Answers(file)
    try:
        return patient.find(entry.get("request", {}), NOW).answer.response
    finally:
        patient.close()


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parents[1].name}/{file.name}")
def test_every_recorded_answer_is_the_same_either_way(file):
    compared = 0
    for line in file.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line) if line.strip().startswith("{") else {}
        found, model = found_in(file, entry.get("request", {}))
        if found is not None and found.given is not None:
            assert found.given == body_of(model, read_patiently(file, entry))
            compared += 1
    assert compared or model.has_streaming_output or "error" in file.read_text()


@pytest.mark.parametrize(
    "odd",
    [
        {"ExitMessage": None},
        {"CreationTime": 1795169600.5},
        {"CreationTime": "2026-11-20 10:00:00+01:00"},
        {"AppSpecification": None},
    ],
)
def test_what_aws_would_not_write_is_read_the_patient_way(tmp_path, odd):
    response = {"ProcessingJobStatus": "Completed", **odd}
    file = answers(tmp_path, "sagemaker.DescribeProcessingJob", {"request": {}, "response": response})
    found, model = found_in(file, {})
    assert found.given in (None, body_of(model, response))
    assert found.answer.response in (response, body_of(model, response))
