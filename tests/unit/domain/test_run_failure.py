"""The check that a run without a result failed, by real texts of SageMaker and of containers, and by Kedge's own."""

import pytest

from kedge.domain.finding import Check
from kedge.domain.run import Verdict
from kedge.domain.run_failure import check_of_text, failed_check, missing_permission

# Texts of public issues (aws/sagemaker-python-sdk 2634, 2665, 3233; aws/amazon-sagemaker-examples 1938), of AWS's guides,
# and of Kedge's own measurements.
TEXTS = {
    "Job inputs had no data": Check.RUN_NO_DATA,
    'No S3 objects found under S3 URL "s3://b/c//churn/AllTraffic/2020/10/22/08" given in input data source. Please ensure '
    'that the bucket exists in the selected region (eu-central-1), that objects exist under that S3 prefix, and that the role '
    'has "s3:ListBucket" permissions on bucket "b"': Check.RUN_NO_DATA,
    "No data: there are no records of this window below s3://b/capture/churn.": Check.RUN_NO_DATA,
    "ClientError: Ground truth not found": Check.RUN_GROUND_TRUTH,
    "ClientError: no ground truth": Check.RUN_GROUND_TRUTH,
    'No S3 objects found under S3 URL "s3://b/ground-truth/2026/11/20/08" given in input data source.': Check.RUN_GROUND_TRUTH,
    "There are no labels of this window.": Check.RUN_GROUND_TRUTH,
    "AlgorithmError: Error: Exception while invoking preprocessor script., exit code: 1": Check.RUN_SCRIPT,
    "Java.lang.Exception: Exception while invoking preprocessor script": Check.RUN_SCRIPT,
    "The postprocessing script raised KeyError": Check.RUN_SCRIPT,
    "AlgorithmError: See job logs for more information, exit code: 137": Check.RUN_MEMORY,
    "java.lang.OutOfMemoryError: Java heap space": Check.RUN_MEMORY,
    "ClientError: Please use an instance type with more memory.": Check.RUN_MEMORY,
    "ClientError: no baseline": Check.RUN_BASELINE,
    "Error: constraints.json is invalid": Check.RUN_BASELINE,
    "The statistics do not exist below s3://b/baseline: baseline not found": Check.RUN_BASELINE,
    "CannotStartContainerError: API error (404): manifest for 1.dkr.ecr.us-east-1.amazonaws.com/a:1 not found: manifest unknown:"
    " Requested image not found": Check.RUN_CONTAINER,
    "Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.": Check.RUN_CONTAINER,
    "AlgorithmError: See job logs for more information, exit code: 255": Check.RUN_CONTAINER,
    "AlgorithmError: Error: Main job failed, exit code: 255": Check.RUN_CONTAINER,
    "ClientError: Failed to download data. Access Denied (403)": Check.RUN_PERMISSION,
    "User: arn:aws:sts::1:assumed-role/m/S is not authorized to perform: s3:GetObject on resource: x": Check.RUN_PERMISSION,
    "ClientError: Cannot assume role arn:aws:iam::1:role/m": Check.RUN_PERMISSION,
    "InternalServerError: We encountered an internal error.  Please try again.": None,
    "ClientError": None,
    "Failure reason unknown": None,
    "": None,
}  # fmt: skip


@pytest.mark.parametrize(("said", "check"), TEXTS.items())
def test_a_text_shows_one_check_and_an_unknown_one_shows_none(said: str, check: Check | None):
    assert check_of_text(said) is check


@pytest.mark.parametrize(
    ("verdict", "said", "ran", "check"),
    [
        (Verdict.FAILED, "", True, None),
        (Verdict.FAILED, "", False, Check.SCHEDULE_FAILED),
        (Verdict.FAILED, "no baseline", False, Check.RUN_BASELINE),
        (Verdict.NO_DATA, "", True, Check.RUN_NO_DATA),
        (Verdict.NO_DATA, "Job inputs had no data", False, Check.RUN_NO_DATA),
        (Verdict.NO_DATA, "No run ended since 2026-11-20 05:12 UTC; one ended every 60 minutes.", False, Check.SCHEDULE_OVERDUE),
        (Verdict.NO_DATA, "There is no label of this window.", True, Check.RUN_GROUND_TRUTH),
        (Verdict.STOPPED, "", True, Check.SCHEDULE_STOPPED),
        (Verdict.INCONCLUSIVE, "", True, Check.TOO_FEW_RECORDS),
        (Verdict.VIOLATED, "no baseline", True, None),
        (Verdict.CLEAN, "", True, None),
    ],
)  # fmt: skip
def test_the_verdict_comes_before_the_text(verdict: Verdict, said: str, ran: bool, check: Check | None):
    assert failed_check(verdict, said, ran=ran) is check


@pytest.mark.parametrize(
    ("said", "permission"),
    [
        ("arn:aws:sts::1:assumed-role/m/S is not authorized to perform: kms:Decrypt on x", "kms:Decrypt"),
        ('the role has no "s3:ListBucket" permission', "s3:ListBucket"),
        ("An error occurred (AccessDenied) when calling the ListTopics operation: no", "ListTopics"),
        ("An error occurred (AccessDeniedException) when calling the ListTopics operation: no", "ListTopics"),
        ("An error occurred (Throttling) when calling the ListTopics operation: no", ""),
        ("Access Denied", ""),
    ],
)
def test_the_missing_permission_is_that_of_the_text_or_the_denied_operation(said: str, permission: str):
    assert missing_permission(said) == permission
