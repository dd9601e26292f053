"""A channel that keeps what it was given."""

from typing import TYPE_CHECKING

from kedge.ports.channels import Message

if TYPE_CHECKING:
    from kedge.domain.errors import KedgeError


class MemoryChannel:
    """`sent` holds the messages; `failing` is raised by every send while it is set."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.failing: KedgeError | None = None

    def send(self, message: Message) -> str:
        if self.failing is not None:
            raise self.failing
        self.sent.append(message)
        return f"message-{len(self.sent)}"
