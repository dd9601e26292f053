import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
IMAGE = (ROOT / "containers" / "monitor" / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_copies_files_that_exist_and_that_the_build_may_see():
    copied = re.findall(r"^COPY (\S+) ", IMAGE, re.MULTILINE)
    seen = (ROOT / "containers" / "monitor" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied
    assert all((ROOT / name).exists() and f"!{name}" in seen for name in copied)


def test_the_image_has_the_python_that_is_developed_with():
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    assert re.search(r"^FROM .*/python:(\S+?)-slim$", IMAGE, re.MULTILINE)[1] == version
