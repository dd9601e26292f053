"""Whether what a model is made of is still there."""

import pytest

from kedge.aws.artifacts import S3Artifacts
from kedge.errors import Permanent, Transient

ASKED = {"Bucket": "models", "Key": "churn/7/model.tar.gz"}
URI = "s3://models/churn/7/model.tar.gz"


@pytest.fixture
def s3(stubbed):
    client, stubber = stubbed("s3")
    return S3Artifacts(client), stubber


def test_an_object_is_there_or_not(s3):
    artifacts, stubber = s3
    stubber.add_response("head_object", {"ContentLength": 7}, ASKED)
    assert artifacts.exists(URI)
    stubber.add_client_error("head_object", "404", "Not Found", 404, expected_params=ASKED)
    assert artifacts.exists(URI) is False


@pytest.mark.parametrize("key", ["a?b#c", "a b/ü.tar.gz", "a\nb"])
def test_a_key_is_asked_for_letter_by_letter(s3, key):
    artifacts, stubber = s3
    stubber.add_response("head_object", {}, {"Bucket": "models", "Key": key})
    assert artifacts.exists(f"s3://models/{key}")


@pytest.mark.parametrize(("uri", "prefix"), [("s3://models/7/", "7/"), ("s3://models/", ""), ("s3://models", "")])
def test_a_folder_is_there_where_anything_lies_below_it(s3, uri, prefix):
    artifacts, stubber = s3
    asked = {"Bucket": "models", "Prefix": prefix, "MaxKeys": 1}
    stubber.add_response("list_objects_v2", {"KeyCount": 1}, asked)
    assert artifacts.exists(uri)
    stubber.add_response("list_objects_v2", {"KeyCount": 0}, asked)
    assert artifacts.exists(uri) is False
    stubber.add_client_error("list_objects_v2", "NoSuchBucket", "", 404)
    assert artifacts.exists(uri) is False


def test_what_may_not_be_asked_is_not_taken_for_absent(s3):
    artifacts, stubber = s3
    stubber.add_client_error("head_object", "403", "Forbidden", 403)
    with pytest.raises(Permanent):
        artifacts.exists(URI)
    stubber.add_client_error("head_object", "503", "Slow Down", 503)
    with pytest.raises(Transient):
        artifacts.exists(URI)


@pytest.mark.parametrize("uri", ["https://models.s3.amazonaws.com/7", "s3://", "s3:///7", "7.tar.gz", ""])
def test_what_is_no_place_in_s3_is_not_guessed_at(s3, uri):
    with pytest.raises(Permanent, match="not an S3 URI"):
        s3[0].exists(uri)
