"""The templates of messages. They ship with the package and are compiled once, for the first message."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def page(name: str, **values: object) -> str:
    """Return the template `name` with its values. Raises jinja2.UndefinedError if the template needs a value that is missing."""
    return _environment().get_template(name).render(**values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("kedge.messages"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=False),  # the templates are plain text; chat escapes its own text
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
