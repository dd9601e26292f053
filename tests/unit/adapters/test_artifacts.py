"""Whether what a model is made of is still there."""

import pytest

from kedge.adapters.s3 import S3Artifacts
from kedge.domain.errors import Permanent, Transient

URI = "s3://models/churn/7/model.tar.gz"
OPERATION = "list_objects_v2"


@pytest.fixture
def s3(stubbed):
    client, stubber = stubbed("s3")
    return S3Artifacts(client), stubber


def asked(prefix):
    return {"Bucket": "models", "Prefix": prefix, "MaxKeys": 1}


def listed(*keys):
    return {"Contents": [{"Key": key} for key in keys], "KeyCount": len(keys)}


@pytest.mark.parametrize(
    ("found", "there"),
    [
        (["churn/7/model.tar.gz"], True),
        ([], False),
        # Another object whose key only begins so.
        (["churn/7/model.tar.gz.sha256"], False),
    ],
)
def test_an_object_is_there_or_not(s3, found, there):
    artifacts, stubber = s3
    stubber.add_response(OPERATION, listed(*found), asked("churn/7/model.tar.gz"))
    assert artifacts.exists(URI) is there


@pytest.mark.parametrize("key", ["a?b#c", "a b/ü.tar.gz", "a\nb"])
def test_a_key_is_asked_for_letter_by_letter(s3, key):
    artifacts, stubber = s3
    stubber.add_response(OPERATION, listed(key), asked(key))
    assert artifacts.exists(f"s3://models/{key}")


@pytest.mark.parametrize(("uri", "prefix"), [("s3://models/7/", "7/"), ("s3://models/", ""), ("s3://models", "")])
def test_a_folder_is_there_where_anything_lies_below_it(s3, uri, prefix):
    artifacts, stubber = s3
    stubber.add_response(OPERATION, listed("7/code/inference.py"), asked(prefix))
    assert artifacts.exists(uri)
    stubber.add_response(OPERATION, listed(), asked(prefix))
    assert artifacts.exists(uri) is False
    stubber.add_client_error(OPERATION, "NoSuchBucket", "", 404)
    assert artifacts.exists(uri) is False


def test_what_may_not_be_asked_is_not_taken_for_absent(s3):
    artifacts, stubber = s3
    stubber.add_client_error(OPERATION, "AccessDenied", "Forbidden", 403)
    with pytest.raises(Permanent):
        artifacts.exists(URI)
    stubber.add_client_error(OPERATION, "SlowDown", "Slow Down", 503)
    with pytest.raises(Transient):
        artifacts.exists(URI)


@pytest.mark.parametrize("uri", ["https://models.s3.amazonaws.com/7", "s3://", "s3:///7", "7.tar.gz", ""])
def test_what_is_no_place_in_s3_is_not_guessed_at(s3, uri):
    with pytest.raises(Permanent, match="not an S3 URI"):
        s3[0].exists(uri)
