"""What is remembered of policies, in one item of the table."""

import hashlib
from datetime import datetime

import msgspec
from msgspec import Struct

from kedge.policy.spec.document import PolicyDocument


class BrokenPolicy(Struct, frozen=True, kw_only=True):
    """A published policy that cannot be decided by: which, why, and since when it is known (UTC)."""

    digest: str
    version: str
    fault: str
    since: datetime


class KeptPolicy(Struct, frozen=True, kw_only=True):
    """The last sound policy, as a document in JSON, and the broken one after it, if there is one.

    `digest` is that of the published text. The document stays as it was written until somebody decides by it: another
    release of Kedge may have written it, and what is known of a broken one must be readable all the same.
    """

    digest: str = ""
    document: msgspec.Raw = msgspec.Raw(b"null")
    kept: datetime | None = None
    broken: BrokenPolicy | None = None

    def sound(self) -> PolicyDocument | None:
        """The document, None where there is none, or none that this release understands."""
        try:
            return msgspec.json.decode(self.document, type=PolicyDocument | None)
        except msgspec.DecodeError:
            return None


NOTHING_KEPT = KeptPolicy()


def read(text: str | None) -> KeptPolicy:
    """What a text remembers; nothing where there is none, or none that can be read."""
    if text is None:
        return NOTHING_KEPT
    try:
        return msgspec.json.decode(text, type=KeptPolicy)
    except msgspec.DecodeError:
        return NOTHING_KEPT


def written(kept: KeptPolicy) -> str:
    """The text that `read` understands."""
    return msgspec.json.encode(kept).decode()


def digest_of(data: bytes) -> str:
    """Twelve hexadecimal digits that stand for a text."""
    return hashlib.sha256(data).hexdigest()[:12]
