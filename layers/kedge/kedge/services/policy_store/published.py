"""Reads a published document: stores a valid one, and reports a broken one."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.errors import KedgeError, MalformedDocument
from kedge.domain.signal import PolicyRead
from kedge.domain.target import Target, TargetKind
from kedge.ledger.items import stamp
from kedge.policy.lint import LintResult
from kedge.policy.spec.types import VersionedDocument
from kedge.ports.storage import Published, PublishedDocuments, StoredDocument
from kedge.services.policy_store.stored import BrokenDocument, DocumentKind, KeptDocument, digest_of, read, written

_MOST_FAULTS: Final = 3
_LONGEST: Final = 1_200

type Lint[Document: VersionedDocument] = Callable[[bytes, str], LintResult[Document]]


def target_of(stack: str, account: str, region: str, kind: TargetKind = TargetKind.POLICY) -> Target:
    """Return the case of a document of a stack: by default, of its policy."""
    return Target(account=account, region=region, kind=kind, name=stack)


class DocumentWatch[Document: VersionedDocument, Compiled]:
    """Compares the published document with the stored one. Two parallel reads do no harm: one of them finds it done."""

    def __init__(
        self,
        kind: DocumentKind[Document, Compiled],
        published: PublishedDocuments,
        shelf: StoredDocument,
        lint: Lint[Document],
        target: Target,
        clock: Callable[[], datetime],
        failed: Callable[[KedgeError], None],
    ) -> None:
        """Connect the ports. `lint` reads a text under a name, `target` is the case of this stack's document.

        `failed` receives each failure to read the published document: that is not a fault of the document.
        """
        self._kind = kind
        self._published = published
        self._shelf = shelf
        self._lint = lint
        self._target = target
        self._clock = clock
        self._failed = failed

    @property
    def what(self) -> str:
        """Return the document in one word, for the log."""
        return self._target.kind.value

    def look(self) -> PolicyRead | None:
        """Return the news of the newest document; None if it is valid and was before.

        While it is broken, the same signal repeats, which changes nothing after the first. Once it is fixed, the news
        repeats until `told`.

        Raises:
            Transient: the stored document cannot be read or written now.
            Permanent: the stored document cannot be read or written.
        """
        text, over = self._shelf.load()
        kept = read(text)
        try:
            newest = self._published.newest()
        except KedgeError as error:
            self._failed(error)
            return None
        if newest is not None and not self._known(kept, digest_of(newest.data)):
            try:
                kept = self._sound(kept, newest)
            except MalformedDocument as fault:
                return self._broken(kept, newest, fault.why, over)
            self._shelf.keep(written(kept), over)
        return self._mended(kept) if kept.broken is not None else None

    def told(self, signal: PolicyRead) -> None:
        """Remove the broken document after the notification that it is fixed."""
        if signal.fault is None:
            text, over = self._shelf.load()
            self._shelf.keep(written(msgspec.structs.replace(read(text), broken=None)), over)

    def _known(self, kept: KeptDocument, digest: str) -> bool:
        """Return whether this text is the stored valid one, and this release can decide with it."""
        if kept.digest != digest:
            return False
        try:
            document = kept.sound(self._kind.document)
            return document is not None and self._kind.compiled(document) is not None
        except MalformedDocument:
            return False

    def _sound(self, kept: KeptDocument, newest: Published) -> KeptDocument:
        """Return the stored form of a valid document. Raises MalformedDocument with the faults of any other."""
        reading = self._lint(newest.data, self._kind.name)
        if reading.document is None:
            raise self._kind.malformed(self._kind.name, _short([fault.brief for fault in reading.faults]))
        self._kind.compiled(reading.document)
        document = msgspec.Raw(msgspec.json.encode(reading.document))
        return msgspec.structs.replace(kept, digest=digest_of(newest.data), document=document, kept=self._clock())

    def _broken(self, kept: KeptDocument, newest: Published, fault: str, over: int) -> PolicyRead:
        digest = digest_of(newest.data)
        broken = kept.broken
        if broken is None or (broken.digest, broken.fault) != (digest, fault):
            broken = BrokenDocument(digest=digest, version=newest.label or digest, fault=fault, since=self._clock())
            self._shelf.keep(written(msgspec.structs.replace(kept, broken=broken)), over)
        return self._signal(f"{broken.digest}/broken/{stamp(broken.since)}", broken.since, broken.version, fault)

    def _mended(self, kept: KeptDocument) -> PolicyRead:
        document, now = kept.sound(self._kind.document), self._clock()
        version = kept.digest if document is None else document.label
        return self._signal(f"{kept.digest}/mended/{stamp(now)}", now, version, None)

    def _signal(self, what: str, at: datetime, version: str, fault: str | None) -> PolicyRead:
        return PolicyRead(id=f"{self._target.kind}/{what}", at=at, target=self._target, version=version, fault=fault)


def _short(faults: list[str]) -> str:
    """Return a list of faults, shortened for a message."""
    shown = "; ".join(faults[:_MOST_FAULTS])
    more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
    return shown[:_LONGEST] + more
