"""The stored state of a published document, in one item of the table: of the policy, or of the monitors."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from kedge.domain.errors import MalformedDocument
from kedge.policy.spec.types import VersionedDocument


class DocumentKind[Document: VersionedDocument, Compiled](Struct, frozen=True):
    """A kind of document: its name in faults (it does not have a file), its type, and what functions compile it to.

    `compiled` raises `malformed`, the error for this kind.
    """

    name: str
    document: type[Document]
    compiled: Callable[[Document], Compiled]
    malformed: type[MalformedDocument]


class BrokenDocument(Struct, frozen=True, kw_only=True):
    """A published document with faults: its digest, its fault, and since when it is known (UTC)."""

    digest: str
    version: str
    fault: str
    since: datetime


class KeptDocument(Struct, frozen=True, kw_only=True):
    """The last valid document in JSON, and the broken one after it, if there is one.

    `digest` is that of the published text. The document keeps its text until a function needs it. Another release of
    Kedge may have written it, and the state of a broken one must be readable all the same. `kept` is when this version
    was stored (UTC).
    """

    digest: str = ""
    document: msgspec.Raw = msgspec.Raw(b"null")
    kept: datetime | None = None
    broken: BrokenDocument | None = None

    def sound[Document](self, what: type[Document]) -> Document | None:
        """Return the document; None if there is none, or this release does not understand it."""
        try:
            return msgspec.json.decode(self.document, type=what | None)
        except msgspec.DecodeError:
            return None


NOTHING_KEPT = KeptDocument()


def read(text: str | None) -> KeptDocument:
    """Return the state in a text; an empty one if there is none, or it is unreadable."""
    if text is None:
        return NOTHING_KEPT
    try:
        return msgspec.json.decode(text, type=KeptDocument)
    except msgspec.DecodeError:
        return NOTHING_KEPT


def written(kept: KeptDocument) -> str:
    """Return the text for `read`."""
    return msgspec.json.encode(kept).decode()


def digest_of(data: bytes) -> str:
    """Return 12 hexadecimal digits that represent a text."""
    return hashlib.sha256(data).hexdigest()[:12]
