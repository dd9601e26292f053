import itertools
import os

import pytest

_COUNT = itertools.count()


@pytest.fixture
def free_port() -> int:
    """Return a port that no other test uses at the same time: neither this process, nor one that runs beside it."""
    return 20_000 + (os.getpid() * 8 + next(_COUNT)) % 12_000
