"""The stored state of policies, in one item of the table."""

import hashlib
from datetime import datetime

import msgspec
from msgspec import Struct

from kedge.policy.spec.document import PolicyDocument


class BrokenPolicy(Struct, frozen=True, kw_only=True):
    """A published policy with faults: its digest, its fault, and since when it is known (UTC)."""

    digest: str
    version: str
    fault: str
    since: datetime


class KeptPolicy(Struct, frozen=True, kw_only=True):
    """The last valid policy, as a document in JSON, and the broken one after it, if there is one.

    `digest` is that of the published text. The document keeps its text until a decision needs it. Another release of
    Kedge may have written it, and the state of a broken one must be readable all the same.
    """

    digest: str = ""
    document: msgspec.Raw = msgspec.Raw(b"null")
    kept: datetime | None = None
    broken: BrokenPolicy | None = None

    def sound(self) -> PolicyDocument | None:
        """Return the document; None if there is none, or this release does not understand it."""
        try:
            return msgspec.json.decode(self.document, type=PolicyDocument | None)
        except msgspec.DecodeError:
            return None


NOTHING_KEPT = KeptPolicy()


def read(text: str | None) -> KeptPolicy:
    """Return the state in a text; an empty one if there is none, or it is unreadable."""
    if text is None:
        return NOTHING_KEPT
    try:
        return msgspec.json.decode(text, type=KeptPolicy)
    except msgspec.DecodeError:
        return NOTHING_KEPT


def written(kept: KeptPolicy) -> str:
    """Return the text for `read`."""
    return msgspec.json.encode(kept).decode()


def digest_of(data: bytes) -> str:
    """Return 12 hexadecimal digits that represent a text."""
    return hashlib.sha256(data).hexdigest()[:12]
