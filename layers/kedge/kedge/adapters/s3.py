"""S3: the first bytes of an object."""

import re
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, IncompleteReadError

from kedge.adapters.calls import Client, ask, in_our_words
from kedge.adapters.errors import Meaning, code_of, meaning_of
from kedge.domain.errors import Permanent
from kedge.ports.readers import Piece

# S3's answer to a range that begins at the end of the object. For a range from byte 0, the object is empty.
_NOTHING_THERE: Final = "InvalidRange"


class S3Objects:
    """Objects, read with GetObject and a range."""

    def __init__(self, s3: Client) -> None:
        """Keep `s3`, boto3's client or a double of it."""
        self._s3 = s3

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """Return the first `most` bytes (at least 1) of an object and its whole size, or None if there is none."""
        try:
            return self._get(bucket, key, most)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and code_of(error) == _NOTHING_THERE:
                return Piece(b"", 0)
            # A report may have one of four names, so three are usually absent. The message is therefore short.
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
        # `bytes 0-1023/4096`; without it S3 sent the whole object
        _, _, whole = answer.get("ContentRange", "").rpartition("/")
        return Piece(data, int(whole) if whole.isdecimal() else length)


_URI: Final = re.compile(r"s3://([^/]+)/?(.*)", re.DOTALL)


class S3Artifacts:
    """Objects, checked with ListObjectsV2.

    HeadObject would need the permission to read a model. S3 also returns 403 for an absent object if the role may not
    list.
    """

    def __init__(self, s3: Client) -> None:
        """Keep `s3`, boto3's client or a double of it."""
        self._s3 = s3

    def exists(self, uri: str) -> bool:
        """Return whether an object exists, or any below a URI that ends with a slash.

        Raises:
            Transient: try again later.
            Permanent: the role may not ask, or the URI is not an S3 URI.
        """
        place = _URI.fullmatch(uri)
        if place is None:
            raise Permanent(f"{uri!r} is not an S3 URI")
        bucket, key = place.groups()
        told = ask(self._s3.list_objects_v2, Bucket=bucket, Prefix=key, MaxKeys=1)
        found = [each["Key"] for each in (told or {}).get("Contents", ())]
        # Keys come in order, so a key that equals the prefix comes first.
        return bool(found) if key.endswith("/") or not key else found == [key]
