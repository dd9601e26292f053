"""`kedge demo` and `kedge up` as a user starts them, with their output and without remains."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.local_stack.deploy import build, unchanged
from workbench.local_stack.environment import WAIT_SCALE, for_tools
from workbench.local_stack.local_stack import ROOT

# The outcome of each remedy in the story.
REMEDIES = {
    "churn-prod  retrain with churn-prod-retrain": "verified",
    "fraud-prod  roll back to fraud-prod-1": "verified",
    "fraud-prod  roll back": "refused",
    "search-prod  take traffic away from challenger": "verified",
    "orders-prod  nothing is done": "held back",
    "ranking-prod  retrain with ranking-prod-retrain": "proposed",
}
KEDGE = [str(Path(sys.executable).with_name("kedge"))]
PATIENCE = 900.0
NOWHERE = "http://127.0.0.1:9"
# A minute of the workflow passes in half a second.
IN_A_HURRY = {WAIT_SCALE: "0.01"}


class Command:
    """A command, and the process groups that it has started so far."""

    def __init__(self, command: list[str], folder: Path, **environment: str) -> None:
        (folder / "tmp").mkdir()
        self.temporary = folder / "tmp"
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(self.temporary), "COLUMNS": "200"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._groups = {self.process.pid}
        self._threads = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._watch, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def said(self) -> str:
        """Return its output so far."""
        return "".join(self.lines)

    def ended(self) -> int:
        """Wait for its end, and return the exit code."""
        code = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return code

    def until_it_says(self, pattern: str) -> re.Match[str]:
        """Wait until a line matches, and return the match. Raises AssertionError with the whole output otherwise."""
        limit = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.said)):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < limit, self.said
            time.sleep(0.1)
        return found

    def left(self) -> list[str]:
        """Return processes of its groups that still live, and files in its folder for temporary ones."""
        limit = time.monotonic() + 120
        while (alive := [row for group, _, row in processes() if group in self._groups]) and time.monotonic() < limit:
            time.sleep(0.1)
        return alive + [str(path) for path in self.temporary.iterdir()]

    def kill(self) -> None:
        """End it and all of its processes, in case a test failed."""
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            self.lines.extend(stream)

    def _watch(self) -> None:
        while self.process.poll() is None:
            # A child of one of the groups belongs to them, and so does a group that it made for itself.
            self._groups |= {group for group, parents, _ in processes() if parents & self._groups}
            time.sleep(0.2)


def processes() -> Iterator[tuple[int, set[int], str]]:
    """Yield every living process: its group, the groups of its parents, and its command line."""
    found = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(maxsplit=4) for line in found.splitlines()]
    parent = {int(row[0]): int(row[1]) for row in rows}
    group = {int(row[0]): int(row[2]) for row in rows}
    for row in rows:
        if row[3].startswith("Z"):
            continue
        above, groups = int(row[1]), set()
        while above in parent:
            groups.add(group[above])
            above = parent[above]
        yield int(row[2]), groups, row[4] if len(row) > 4 else ""


@pytest.fixture
def start(tmp_path):
    """Yield a starter of commands, and end everything that outlives the test."""
    started = []

    def begin(*command: str) -> Command:
        started.append(Command(list(command), tmp_path))
        return started[-1]

    yield begin
    for command in started:
        command.kill()


def test_the_demo_shows_who_was_told_what_leaves_the_messages_and_nothing_else(start, tmp_path):
    demo = start(*KEDGE, "demo", "--messages", str(tmp_path / "messages"))
    assert demo.ended() == 0, demo.said
    assert "What happened" in demo.said
    for remedy, came_to in REMEDIES.items():
        assert re.search(rf"^{re.escape(remedy)}  {came_to}$", demo.said, re.MULTILINE), remedy
    for line in ("evidence", "plan", "plan id", "approval", "done", "verified", "held back"):
        assert re.search(rf"^{line}  ", demo.said, re.MULTILINE), line
    assert "21 scenes, 21 mails, each sent once. Nothing is left running." in demo.said
    assert len(re.findall("^ok ", demo.said, re.MULTILINE)) == 21
    assert "Next" in demo.said.splitlines()
    assert demo.left() == []
    left = sorted((tmp_path / "messages").iterdir())
    assert [path.name for path in left if path.is_file()] == ["lending-prod-report.html"]
    messages = {channel.name: sorted(channel.iterdir()) for channel in left if channel.is_dir()}
    assert {channel: len(files) for channel, files in messages.items()} == {"mail": 21, "programs": 21, "chat": 21}
    first = messages["mail"][0].read_text()
    assert first.startswith("Subject: [CRITICAL] churn-prod: 7 of 24 features drifted (FIRING)\n")
    assert json.loads(messages["programs"][0].read_text())["version"] == "kedge.incident/v1"


@pytest.mark.parametrize(("command", "way"), [("demo", signal.SIGTERM), ("up", signal.SIGINT)])
def test_a_command_that_is_broken_off_while_sam_works_leaves_nothing(command, way, start, tmp_path):
    broken = start(*KEDGE, command, "--messages", str(tmp_path / "messages"))
    broken.until_it_says("sam deploy")
    time.sleep(0.5)
    broken.process.send_signal(way)
    assert broken.ended() == 128 + way
    assert broken.left() == []
    assert "Traceback" not in broken.said


def broken_demo(built: Path, messages: Path) -> list[str]:
    """Return the command of a demo with an application that was built before, and damaged since."""
    program = f"""
import sys
from pathlib import Path
from workbench.demo import command
from workbench.local_stack.deploy import Application
command.KEDGE = Application(template=command.KEDGE.template, built=Path({str(built)!r}))
command.build = lambda *_: None
sys.exit(command.demo(Path({str(messages)!r})))
"""
    return [sys.executable, "-c", program]


# The damage of the built application (file, from, to), and the demo's expected output.
BROKEN = {
    "nobody is told": (
        ("DispatchFunction/handler.py", r"(?s).*", "def lambda_handler(event, context):\n    return {}\n"),
        ("0 mails instead of 1: []", "16 of 21 scenes did not end as they should."),
    ),
    "a function that does not start": (
        ("IntakeFunction/handler.py", r"(?s).*", "raise ValueError('broken at its start')\n"),
        ("kedge demo: the stack is not at rest after", "kedge-intake: Worker init failed: broken at its start"),
    ),
    "a function that raises": (
        (
            "DispatchFunction/handler.py",
            r"return process_partial_response.*",
            "raise ValueError('broken in its midst')",
        ),
        ("kedge demo: the stack is not at rest after", "errorType=ValueError errorMessage=broken in its midst"),
    ),
    "a template that does not deploy": (
        ("template.yaml", "AWS::KMS::Alias", "AWS::KMS::Pseudonym"),
        ("kedge demo: sam deploy ended with 1:", "AWS::KMS::Pseudonym"),
    ),
}


@pytest.fixture(scope="module")
def broken(application, tmp_path_factory) -> Iterator[dict[str, Command]]:
    """Yield a demo of each damaged application, all at once: they spend most of their time waiting in vain."""
    build(application, for_tools(NOWHERE, NOWHERE))
    demos = {}
    for name, ((file, wrong, instead), _) in BROKEN.items():
        folder = tmp_path_factory.mktemp("broken")
        with unchanged(application):
            built = Path(shutil.copytree(application.built / "build", folder / "built" / "build"))
        # sam names the workflow's file after the place of its build.
        template = (built / "template.yaml").read_text()
        (built / "template.yaml").write_text(
            re.sub(r"DefinitionUri: \S*/(statemachines/)", rf"DefinitionUri: {ROOT}/\1", template)
        )
        source = (built / file).read_text()
        (built / file).write_text(re.sub(wrong, instead, source, count=1))
        assert (built / file).read_text() != source
        demos[name] = Command(broken_demo(built.parent, folder / "messages"), folder, **IN_A_HURRY)
    yield demos
    for demo in demos.values():
        demo.kill()


@pytest.mark.parametrize("name", BROKEN)
def test_a_demo_of_a_broken_application_ends_with_1_and_says_what_is_broken(name, broken):
    demo = broken[name]
    assert demo.ended() == 1, demo.said
    for words in BROKEN[name][1]:
        assert words in demo.said
    assert "Nothing is left running" not in demo.said
    assert demo.left() == []


def test_up_prints_commands_that_work_and_ends_when_it_is_told_to(start, tmp_path):
    up = start(*KEDGE, "up", "--messages", str(tmp_path / "messages"))
    up.until_it_says("Ctrl-C ends everything")
    exports = dict(line.split("export ", 1)[1].split("=", 1) for line in up.said.splitlines() if "export " in line)
    environment = os.environ | {name: shlex.split(value)[0] for name, value in exports.items()}
    commands = re.findall(r"^  (\.venv/bin/sam remote invoke .*|curl .*)$", up.said, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "first_seen" in done.stdout or "ProcessingJobArn" in done.stdout
    up.until_it_says(r"mail 003  \[")
    assert len(list((tmp_path / "messages" / "mail").iterdir())) == 3
    up.process.send_signal(signal.SIGTERM)
    assert up.ended() == 0
    assert up.left() == []
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SAGEMAKER"):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(environment[name].rpartition(":")[2]))) != 0
