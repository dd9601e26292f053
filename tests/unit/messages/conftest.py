"""The option that writes the golden files anew: `pytest tests/unit/messages --update`, then read the difference."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the golden messages anew instead of comparing")
