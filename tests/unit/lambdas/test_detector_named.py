"""Kedge believes the detectors that the operator named, and no other."""

import pytest

from kedge.lambdas.detectors import detector_named

ROLE = "arn:aws:iam::111122223333:role/jobs/DriftJob"
USER = "arn:aws:iam::111122223333:user/jobs/drift"
NAMED = (ROLE, USER)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sts::111122223333:assumed-role/DriftJob/run-7", "detector role DriftJob"),
        ("arn:aws:sts::111122223333:assumed-role/DriftJob/another", "detector role DriftJob"),
        (USER, "detector user drift"),
    ],
)
def test_a_detector_is_known_by_its_role_whatever_the_session_and_by_its_user(arn: str, name: str):
    assert detector_named(arn, NAMED) == name
    assert detector_named(arn, ()) == ""


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sts::111122223333:assumed-role/Other/DriftJob",
        "arn:aws:sts::111122223333:assumed-role/driftjob/run-7",
        "arn:aws:sts::999988887777:assumed-role/DriftJob/run-7",
        "arn:aws-cn:sts::111122223333:assumed-role/DriftJob/run-7",
        "arn:aws:sts::111122223333:federated-user/DriftJob",
        "arn:aws:iam::111122223333:user/DriftJob",
        "arn:aws:iam::111122223333:user/drift",
        "arn:aws:sts::111122223333:assumed-role/drift/run-7",
        "arn:aws:iam::111122223333:root",
        "arn:aws:sts::111122223333:assumed-role",
        "",
    ],
)
def test_a_name_alone_is_no_detector(arn: str):
    assert detector_named(arn, NAMED) == ""
