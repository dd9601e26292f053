"""A file that cannot be read says the worst, unless SageMaker calls a run of its hour clean."""

from itertools import product

import pytest
from msgspec import structs

from kedge.domain.run import Reading, Verdict
from tests.unit.sources.test_reports_of_schedules import RAN, created, world

CLEAN = structs.replace(RAN, status="Completed", job=None)
BAD = structs.replace(RAN, job=None)


@pytest.mark.parametrize("runs", [*product([CLEAN, BAD], repeat=1), *product([CLEAN, BAD], repeat=2)])
@pytest.mark.parametrize("report", [b"{", None])
def test_a_file_that_cannot_be_read_is_as_good_as_the_best_run_of_its_hour(runs, report):
    found = world(newest=None, listed=runs, report=report).one(created())
    assert found.evidence.reading is not Reading.READ
    assert found.verdict is (Verdict.CLEAN if CLEAN in runs else Verdict.VIOLATED)
    assert not found.provenance.is_vouched
