from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.workbench.recordings.build import aws

if TYPE_CHECKING:
    from workbench.recordings.clients import RecordedAws


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A recorded client of a service at a time, over what the test wrote into `tmp_path`."""
    opened: list[RecordedAws] = []

    def open_client(service: str, at: str = "10:00") -> Any:
        opened.append(aws(tmp_path, at))
        return opened[-1].client(service)

    yield open_client
    for recorded in opened:
        recorded.close()
