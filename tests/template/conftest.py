"""The stack that the tests of this folder check: made once, never changed."""

import pytest

from tests.template.deployed import Deployed, whole


@pytest.fixture(scope="session")
def stack() -> Deployed:
    return whole()
