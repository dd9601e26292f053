"""Rules for every test: no network, no real AWS account, and markers given by the folder a test lies in."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
# The folder gives the marker, so that nobody can forget it, and the seconds after which a test hangs.
FOLDERS = {"stack": 1200, "packaging": 600, "spark": 1200, "benchmarks": 600}
MARKERS = {"benchmarks": "bench"}

# No deadline: a shared machine is slow now and then. In CI the same examples every time, so that red means changed.
settings.register_profile("kedge", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "kedge")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by folder; close sockets for all, except loopback for tests that talk to a local server."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""
        if folder in FOLDERS:
            item.add_marker(MARKERS.get(folder, folder))
        if any(item.get_closest_marker(name) for name in ("stack", "packaging", "spark", "bench")):
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(FOLDERS.get(folder, 600)))
        else:
            item.add_marker(pytest.mark.disable_socket)


def pytest_collection_finish() -> None:
    """Keep the garbage collector from what was collected, which lives until the end: it takes a fifth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def nobodys_account() -> Iterator[None]:
    """AWS settings of nobody: a call that escapes its fake must not reach the account of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("SAM_CLI_TELEMETRY", "0")
        # sam builds with the Python and the uv that it finds first; make puts the same folder there.
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        # Port 9 discards: a client that somebody made without a fake fails at once instead of reaching AWS.
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        yield
