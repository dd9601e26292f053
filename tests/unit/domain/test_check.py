"""What belongs to a check stands beside it."""

import pytest

from kedge.domain.cause import Cause
from kedge.domain.finding import DRIFT_CHECKS, SCHEMA_CHECKS, UNRANKED, Check, known_check


def test_broken_columns_rank_before_all_else_each_at_its_own_place():
    assert sorted(check.rank for check in SCHEMA_CHECKS) == [0, 1, 2, 3]
    assert {check.rank for check in set(Check) - SCHEMA_CHECKS} == {UNRANKED}


def test_schema_and_drift_are_told_apart_by_their_cause():
    assert not SCHEMA_CHECKS & DRIFT_CHECKS
    assert {check.cause for check in SCHEMA_CHECKS | DRIFT_CHECKS} == {Cause.SCHEMA_BREAK, Cause.INPUT_DRIFT}


@pytest.mark.parametrize("check", list(Check))
def test_a_check_is_found_by_the_name_that_sagemaker_writes(check: Check):
    assert known_check(check.value) is check


def test_a_check_of_a_teams_own_detector_is_not_known():
    assert known_check("psi_check") is None
