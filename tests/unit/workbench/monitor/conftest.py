"""A baseline of the samples, made once by the command."""

from pathlib import Path

import pytest

from tests.support.monitor_commands import QUALITY, TRAIN, answer


@pytest.fixture(scope="session")
def unfair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a baseline of model quality and bias by plan."""
    folder = tmp_path_factory.mktemp("unfair") / "baseline"
    answer("baseline", TRAIN, "--out", folder, *QUALITY, "--facet", "plan")
    return folder


@pytest.fixture(scope="session")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("churn") / "baseline"
    answer("baseline", TRAIN, "--out", folder, *QUALITY)
    return folder
