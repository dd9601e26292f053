"""Every store of objects behaves the same: in memory, in S3, and as files of a recording."""

import pytest

from kedge.adapters.s3 import S3Objects
from kedge.ports.readers import Piece
from tests.contracts.conftest import BOTH
from tests.fakes.reading import FakeObjects
from workbench.recordings.files import Files
from workbench.recordings.objects import Shelf

HELD = {"x/report.json": b"abcdefgh", "x/empty.json": b"", "x/größe +&?.json": b"odd"}


@pytest.fixture(params=[*BOTH, "files"])
def objects(request, tmp_path):
    if request.param == "files":
        for key, data in HELD.items():
            path = Shelf(tmp_path).place("contract-reports", key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return Files(Shelf(tmp_path))
    if request.param == "memory":
        return FakeObjects({f"s3://contract-reports/{key}": data for key, data in HELD.items()})
    s3 = request.getfixturevalue("stack").client("s3")
    s3.create_bucket(Bucket="contract-reports")
    for key, data in HELD.items():
        s3.put_object(Bucket="contract-reports", Key=key, Body=data)
    return S3Objects(s3)


@pytest.mark.parametrize(("most", "data"), [(3, b"abc"), (8, b"abcdefgh"), (1_000, b"abcdefgh")])
def test_as_many_bytes_are_read_as_were_asked_for_and_the_whole_size_is_told(objects, most, data):
    assert objects.read("contract-reports", "x/report.json", most) == Piece(data, 8)


def test_an_empty_object_is_there(objects):
    assert objects.read("contract-reports", "x/empty.json", 10) == Piece(b"", 0)


def test_a_key_is_taken_as_it_is_written(objects):
    assert objects.read("contract-reports", "x/größe +&?.json", 10) == Piece(b"odd", 3)


@pytest.mark.parametrize("bucket", ["contract-reports", "no-such-bucket"])
def test_what_is_not_there_is_none(objects, bucket):
    assert objects.read(bucket, "x/nothing.json", 10) is None
