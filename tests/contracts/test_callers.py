"""The emulator accepts only callers of this machine, as the local SageMaker does."""

import http.client
from contextlib import closing

import pytest

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("path", ["/_kedge/activity", "/"])
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example.com"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_web_page_that_reaches_the_emulator_is_refused(stack, path, headers):
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    with closing(connection):
        connection.request("GET", path, headers=headers)
        assert connection.getresponse().status == 403


def test_boto3_and_the_workbench_are_heard(stack):
    assert "working" in stack.ask("activity")
    assert stack.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
