"""S3 in memory for measurements."""

import hashlib
import io
from datetime import UTC, datetime

from kedge.domain.errors import Permanent, Transient
from kedge.ports.captures import StoredObject

END = datetime(2026, 11, 20, 10, tzinfo=UTC)


class MemoryCaptures:
    """S3 in memory. `failing` maps the number of a write to the error that it raises after or before it happened."""

    def __init__(self):
        self.objects: dict[tuple[str, str], bytes] = {}
        self.denied: set[str] = set()
        self.writes, self.breaks_at = 0, None
        self.refuses_writes = False

    def put(self, key: str, data: bytes = b"{}\n", bucket: str = "b") -> None:
        self.objects[bucket, key] = data

    def list(self, bucket, prefix):
        assert bucket, "S3 takes no empty name of a bucket"
        if any(prefix.startswith(each) for each in self.denied):
            raise Permanent(f"S3 refuses s3://{bucket}: add the bucket to the parameter MonitoredBucketArns")
        for (where, key), data in sorted(self.objects.items()):
            if where == bucket and key.startswith(prefix):
                yield StoredObject(key=key, etag=hashlib.sha256(data).hexdigest(), size=len(data), modified=END)

    def folders(self, bucket, prefix):
        assert bucket, "S3 takes no empty name of a bucket"
        below = [
            key.removeprefix(prefix).split("/")
            for where, key in self.objects
            if where == bucket and key.startswith(prefix)
        ]
        return tuple(sorted({parts[0] for parts in below if len(parts) > 1}))

    def open(self, bucket, found):
        return io.BytesIO(self.objects[bucket, found.key])

    def read(self, bucket, key):
        return self.objects.get((bucket, key))

    def write(self, bucket, key, data, content_type):
        if self.refuses_writes:
            raise Permanent(f"S3 refuses s3://{bucket}/{key}: check the bucket policy")
        if self.writes == self.breaks_at:
            self.breaks_at = None
            raise Transient("the connection broke")
        self.writes += 1
        self.objects[bucket, key] = data
