"""The baseline of the captured records, which takes a while to fit."""

import pytest

from tests.support.measured_hours import data_baseline


@pytest.fixture(scope="session")
def baseline() -> dict[str, bytes]:
    return data_baseline()
