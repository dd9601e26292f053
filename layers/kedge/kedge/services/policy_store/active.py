"""The active policy for intake: read from the table, and cached for a while."""

from collections.abc import Callable
from typing import Final

from kedge.domain.errors import KedgeError, MalformedPolicy
from kedge.policy.compiled import Policy, compile_policy, default_policy
from kedge.ports.storage import StoredPolicies
from kedge.services.policy_store.stored import read

BELIEVED: Final = 30.0
"""Seconds for which a policy is cached."""


class PolicyInForce:
    """Returns the last valid policy, or the built-in one if none was ever published.

    A fault in a policy never stops it. If the table cannot be read, it continues with the known one.
    """

    def __init__(
        self,
        shelf: StoredPolicies,
        environment: str,
        clock: Callable[[], float],
        failed: Callable[[KedgeError], None],
        believed: float = BELIEVED,
    ) -> None:
        """Connect to the stored policies. `clock` returns seconds that only grow.

        `failed` receives why a policy could not be read, and may raise it. `believed` is for how many seconds the
        policy is cached.
        """
        self._shelf = shelf
        self._environment = environment
        self._clock = clock
        self._failed = failed
        self._seconds = believed
        self._policy: Policy | None = None
        self._text: str | None = None
        self._until = 0.0

    def policy(self) -> Policy:
        """Return the policy.

        Raises:
            Transient: the table cannot be read now, and no policy is known.
            Permanent: the table cannot be read, and no policy is known.
        """
        if self._policy is not None and self._clock() < self._until:
            return self._policy
        try:
            text, _ = self._shelf.load()
        except KedgeError as error:
            if self._policy is None:
                raise
            self._failed(error)
            return self._believed(self._policy)
        if self._policy is None or text != self._text:
            self._policy, self._text = self._made_of(text), text
        return self._believed(self._policy)

    def _believed(self, policy: Policy) -> Policy:
        self._until = self._clock() + self._seconds
        return policy

    def _made_of(self, text: str | None) -> Policy:
        kept = read(text)
        document = kept.sound()
        if document is None:
            if kept.digest:
                self._failed(MalformedPolicy("$", f"another release of Kedge kept the policy {kept.digest}"))
            return default_policy(self._environment)
        try:
            return compile_policy(document, self._environment)
        except MalformedPolicy as error:
            self._failed(error)
            return default_policy(self._environment)
