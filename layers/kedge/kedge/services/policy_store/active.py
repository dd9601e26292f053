"""The policy to decide by, as intake sees it: read from the table, and believed for a while."""

from collections.abc import Callable
from typing import Final

from kedge.domain.errors import KedgeError, MalformedPolicy
from kedge.policy.compiled import Policy, compile_policy, default_policy
from kedge.ports.storage import PolicyShelf
from kedge.services.policy_store.stored import read

BELIEVED: Final = 30.0
"""Seconds for which a policy that was read is believed."""


class PolicyInForce:
    """Gives the last sound policy, or the built-in one where none was ever published.

    Nothing that may be wrong with a policy stops it. Where the table cannot be read, it goes on with what it has.
    """

    def __init__(
        self,
        shelf: PolicyShelf,
        environment: str,
        clock: Callable[[], float],
        failed: Callable[[KedgeError], None],
        believed: float = BELIEVED,
    ) -> None:
        """`clock` gives seconds that only grow; `failed` is told why a policy could not be read, and may raise it.

        `believed` is for how many seconds one is not read again.
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
        """The policy. Raises Transient and Permanent where the table cannot be read and none is known yet."""
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
