"""An operator who types `kedge model` before an account in memory."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.fakes.aws_account import BUCKET, MemoryAccount, MemoryModelStack
from workbench.main import app
from workbench.sample_capture import TABLE, sample_files

TRAIN = f"s3://{BUCKET}/train"
ROWS = b"\n".join(sample_files()[TABLE].splitlines()[:401]) + b"\n"


class Operator:
    """An operator; `account` is what the commands are about."""

    def __init__(self, account: MemoryAccount, stack: MemoryModelStack) -> None:
        self.account = account
        self.stack = stack

    def type(self, *words: str, **environment: str) -> Result:
        result = CliRunner(env={"NO_COLOR": "1", **environment}).invoke(app, ["model", *words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def plan(self, *words: str, command: str = "onboard") -> dict[str, Any]:
        """Return the one plan that a command prints, by what it is about."""
        result = self.type(command, *words, "--json")
        assert result.exit_code == 0, result.output
        (line,) = result.stdout.splitlines()
        return {item["what"]: item for item in json.loads(line)["items"]}


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Return an operator before an account with training data and nothing else."""
    account = MemoryAccount()
    account.objects[f"{BUCKET}/train/churn.csv"] = ROWS
    stack = MemoryModelStack(account)
    for module in ("command", "status"):
        monkeypatch.setattr(f"workbench.cli.model.{module}.DeployedStack", lambda *_: stack)
    monkeypatch.setattr("workbench.cli.model.command.time.sleep", lambda _: None)
    return Operator(account, stack)
