"""The templates travel with the package and leave nothing out."""

from pathlib import Path

import jinja2
import pytest

import kedge.messages
from kedge.messages.render import page

TEMPLATES = Path(kedge.messages.__file__).parent / "templates"


def test_the_templates_lie_inside_the_package() -> None:
    assert {file.name for file in TEMPLATES.iterdir()} == {"chat.txt", "mail.txt"}


@pytest.mark.parametrize("name", ["chat.txt", "mail.txt"])
def test_a_template_that_misses_a_value_fails_instead_of_leaving_a_hole(name: str) -> None:
    with pytest.raises(jinja2.UndefinedError):
        page(name)


def test_a_value_is_never_taken_for_a_template() -> None:
    shown = page("chat.txt", facts=[("It said", "{{ 7 * 7 }}")], lines=[], more=[], footer="")
    assert "{{ 7 * 7 }}" in shown
