"""A stack in memory in the place of a deployed one, and the command line in front of it."""

from datetime import timedelta

import msgspec
import pytest
from typer.testing import CliRunner, Result

from kedge.domain.run import Verdict
from kedge.domain.signal import RunFinished
from tests.fakes.deployed import MemoryStack
from tests.support.stories import drift, run
from workbench.main import app

MODULES = (
    "cli.approval.deciding",
    "cli.approval.reading",
    "cli.deployment.marking",
    "cli.deployment.reading",
    "cli.drill.drilling",
    "cli.incident.deciding",
    "cli.incident.reading",
    "cli.silence.changing",
    "cli.silence.reading",
)


class Terminal:
    """Somebody who types commands; `stack` is what they are about."""

    def __init__(self, stack: MemoryStack) -> None:
        self.stack = stack

    def type(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "140"}).invoke(app, words, input=typed)

    def drifts(
        self, name: str = "churn-prod", *features: str, ago: timedelta = timedelta(hours=1), clean: bool = False
    ) -> str:
        """Let an endpoint drift (or recover), a while ago; the incident's id."""
        signal = _at(
            run("10:00", Verdict.CLEAN if clean else Verdict.VIOLATED, () if clean else drift(*features or ("age",))),
            name,
        )
        now = self.stack.now() - ago
        signal = msgspec.structs.replace(signal, at=now, finished=now, id=f"{name}/{now}", window=None)
        self.stack.ago, before = ago, self.stack.ago
        decision = self.stack.intake.settle(signal).decision
        self.stack.ago = before
        assert decision is not None
        assert decision.incident is not None
        return decision.incident.id


def _at(signal: RunFinished, name: str) -> RunFinished:
    return msgspec.structs.replace(signal, target=msgspec.structs.replace(signal.target, name=name), source=name)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal before an empty stack."""
    stack = MemoryStack()
    for module in MODULES:
        monkeypatch.setattr(f"workbench.{module}.DeployedStack", lambda *_: stack)
    return Terminal(stack)
