"""A channel that keeps its messages."""

from typing import TYPE_CHECKING

from kedge.ports.channels import Message

if TYPE_CHECKING:
    from kedge.domain.errors import KedgeError


class MemoryChannel:
    """`sent` holds the messages. While `failing` is set, every send raises it."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.failing: KedgeError | None = None

    def send(self, message: Message) -> str:
        if self.failing is not None:
            raise self.failing
        self.sent.append(message)
        return f"message-{len(self.sent)}"
