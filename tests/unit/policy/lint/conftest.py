"""A small policy that is sound, to be broken by tests."""

from collections.abc import Callable

import pytest

from kedge.policy import lint

SMALL = """\
apiVersion: kedge/v1
receivers:
  - name: ml-oncall
route:
  receiver: ml-oncall
"""


@pytest.fixture
def small() -> str:
    return SMALL


@pytest.fixture
def said() -> Callable[[str], list[str]]:
    """Every fault of a text, in one line each, without the file."""

    def lines(text: str | bytes) -> list[str]:
        return [fault.brief.removeprefix("p:") for fault in lint.read(text, "p").faults]

    return lines
