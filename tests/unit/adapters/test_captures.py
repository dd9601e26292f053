"""S3 for measurements: objects are listed page by page and streamed piece by piece."""

import io
from datetime import UTC, datetime

import pytest
from botocore.response import StreamingBody

from kedge.adapters import captures
from kedge.adapters.captures import S3Captures
from kedge.domain.errors import Permanent, Transient
from kedge.ports.captures import StoredObject

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
FOUND = StoredObject(key="capture/a.jsonl", etag='"e1"', size=10, modified=AT)


@pytest.fixture
def s3(stubbed):
    client, stubber = stubbed("s3")
    return S3Captures(client), stubber


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(captures, "PIECE", 4)


def entry(key):
    return {"Key": key, "ETag": '"e1"', "Size": 10, "LastModified": AT}


def piece(data):
    return {"Body": StreamingBody(io.BytesIO(data), len(data)), "ContentLength": len(data)}


def asked(span):
    return {"Bucket": "b", "Key": FOUND.key, "IfMatch": '"e1"', "Range": f"bytes={span}"}


def test_all_pages_of_a_listing_are_read(s3):
    store, stubber = s3
    stubber.add_response(
        "list_objects_v2",
        {"Contents": [entry("capture/a.jsonl")], "NextContinuationToken": "more"},
        {"Bucket": "b", "Prefix": "capture/"},
    )
    stubber.add_response(
        "list_objects_v2",
        {"Contents": [entry("capture/b.jsonl")]},
        {"Bucket": "b", "Prefix": "capture/", "ContinuationToken": "more"},
    )
    assert [found.key for found in store.list("b", "capture/")] == ["capture/a.jsonl", "capture/b.jsonl"]


def test_the_folders_below_a_prefix_are_named_without_it(s3):
    store, stubber = s3
    stubber.add_response(
        "list_objects_v2",
        {"CommonPrefixes": [{"Prefix": "capture/churn/blue/"}, {"Prefix": "capture/churn/green/"}]},
        {"Bucket": "b", "Prefix": "capture/churn/", "Delimiter": "/"},
    )
    assert store.folders("b", "capture/churn/") == ("blue", "green")


def test_a_stream_reads_an_object_in_pieces(s3, small_pieces):
    store, stubber = s3
    for span, data in (("0-3", b"0123"), ("4-7", b"4567"), ("8-9", b"89")):
        stubber.add_response("get_object", piece(data), asked(span))
    assert store.open("b", FOUND).read() == b"0123456789"
    stubber.assert_no_pending_responses()


def test_an_empty_object_costs_no_request(s3):
    store, _ = s3
    assert store.open("b", StoredObject(key="x", etag='"e"', size=0, modified=AT)).read() == b""


def test_an_object_that_changes_while_it_is_read_is_read_again_later(s3):
    store, stubber = s3
    stubber.add_client_error("get_object", "PreconditionFailed", "changed", 412)
    with pytest.raises(Transient, match=r"s3://b/capture/a.jsonl changed"):
        store.open("b", FOUND).read()


def test_an_object_that_is_removed_while_it_is_read_is_no_empty_object(s3):
    store, stubber = s3
    stubber.add_client_error("get_object", "NoSuchKey", "gone", 404)
    with pytest.raises(Transient, match="removed"):
        store.open("b", FOUND).read()


def test_an_object_that_is_shorter_than_listed_is_no_whole_object(s3):
    store, stubber = s3
    stubber.add_response("get_object", piece(b""), asked("0-9"))
    with pytest.raises(Transient, match="ended before"):
        store.open("b", FOUND).read()


def test_an_absent_object_is_none(s3):
    store, stubber = s3
    stubber.add_client_error("get_object", "NoSuchKey", "none", 404)
    assert store.read("b", "x") is None


@pytest.mark.parametrize(
    ("method", "arguments", "call", "says"),
    [
        ("read", ("b", "x"), "get_object", "MonitoredObjectArns"),
        ("write", ("b", "x", b"{}", "application/json"), "put_object", "bucket policy"),
    ],
)
def test_a_refusal_names_the_parameter_that_allows_it(s3, method, arguments, call, says):
    store, stubber = s3
    stubber.add_client_error(call, "AccessDenied", "Access Denied", 403)
    with pytest.raises(Permanent, match=says):
        getattr(store, method)(*arguments)


def test_a_refused_listing_names_the_parameter_that_allows_it(s3):
    store, stubber = s3
    stubber.add_client_error("list_objects_v2", "AccessDenied", "Access Denied", 403)
    with pytest.raises(Permanent, match="MonitoredBucketArns"):
        list(store.list("b", "x"))


def test_a_refused_read_of_a_stream_names_the_parameter_that_allows_it(s3):
    store, stubber = s3
    stubber.add_client_error("get_object", "AccessDenied", "Access Denied", 403)
    with pytest.raises(Permanent, match="MonitoredObjectArns"):
        store.open("b", FOUND).read()


def test_a_throttled_write_may_be_repeated(s3):
    store, stubber = s3
    stubber.add_client_error("put_object", "SlowDown", "slow down", 503)
    with pytest.raises(Transient):
        store.write("b", "x", b"{}", "application/json")
