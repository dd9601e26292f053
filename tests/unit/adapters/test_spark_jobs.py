"""A job of EMR Serverless is started once for each token."""

import pytest

from kedge.adapters.spark_jobs import EmrServerlessJobs
from kedge.domain.errors import Permanent, Transient
from kedge.ports.spark_jobs import SparkJob

JOB = SparkJob(
    application="00f1",
    role="arn:aws:iam::111122223333:role/kedge-monitor-jobs",
    name="kedge-monitor churn",
    token="t" * 64,
    script="s3://code/monitor_spark.py",
    arguments=("--capture", "s3://b/captures"),
    parameters="--conf a=b",
)
ASKED = {
    "applicationId": "00f1",
    "clientToken": "t" * 64,
    "executionRoleArn": JOB.role,
    "name": "kedge-monitor churn",
    "jobDriver": {
        "sparkSubmit": {
            "entryPoint": JOB.script,
            "entryPointArguments": ["--capture", "s3://b/captures"],
            "sparkSubmitParameters": "--conf a=b",
        }
    },
}


@pytest.fixture
def emr(stubbed):
    client, stubber = stubbed("emr-serverless")
    return EmrServerlessJobs(client), stubber


def test_a_job_is_started_with_its_token_and_its_run_is_returned(emr):
    jobs, stubber = emr
    stubber.add_response(
        "start_job_run",
        {
            "applicationId": "00f1",
            "jobRunId": "00r1",
            "arn": "arn:aws:emr-serverless:us-east-1:111122223333:/applications/00f1/jobruns/00r1",
        },
        ASKED,
    )
    assert jobs.start(JOB) == "00r1"


def test_a_refusal_names_the_tag_and_the_role_to_pass(emr):
    jobs, stubber = emr
    stubber.add_client_error("start_job_run", "AccessDeniedException", http_status_code=403)
    with pytest.raises(Permanent, match=r"tag it kedge:monitor=true.*to pass .*kedge-monitor-jobs"):
        jobs.start(JOB)


def test_an_application_that_does_not_exist_is_permanent_and_a_failure_of_the_service_is_not(emr):
    jobs, stubber = emr
    stubber.add_client_error("start_job_run", "ValidationException", http_status_code=400)
    with pytest.raises(Permanent):
        jobs.start(JOB)
    stubber.add_client_error("start_job_run", "InternalServerException", http_status_code=500)
    with pytest.raises(Transient):
        jobs.start(JOB)
