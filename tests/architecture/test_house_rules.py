"""House rules that a reader would otherwise have to remember."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_HANDLER = 45
LONGEST_MODULE = 400
# A module of such a name has no clear content, so it collects everything.
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "shared", "base"}
# Folders of checkouts on a developer's machine. Lambda's own paths (/var/task, /opt) are not among them.
MACHINE_PATH = re.compile(r"(?<![\w.~$})/-])/(?:root|home|Users|work|workspace|private|mnt)/[\w.-]+")


def committed() -> list[Path]:
    """Return every file that git tracks and that still exists."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[Path, str]:
    """Return the committed text files, by path."""
    found = {}
    for path in committed():
        content = path.read_bytes()
        if b"\0" not in content:
            found[path] = content.decode("utf-8", errors="replace")
    return found


def python_files(*folders: str) -> list[Path]:
    """Return the committed Python files below some folders of the root."""
    roots = [ROOT / folder for folder in folders]
    return [path for path in committed() if path.suffix == ".py" and any(path.is_relative_to(root) for root in roots)]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Return `path:line` of every committed text line that matches the pattern."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_a_handler_can_be_read_in_one_breath():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files("functions")
        if path.name == "handler.py"
    }
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_HANDLER} == {}


def test_a_module_holds_one_idea():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files("functions", "layers", "workbench", "scripts")
    }
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_no_public_class_name_stands_in_two_modules_of_the_layer():
    homes: dict[str, list[str]] = {}
    for path in python_files("layers"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_no_file_is_a_drawer_for_everything():
    assert [str(path.relative_to(ROOT)) for path in committed() if path.suffix == ".py" and path.stem in DRAWERS] == []


def test_no_file_knows_the_machine_it_was_written_on():
    assert lines_with(MACHINE_PATH) == []


@pytest.mark.parametrize("folder", ["root", "home/somebody", "Users/somebody", "work"])
@pytest.mark.parametrize("line", ["cd {}/kedge", 'open("{}/x.json")', "{}/main/template.yaml"])
def test_a_machine_path_would_be_seen(folder: str, line: str):
    assert MACHINE_PATH.search(line.format(f"/{folder}"))


@pytest.mark.parametrize(
    "line", ["/var/task/handler.py", "https://example.com/home/page", "s3://bucket/home/key", "$HOME/x"]
)
def test_other_paths_are_left_alone(line: str):
    assert not MACHINE_PATH.search(line)


def test_lock_files_name_no_package_index():
    locks = [*(ROOT / "requirements").glob("*.txt"), ROOT / "layers" / "dependencies" / "requirements.txt"]
    assert [
        lock.name for lock in locks if re.search(r"https?://|--(extra-)?index-url|--find-links", lock.read_text())
    ] == []


def test_every_locked_package_has_a_hash():
    for lock in [*(ROOT / "requirements").glob("*.txt"), ROOT / "layers" / "dependencies" / "requirements.txt"]:
        entries = re.split(r"\n(?=\S)", lock.read_text())
        assert [
            entry.split()[0] for entry in entries if "==" in entry.split("#")[0] and "--hash=sha256:" not in entry
        ] == []


def test_what_is_tested_is_what_is_deployed():
    def pins(lock: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))

    deployed, tested = (
        pins(ROOT / "layers" / "dependencies" / "requirements.txt"),
        pins(ROOT / "requirements" / "dev.txt"),
    )
    assert deployed == {name: tested.get(name) for name in deployed}


def test_the_functions_run_on_the_python_that_is_developed_with():
    version = (ROOT / ".python-version").read_text().strip()
    runtimes = set(re.findall(r"\bpython3\.\d+\b", (ROOT / "template.yaml").read_text(encoding="utf-8")))
    assert runtimes == {f"python{version}"}


def test_no_error_is_swallowed_and_no_test_is_skipped():
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} except … pass"
        for path in python_files("functions", "layers", "workbench")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body)
    ]
    skipped = lines_with(re.compile(r"^\s*@pytest\.mark\.(?:skip|skipif|xfail)\b|^\s*pytest\.(?:skip|xfail)\("))
    assert silent + skipped == []
