"""Every printed command runs in a test, or its block is marked with its requirement."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.docs.pages import PAGES, ROOT, prose, text_of

ACCOUNT, CONTAINER, LOCAL_STACK, MAKE = "account", "container", "local-stack", "make"
"""An AWS account; a container engine (tests/unit/docs/test_local_invoke.py plays these); `kedge up`; a target of make or a whole suite."""

_BLOCK = re.compile(r"^ *```sh(?: (?P<mark>[\w-]+))?\n(?P<code>.*?)^ *```", re.DOTALL | re.MULTILINE)
_BEGINS = {
    ACCOUNT: ("aws", "docker", "sam", "kedge", "make setup", "make spark-archive", "export", "while", "done"),
    CONTAINER: ("sam", "export", "socat"),
    LOCAL_STACK: ("aws", "sam", "curl", "perl"),
    MAKE: ("make", "kedge policy test", ".venv/bin/pytest"),
}
_PLACEHOLDERS = {"OLD": "policies/default.yaml", "NEW": "policies/examples/two-teams.yaml"}
_RECORDING = ROOT / "tests" / "recordings" / "drift-comes-stays-and-goes"


class Block(NamedTuple):
    """A block of commands."""

    page: Path
    mark: str
    code: str

    @property
    def lines(self) -> list[str]:
        """Return the commands, each on a line, without comments."""
        lines = (line.strip() for line in self.code.replace("\\\n", " ").splitlines())
        return [line for line in lines if line and not line.startswith("#")]


BLOCKS = [Block(page, found["mark"] or "", found["code"]) for page in PAGES for found in _BLOCK.finditer(text_of(page))]


def named(block: Block) -> str:
    return f"{block.page.name}: {block.lines[0][:40]}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository with the files of the reader that the pages mention."""
    folder = tmp_path_factory.mktemp("reader")
    for each in ROOT.iterdir():
        if each.name not in (".git", ".kedge", "events"):
            (folder / each.name).symlink_to(each)
    shutil.copytree(ROOT / "events", folder / "events")
    shutil.copy(ROOT / "policies" / "default.yaml", folder / "policy.yaml")
    shutil.copy(ROOT / "policies" / "examples" / "two-teams.yaml", folder / "other.yaml")
    shutil.copy(ROOT / "monitors" / "example.yaml", folder / "monitors.yaml")
    shutil.copytree(_RECORDING, folder / "my-recording")
    tests = (ROOT / "policies" / "default.test.yaml").read_text(encoding="utf-8")
    (folder / "policy.test.yaml").write_text(
        tests.replace("default.yaml", "policy.yaml").replace("../events/", "events/"), encoding="utf-8"
    )
    return folder


@pytest.mark.parametrize("block", [block for block in BLOCKS if not block.mark], ids=named)
def test_a_block_without_a_mark_runs(block: Block, folder: Path):
    script = "\n".join(block.lines)
    for name, path in _PLACEHOLDERS.items():
        script = re.sub(rf"\b{name}\b", path, script)
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {
        "PATH": path,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/kedge'}",
    }
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.mark], ids=named)
def test_a_marked_block_needs_what_its_mark_says(block: Block):
    assert block.mark in _BEGINS
    for line in block.lines:
        first = re.sub(r"^(?:\w+=\S+ )*(?:\.venv/bin/(?=kedge))?", "", line)
        assert first.startswith(_BEGINS[block.mark]), f"{line}: run it in a test, or mark its block with what it needs"


@pytest.mark.parametrize(
    "page", sorted({block.page for block in BLOCKS if block.mark == ACCOUNT}), ids=lambda p: p.name
)
def test_a_page_whose_commands_need_an_account_says_so(page: Path):
    assert re.search(r"need(?:s)? an AWS account", " ".join(prose(page).split()))
