import io
import json

import pytest
from botocore.exceptions import ClientError

from kedge.adapters.s3 import S3Objects
from workbench.record.book import Book
from workbench.record.clients import RecordingAws
from workbench.record.kept import NotListed
from workbench.record.session import WouldWrite, clients_of
from workbench.recordings.clients import RecordedAws
from workbench.recordings.shapes import Owner


class Real:
    """boto3's client of S3 and SageMaker at once, as far as a test needs them."""

    words = "no"

    def __init__(self, objects=(), error=None):
        self.objects = dict(objects)
        self.error = error
        self.asked = []

    def get_object(self, **asked):
        self.asked.append(asked)
        if asked["Key"] not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "no"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[asked["Key"]])}

    def list_tags(self, **asked):
        self.asked.append(asked)
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": self.words}}, "ListTags")
        return {"Tags": [], "ResponseMetadata": {"RequestId": "x"}}


@pytest.fixture
def book(tmp_path):
    with Book(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("key", ["a/report.json", "a/b:c/../d.json", "ein Bericht/ü.json"])
@pytest.mark.parametrize("body", [b"", b"{}", b"x" * 3_000_000])
def test_an_object_is_fetched_once_and_reads_in_a_replay_as_it_read_then(tmp_path, book, key, body):
    real = Real({key: body})
    then = S3Objects(RecordingAws(lambda _: real, book, tmp_path).client("s3"))
    replay = S3Objects(RecordedAws(tmp_path, lambda: Owner("1", "x"), None).client("s3"))
    for most in (10, 2**22):
        assert then.read("reports", key, most) == replay.read("reports", key, most)
    assert len(real.asked) == 1


def test_a_missing_object_leaves_nothing_behind(tmp_path, book):
    recorded = S3Objects(RecordingAws(lambda _: Real(), book, tmp_path).client("s3"))
    assert recorded.read("reports", "a/x.json", 10) is None
    assert not (tmp_path / "s3").exists()


def test_an_object_that_appears_in_a_folder_that_was_missing_is_found(tmp_path, book):
    real = Real()
    recorded = S3Objects(RecordingAws(lambda _: real, book, tmp_path).client("s3"))
    assert recorded.read("reports", "a/x.json", 10) is None
    real.objects["a/y.json"] = b"{}"
    assert recorded.read("reports", "a/y.json", 10).data == b"{}"


def test_the_same_question_is_asked_once(tmp_path, book):
    real = Real()
    client = RecordingAws(lambda _: real, book, tmp_path).client("sagemaker")
    for _ in range(2):
        assert client.list_tags(ResourceArn="arn:x") == {"Tags": []}
    assert len(real.asked) == 1
    book.finish()
    (line,) = (tmp_path / "aws" / "sagemaker.ListTags.jsonl").read_text().splitlines()
    assert json.loads(line) == {"request": {"ResourceArn": "arn:x"}, "response": {"Tags": []}}


@pytest.mark.parametrize(("code", "kept"), [("AccessDeniedException", 1), ("ThrottlingException", 0)])
def test_a_refusal_is_an_answer_and_a_call_for_patience_is_none(tmp_path, book, code, kept):
    client = RecordingAws(lambda _: Real(error=code), book, tmp_path).client("sagemaker")
    for _ in range(2):
        with pytest.raises(ClientError, match=code):
            client.list_tags(ResourceArn="arn:x")
    assert book.count("answer") == kept


@pytest.mark.parametrize(
    ("service", "method", "asked"),
    [
        ("sagemaker", "stop_monitoring_schedule", {"MonitoringScheduleName": "x"}),
        ("s3", "put_object", {"Bucket": "b", "Key": "k"}),
        ("dynamodb", "delete_item", {"TableName": "t", "Key": {}}),
        ("cloudwatch", "set_alarm_state", {"AlarmName": "a", "StateValue": "OK", "StateReason": "x"}),
    ],
)
def test_a_call_that_would_change_something_is_not_made(service, method, asked):
    client = clients_of(None, "us-east-1")(service)
    with pytest.raises(WouldWrite):
        getattr(client, method)(**asked)


WHO = "arn:aws:sts::111122223333:assumed-role/Admin/ana@example.com"


@pytest.mark.parametrize("error", [f"User: {WHO} is not authorized to perform: s3:GetObject", f'no: "{WHO}" may not'])
def test_a_refusal_is_kept_without_the_name_of_who_was_refused(tmp_path, book, error):
    real = Real(error="AccessDeniedException")
    real.words = error
    client = RecordingAws(lambda _: real, book, tmp_path).client("sagemaker")
    with pytest.raises(ClientError):
        client.list_tags(ResourceArn="arn:x")
    book.finish()
    (line,) = (tmp_path / "aws" / "sagemaker.ListTags.jsonl").read_text().splitlines()
    message = json.loads(line)["error"]["Message"]
    assert message == error.replace(WHO, "…")


def test_an_answer_of_which_nothing_says_what_to_keep_is_not_kept(tmp_path, book):
    real = Real()
    real.describe_training_job = lambda **_: {"RoleArn": "x"}
    client = RecordingAws(lambda _: real, book, tmp_path).client("sagemaker")
    with pytest.raises(NotListed):
        client.describe_training_job(TrainingJobName="x")
    assert book.count("answer") == 0
