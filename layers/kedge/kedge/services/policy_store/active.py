"""The document in force for a function: read from the table, and cached for a while. For intake, the policy."""

from collections.abc import Callable
from typing import Final

from kedge.domain.errors import KedgeError, MalformedDocument, MalformedPolicy
from kedge.policy.compiled import Policy, compile_policy, default_policy
from kedge.policy.spec.document import PolicyDocument
from kedge.policy.spec.types import VersionedDocument
from kedge.ports.storage import StoredDocument
from kedge.services.policy_store.stored import DocumentKind, read

BELIEVED: Final = 30.0
"""Seconds for which a document is cached."""

POLICY: Final = DocumentKind("policy.yaml", PolicyDocument, compile_policy, MalformedPolicy)
"""The kind of a policy."""


class DocumentInForce[Document: VersionedDocument, Compiled]:
    """Returns what the last valid document compiles to, or a built-in value if none was ever published.

    A fault in a document never stops it. If the table cannot be read, it continues with the known one.
    """

    def __init__(
        self,
        kind: DocumentKind[Document, Compiled],
        built_in: Callable[[], Compiled],
        shelf: StoredDocument,
        clock: Callable[[], float],
        failed: Callable[[KedgeError], None],
        believed: float = BELIEVED,
    ) -> None:
        """Connect to the stored document. `clock` returns seconds that only grow.

        `failed` receives why a document could not be read, and may raise it. `believed` is for how many seconds the
        document is cached.
        """
        self._kind = kind
        self._built_in = built_in
        self._shelf = shelf
        self._clock = clock
        self._failed = failed
        self._seconds = believed
        self._known: Compiled | None = None
        self._text: str | None = None
        self._until = 0.0

    def current(self) -> Compiled:
        """Return the compiled document.

        Raises:
            Transient: the table cannot be read now, and no document is known.
            Permanent: the table cannot be read, and no document is known.
        """
        if self._known is not None and self._clock() < self._until:
            return self._known
        try:
            text, _ = self._shelf.load()
        except KedgeError as error:
            if self._known is None:
                raise
            self._failed(error)
            return self._believed(self._known)
        if self._known is None or text != self._text:
            self._known, self._text = self._made_of(text), text
        return self._believed(self._known)

    def _believed(self, known: Compiled) -> Compiled:
        self._until = self._clock() + self._seconds
        return known

    def _made_of(self, text: str | None) -> Compiled:
        kept = read(text)
        document = kept.sound(self._kind.document)
        if document is None:
            if kept.digest:
                why = f"another release of Kedge kept {self._kind.name} {kept.digest}"
                self._failed(self._kind.malformed("$", why))
            return self._built_in()
        try:
            return self._kind.compiled(document)
        except MalformedDocument as error:
            self._failed(error)
            return self._built_in()


class PolicyInForce:
    """Returns the last valid policy, or the built-in one if none was ever published."""

    def __init__(
        self,
        shelf: StoredDocument,
        environment: str,
        clock: Callable[[], float],
        failed: Callable[[KedgeError], None],
        believed: float = BELIEVED,
    ) -> None:
        """Connect to the stored policy, as `DocumentInForce`. `environment` is the stack's, for matchers."""
        kind = DocumentKind(
            POLICY.name, PolicyDocument, lambda document: compile_policy(document, environment), MalformedPolicy
        )
        self._in_force = DocumentInForce(kind, lambda: default_policy(environment), shelf, clock, failed, believed)

    def policy(self) -> Policy:
        """Return the policy. Raises Transient or Permanent if the table cannot be read and no policy is known."""
        return self._in_force.current()
