"""S3 URIs of prefixes, as a document writes them."""

import re
from typing import Final

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# The longest path of a report below the prefix is 300 bytes, and a key has at most 1,024.
_LONGEST_KEY: Final = 700
_ARN: Final = re.compile(r"arn:aws[a-z-]*:s3:::(.*)")
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f\\]")


def parse_s3_prefix(text: str) -> str:
    """Return a prefix without the slash at its end. Raises ValueError with `why: mend`."""
    if not text.startswith("s3://"):
        arn = _ARN.fullmatch(text)
        mend = f"write s3://{arn[1]}" if arn else "write s3://BUCKET/PREFIX"
        raise ValueError(f"{text!r} is not an S3 URI: {mend}")
    bucket, _, key = text.removeprefix("s3://").partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"{bucket!r} is not the name of a bucket: write small letters, digits, dots and hyphens")
    if _CONTROL.search(key) or "//" in f"/{key}":
        raise ValueError(f"{text!r} has an empty part, a space or a backslash: write s3://BUCKET/PREFIX")
    if len(key.encode()) > _LONGEST_KEY:
        raise ValueError(f"the prefix is longer than {_LONGEST_KEY} bytes: write a shorter one")
    return f"s3://{bucket}/{key}".rstrip("/")
