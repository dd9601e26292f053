"""The endpoints of a command: names, or a tag."""

from msgspec import Struct

from workbench.cli.connection.ending import Unwise
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.model.reading import endpoints_with_tag


class Where(Struct, frozen=True, kw_only=True):
    """The endpoints and the stack that watches them. `tag` is `KEY=VALUE`, or an empty text."""

    names: tuple[str, ...] = ()
    tag: str = ""
    stack: str
    region: str | None
    profile: str | None


def names_of(stack: DeployedStack, where: Where) -> list[str]:
    """Return the endpoints of the arguments, each once. Raises Unwise."""
    if where.tag:
        key, sign, value = where.tag.partition("=")
        if not (key and sign):
            raise Unwise(f"--tag {where.tag!r} is not KEY=VALUE")
        if where.names:
            raise Unwise("give names or --tag, not both")
        found = endpoints_with_tag(stack.client, key, value)
        if not found:
            raise Unwise(f"no endpoint has the tag {where.tag}")
        return found
    if not where.names:
        raise Unwise("name an endpoint, or give --tag KEY=VALUE")
    return list(dict.fromkeys(where.names))
