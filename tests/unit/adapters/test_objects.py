"""The first bytes of an object, and how many there are."""

import io

import pytest
from botocore.response import StreamingBody

from kedge.adapters.s3 import S3Objects
from kedge.domain.errors import Permanent, Transient
from kedge.ports.readers import Piece

ASKED = {"Bucket": "reports", "Key": "x/violations.json", "Range": "bytes=0-3"}


@pytest.fixture
def s3(stubbed):
    client, stubber = stubbed("s3")
    return S3Objects(client), stubber


def body(data, length=None):
    return StreamingBody(io.BytesIO(data), len(data) if length is None else length)


def test_a_large_object_is_read_in_part_and_its_size_is_told(s3):
    objects, stubber = s3
    told = {"Body": body(b"abcd"), "ContentLength": 4, "ContentRange": "bytes 0-3/300000000"}
    stubber.add_response("get_object", told, ASKED)
    assert objects.read("reports", "x/violations.json", 4) == Piece(b"abcd", 300_000_000)


def test_no_more_is_read_than_was_asked_for_when_s3_sends_the_whole(s3):
    objects, stubber = s3
    stubber.add_response("get_object", {"Body": body(b"abcdefgh"), "ContentLength": 8}, ASKED)
    assert objects.read("reports", "x/violations.json", 4) == Piece(b"abcd", 8)


def test_an_empty_object_is_there(s3):
    objects, stubber = s3
    stubber.add_client_error("get_object", "InvalidRange", "The requested range is not satisfiable", 416)
    assert objects.read("reports", "x/violations.json", 4) == Piece(b"", 0)


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchBucket", "404"])
def test_what_is_not_there_is_none(s3, code):
    objects, stubber = s3
    stubber.add_client_error("get_object", code, "", 404)
    assert objects.read("reports", "x/violations.json", 4) is None


def test_what_may_not_be_read_is_told_with_its_place(s3):
    objects, stubber = s3
    stubber.add_client_error("get_object", "AccessDenied", "Access Denied", 403)
    with pytest.raises(Permanent, match=r"s3://reports/x/violations.json"):
        objects.read("reports", "x/violations.json", 4)


def test_a_body_that_breaks_off_can_be_read_again(s3):
    objects, stubber = s3
    stubber.add_response("get_object", {"Body": body(b"", 4), "ContentLength": 4}, ASKED)
    with pytest.raises(Transient):
        objects.read("reports", "x/violations.json", 4)
