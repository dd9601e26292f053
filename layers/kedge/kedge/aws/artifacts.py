"""S3: whether what a model is made of is still there."""

import re
from typing import Final

from kedge.aws.calls import Client, ask
from kedge.errors import Permanent

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
