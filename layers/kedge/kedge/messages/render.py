"""The templates of messages, which ship with the package: compiled once, when the first message is written."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def page(name: str, **values: object) -> str:
    """The template `name` filled in. Raises jinja2.UndefinedError where it asks for what is not given."""
    return _environment().get_template(name).render(**values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("kedge.messages"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=False),  # the templates are plain text; chat escapes its own way
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
