"""Amazon resource names, taken apart."""

from typing import Final, Self

from msgspec import Struct

from kedge.domain.errors import Permanent
from kedge.domain.plan import Starter

_PARTS: Final = 6


class Arn(Struct, frozen=True):
    """`arn:<partition>:<service>:<region>:<account>:<resource>`; the resource may hold colons and slashes."""

    text: str
    service: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises Permanent where the text is no ARN."""
        parts = text.split(":", _PARTS - 1)
        if len(parts) < _PARTS or parts[0] != "arn":
            raise Permanent(f"{text!r} is not an ARN")
        return cls(text, parts[2], parts[5])

    @property
    def starter(self) -> Starter | None:
        """What kind of thing it is that could be started, by its service; None where it is nothing of that sort."""
        return Starter(self.service) if self.service in Starter else None

    def with_resource(self, resource: str) -> str:
        """The ARN of something else of the same service, region and account."""
        return self.text.removesuffix(self.resource) + resource
