import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.main import app
from workbench.scenarios.playing import Result, plays
from workbench.scenarios.reading import Sheet, sheet_of

POLICY = """
apiVersion: kedge/v1
name: small
severities: [{severity: critical, matchers: [cause="concept_drift"]}]
receivers: [{name: day}, {name: night}]
route:
  receiver: day
  routes: [{matchers: [environment="prod"], receiver: night}]
remedies:
  - remedy: retrain
    matchers: [cause="concept_drift"]
    mode: approval
    persistence: {runs: 2, of: 3}
    using: arn:aws:sagemaker:eu-central-1:111122223333:pipeline/retrain
limits: {dry_run: false, approval: {approvers: [user/oncall]}}
"""

HEAD = "apiVersion: kedge/v1\npolicy_files: [small.yaml]\n"


class Desk:
    """A folder with a policy in it, in which files of tests are written, read and played."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "small.yaml").write_text(POLICY)

    def write(self, text: str, *, head: str = HEAD) -> Path:
        file = self.folder / "small.test.yaml"
        file.write_text(head + textwrap.dedent(text), encoding="utf-8")
        return file

    def faults(self, text: str, *, head: str = HEAD) -> list[str]:
        """What is wrong with a file: line and column, and why, with the mend."""
        found = sheet_of(self.write(text, head=head))
        assert not isinstance(found, Sheet)
        return [f"{fault.line}:{fault.column} {fault.why}: {fault.mend}" for fault in found]

    def play(self, text: str) -> list[Result]:
        found = sheet_of(self.write(text))
        assert isinstance(found, Sheet), "\n".join(map(str, found))
        return [play() for _, play in plays(found)]

    def rows(self, text: str) -> list[tuple[str, str, str]]:
        """What was not as expected: what, expected and got."""
        return [
            (row.what, row.expected, row.got)
            for result in self.play(text)
            for rows in (result.rows, *(looked.rows for looked in result.looked))
            for row in rows
            if not row.ok
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def run():
    """`kedge policy test` with arguments."""

    def call(*arguments: object):
        return CliRunner().invoke(app, ["policy", "test", *map(str, arguments)])

    return call
