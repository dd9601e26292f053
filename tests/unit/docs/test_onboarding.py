"""The code does everything that docs/onboarding.md promises for a team's own detector."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from kedge.adapters.sts import StsIdentity
from kedge.decide.cause import cause_of_run
from kedge.domain.cause import Cause
from kedge.domain.finding import FAULT_CHECKS, Check
from kedge.domain.run import Monitor, Verdict
from kedge.domain.statement import Statement
from kedge.domain.target import TargetKind
from kedge.lambdas.intake import summary
from kedge.reports.location import NAMES
from kedge.reports.violations import violations_in
from kedge.services.intake import IntakeOutcome
from tests.support import samples
from tests.unit.adapters.test_sts import ANA, KEY, SECRET, TOKEN, URL, Sts
from tests.unit.docs.pages import ROOT, fences, table, text_of
from tests.unit.sources.world import World

PAGE = ROOT / "docs" / "onboarding.md"
CAUSES = {
    "drift of the inputs": Cause.INPUT_DRIFT,
    "broken data": Cause.SCHEMA_BREAK,
    "lost quality of the model": Cause.CONCEPT_DRIFT,
    "bias": Cause.BIAS_DRIFT,
    "a moved attribution ranking": Cause.ATTRIBUTION_DRIFT,
    "kept as it is; no cause is guessed": Cause.INCONCLUSIVE,
}


@pytest.mark.parametrize("row", table(PAGE, "key", "target"), ids=lambda row: row[0])
def test_a_key_of_the_page_belongs_to_the_target_that_the_page_says(row: list[str]):
    event = samples.event("s3.object_created")
    event["detail"]["object"]["key"] = row[0].replace("<endpoint>", "churn-prod").replace("<monitor>", "my-detector")
    found = World().one(event)
    endpoint, monitor = (TargetKind.ENDPOINT, "churn-prod"), (TargetKind.SCHEDULE, "my-detector")
    assert (found.target.kind, found.target.name) == (endpoint if row[1] == "the endpoint" else monitor)
    assert found.source == "my-detector"
    assert (found.window is not None) == ("hour before" in row[2])
    assert found.window is None or f"{found.window.end:%H:%M}" in row[2]


@pytest.mark.parametrize("row", table(PAGE, "constraint_check_type", "is taken for"), ids=lambda row: row[1])
def test_a_check_of_the_page_is_taken_for_what_the_page_says(row: list[str]):
    checks = re.sub(r"\(.*?\)", "", row[0]).split(",")
    for check in checks:
        assert cause_of_run(Monitor.CUSTOM, Verdict.VIOLATED, {check.strip(): 1}) is CAUSES[row[1]]


def test_the_page_lists_every_check_of_a_report():
    named = [
        name
        for row in table(PAGE, "constraint_check_type", "is taken for")
        for name in re.findall(r"\w+_check|\w+Threshold", row[0])
    ]
    assert sorted(named) == sorted(set(Check) - FAULT_CHECKS - {Check.ALARM})


def test_the_report_of_the_page_is_read_with_its_numbers():
    report = next(block for block in fences(PAGE) if '"violations": [' in block)
    (finding,) = violations_in(report.encode())
    assert (finding.subject, finding.observed, finding.limit) == ("tenure", 0.41, 0.1)


def test_the_page_names_every_file_name_and_every_key_of_a_call():
    assert all(f"`{name}`" in text_of(PAGE) for name in NAMES)
    assert {row[0] for row in table(PAGE, "key", "")} >= set(samples.event("direct.violations"))


def test_the_answer_of_the_page_has_the_keys_of_the_functions_answer():
    answer = next(json.loads(block) for block in fences(PAGE) if block.startswith('{"outcomes"'))
    assert set(answer["outcomes"][0]) == set(summary(IntakeOutcome()))


def test_what_the_code_of_the_page_signs_is_believed():
    code = next(block for block in fences(PAGE) if "def signed(" in block)
    written: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), written)  # noqa: S102  the page's own code
    function = "arn:aws:lambda:us-east-1:111122223333:function:kedge-intake"
    session = boto3.Session(KEY, SECRET, TOKEN, region_name="us-east-1")
    call = json.loads(
        json.dumps(written["signed"](samples.event("direct.violations.inline"), session, function, "us-east-1"))
    )
    identity = StsIdentity(URL, function, lambda: datetime.now(UTC), send=Sts(ANA))
    assert identity.vouched_for(call["proof"], Statement.saying(call)) == ANA
