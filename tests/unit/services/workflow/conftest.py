"""What the functions count in a test stays in it."""

from collections.abc import Iterator

import pytest

from kedge.lambdas.observability import metrics


@pytest.fixture(autouse=True)
def _no_counts_left() -> Iterator[None]:
    yield
    metrics.clear_metrics()
