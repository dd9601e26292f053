import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.unit.workbench.recordings.build import answers
from workbench.recordings.objects import Shelf


def put(folder: Path, key: str, data: bytes) -> None:
    file = folder / "s3" / "reports" / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def read(client, key: str, **more: str) -> bytes:
    with client("s3").get_object(Bucket="reports", Key=key, **more)["Body"] as body:
        return bytes(body.read())


@pytest.mark.parametrize(
    ("asked", "data", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("rows=1-2", b"0123456789", None),
    ],
)
def test_a_range_is_served_as_s3_serves_it(tmp_path, client, asked, data, content_range):
    put(tmp_path, "x", b"0123456789")
    told = client("s3").get_object(Bucket="reports", Key="x", Range=asked)
    assert told.get("ContentRange") == content_range
    assert told["ContentLength"] == len(data)
    with told["Body"] as body:
        assert body.read() == data


@pytest.mark.parametrize("data", [b"", b"0123"])
def test_a_range_beyond_the_end_is_refused(tmp_path, client, data):
    put(tmp_path, "x", data)
    with pytest.raises(ClientError) as raised:
        read(client, "x", Range=f"bytes={len(data)}-9")
    assert raised.value.response["Error"]["Code"] == "InvalidRange"


def test_a_body_is_read_from_disk_a_piece_at_a_time(tmp_path, client):
    put(tmp_path, "x", b"0123456789")
    with client("s3").get_object(Bucket="reports", Key="x", Range="bytes=2-7")["Body"] as body:
        assert [body.read(4), body.read(4)] == [b"2345", b"67"]


@pytest.mark.parametrize("key", ["a b/c=d/é+ü%20.json", "2026/11/20/10//x.json", "plain"])
def test_keys_may_be_odd(tmp_path, client, key):
    put(tmp_path, key, b"here")
    assert read(client, key) == b"here"


def test_a_key_that_no_file_system_holds_lies_under_its_percent_encoding(tmp_path, client):
    put(tmp_path, "a/%2E%2E/b%3Ac", b"here")
    assert read(client, "a/../b:c") == b"here"


@pytest.mark.parametrize(
    "key",
    ["nothing", "../../signals.jsonl", "folder", "folder/", "/../../signals.jsonl", "a\0b", "x" * 1024, "..\\..\\x"],
)
def test_everything_else_is_no_such_key(tmp_path, client, key):
    (tmp_path / "signals.jsonl").write_text("secret")
    put(tmp_path, "folder/x", b"")
    s3 = client("s3")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="reports", Key=key)


@pytest.mark.parametrize("bucket", ["..", "elsewhere"])
def test_no_bucket_leads_out_of_the_folder(tmp_path, client, bucket):
    answers(tmp_path, "x.Y")
    s3 = client("s3")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="aws/x.Y.jsonl")


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path, client):
    (tmp_path / "secret").write_text("secret")
    put(tmp_path, "x", b"")
    (tmp_path / "s3" / "reports" / "link").symlink_to(tmp_path / "secret")
    s3 = client("s3")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="reports", Key="link")


def test_a_linked_folder_that_leads_out_is_not_followed_beside_one_that_was(tmp_path, client):
    (tmp_path / "outside" / "05").mkdir(parents=True)
    (tmp_path / "outside" / "05" / "x").write_text("secret")
    put(tmp_path, "day/04/x", b"here")
    (tmp_path / "s3" / "reports" / "day" / "05").symlink_to(tmp_path / "outside" / "05")
    (tmp_path / "s3" / "reports" / "other").symlink_to(tmp_path / "outside")
    s3 = client("s3")
    assert s3.get_object(Bucket="reports", Key="day/04/x")["Body"].read() == b"here"
    for key in ("day/05/x", "other/05/x"):
        with pytest.raises(s3.exceptions.NoSuchKey):
            s3.get_object(Bucket="reports", Key=key)


@pytest.mark.parametrize("folders", [1, 24, 65, 200])
def test_an_object_is_found_however_many_folders_are_beside_its_own(tmp_path, client, folders):
    for number in range(folders):
        put(tmp_path, f"runs/{number}/x", str(number).encode())
    s3 = client("s3")
    for number in range(folders):
        assert s3.get_object(Bucket="reports", Key=f"runs/{number}/x")["Body"].read() == str(number).encode()
        for key in (f"runs/{number}/y", f"runs/no-{number}/x", f"runs/no-{number}/y"):
            with pytest.raises(s3.exceptions.NoSuchKey):
                s3.get_object(Bucket="reports", Key=key)


def test_an_object_that_was_placed_after_a_look_up_is_found(tmp_path):
    shelf = Shelf(tmp_path / "s3")
    keys = [f"{folder}/{name}" for folder in ("day/04", "day/05") for name in ("x", "y")]
    for key in keys:
        assert shelf.find("reports", key) is None
        place = shelf.place("reports", key)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"here")
        found = shelf.find("reports", key)
        assert found is not None
        assert found.path == place


def test_a_recorded_refusal_comes_before_the_file(tmp_path, client):
    put(tmp_path, "denied", b"here")
    put(tmp_path, "open", b"here")
    answers(tmp_path, "s3.GetObject", {"request": {"Key": "denied"}, "error": {"Code": "AccessDenied"}})
    with pytest.raises(ClientError) as raised:
        read(client, "denied")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert read(client, "open") == b"here"


def test_an_object_may_be_an_answer_instead_of_a_file(tmp_path, client):
    answers(tmp_path, "s3.GetObject", {"request": {"Key": "x"}, "response": {"Body": json.dumps({"a": 1})}})
    assert read(client, "x") == b'{"a": 1}'


def test_the_head_of_an_object_tells_its_size(tmp_path, client):
    put(tmp_path, "x", b"0123")
    s3 = client("s3")
    assert s3.head_object(Bucket="reports", Key="x")["ContentLength"] == 4
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="reports", Key="y")


def test_a_bucket_lists_its_keys_in_pages(tmp_path, client):
    for key in ("a/1", "a/2", "a/3", "b"):
        put(tmp_path, key, b"x")
    pages = (
        client("s3")
        .get_paginator("list_objects_v2")
        .paginate(Bucket="reports", Prefix="a/", PaginationConfig={"PageSize": 2})
    )
    assert [[entry["Key"] for entry in page["Contents"]] for page in pages] == [["a/1", "a/2"], ["a/3"]]
