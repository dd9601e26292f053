"""The text that a person or a program signs, so that AWS can confirm the signer."""

import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Final, Self, override

from msgspec import Struct

from kedge.domain.action import Answer

PROOF: Final = "proof"
"""The key of an event's proof. It is not part of the signed text."""


class StatementKind(StrEnum):
    """The effect of a statement: a signature under one word is not valid under another."""

    APPROVE = "approve"
    REJECT = "reject"
    SAY = "say"


class Statement(Struct, frozen=True):
    """A word and the SHA-256 digest of its subject, in 64 hexadecimal digits."""

    word: StatementKind
    digest: str

    @classmethod
    def answering(cls, digest: str, answer: Answer) -> Self:
        """Return the statement of an answer to the plan of this digest."""
        return cls(StatementKind(answer.value), digest)

    @classmethod
    def saying(cls, event: Mapping[str, object]) -> Self:
        """Return the statement of an event, which covers everything in it but its proof.

        Both sides write the event in the same form: keys in order, no spaces, ASCII only.

        Raises:
            ValueError: the event cannot be written in this form.
        """
        said = {key: value for key, value in event.items() if key != PROOF}
        try:
            text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        except (RecursionError, TypeError) as error:
            raise ValueError(f"cannot be written as JSON to be signed ({type(error).__name__})") from error
        return cls(StatementKind.SAY, sha256(text.encode()).hexdigest())

    @override
    def __str__(self) -> str:
        """Return the signed form, such as `approve/3a5e…`."""
        return f"{self.word}/{self.digest}"
