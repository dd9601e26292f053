"""S3: the first bytes of an object."""

import re
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, IncompleteReadError

from kedge.adapters.calls import Client, ask, in_our_words
from kedge.adapters.errors import Meaning, code_of, meaning_of
from kedge.domain.errors import Permanent
from kedge.ports.readers import Piece

# S3's answer to a range that begins where the object ends: of a range from byte 0, that the object is empty.
_NOTHING_THERE: Final = "InvalidRange"


class S3Objects:
    """Objects, read with GetObject and a range."""

    def __init__(self, s3: Client) -> None:
        """`s3` is boto3's client, or one that answers like it."""
        self._s3 = s3

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """At most the first `most` bytes (1 or more) of an object and its whole size, or None where there is none."""
        try:
            return self._get(bucket, key, most)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and code_of(error) == _NOTHING_THERE:
                return Piece(b"", 0)
            # Of four names under which something may lie, three are usually absent: that is told in few words.
            if meaning_of(error) is Meaning.ABSENT:
                return None
            raise in_our_words(error, f"s3://{bucket}/{key}") from error

    def _get(self, bucket: str, key: str, most: int) -> Piece:
        answer = self._s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{most - 1}")
        with answer["Body"] as body:
            data: bytes = body.read(most)
        length = int(answer["ContentLength"])
        if len(data) < min(most, length):
            raise IncompleteReadError(actual_bytes=len(data), expected_bytes=min(most, length))
        # `bytes 0-1023/4096`; without it S3 sent the whole
        _, _, whole = answer.get("ContentRange", "").rpartition("/")
        return Piece(data, int(whole) if whole.isdecimal() else length)


_URI: Final = re.compile(r"s3://([^/]+)/?(.*)", re.DOTALL)


class S3Artifacts:
    """Objects, looked for with ListObjectsV2.

    HeadObject would need the right to read a model, and to a role that may not list, S3 answers 403 also for what is not there.
    """

    def __init__(self, s3: Client) -> None:
        """`s3` is boto3's client, or one that answers like it."""
        self._s3 = s3

    def exists(self, uri: str) -> bool:
        """Whether there is an object (or, for a URI that ends with a slash, any below it).

        Raises Transient, and Permanent where that may not be asked or the URI is none of S3.
        """
        place = _URI.fullmatch(uri)
        if place is None:
            raise Permanent(f"{uri!r} is not an S3 URI")
        bucket, key = place.groups()
        told = ask(self._s3.list_objects_v2, Bucket=bucket, Prefix=key, MaxKeys=1)
        found = [each["Key"] for each in (told or {}).get("Contents", ())]
        # Keys come in order, so that the one which is the prefix itself comes first.
        return bool(found) if key.endswith("/") or not key else found == [key]
