"""Amazon resource names and their parts."""

from typing import Final, Self

from msgspec import Struct

from kedge.domain.errors import Permanent
from kedge.domain.plan import Starter

_PARTS: Final = 6


class Arn(Struct, frozen=True):
    """`arn:<partition>:<service>:<region>:<account>:<resource>`; the resource may contain colons and slashes."""

    text: str
    service: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts of an ARN. Raises Permanent if the text is not an ARN."""
        parts = text.split(":", _PARTS - 1)
        if len(parts) < _PARTS or parts[0] != "arn":
            raise Permanent(f"{text!r} is not an ARN")
        return cls(text, parts[2], parts[5])

    @property
    def starter(self) -> Starter | None:
        """Return what kind of startable resource this is, by its service, or None if it cannot be started."""
        return Starter(self.service) if self.service in Starter else None

    def with_resource(self, resource: str) -> str:
        """Return the ARN of another resource of the same service, Region and account."""
        return self.text.removesuffix(self.resource) + resource
