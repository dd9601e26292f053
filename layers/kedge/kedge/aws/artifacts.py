"""S3: whether what a model is made of is still there."""

import re
from typing import Final

from kedge.aws.calls import Client, ask
from kedge.errors import Permanent

_URI: Final = re.compile(r"s3://([^/]+)/?(.*)", re.DOTALL)


class S3Artifacts:
    """Objects, looked for with HeadObject and ListObjectsV2; none is read.

    To a role that may not list a bucket, S3 answers 403 also for what is not there: that is an error, never an absence.
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
        if key and not key.endswith("/"):
            return ask(self._s3.head_object, Bucket=bucket, Key=key) is not None
        told = ask(self._s3.list_objects_v2, Bucket=bucket, Prefix=key, MaxKeys=1)
        return told is not None and told.get("KeyCount", 0) > 0
