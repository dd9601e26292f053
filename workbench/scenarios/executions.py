"""The played workflow as the ports of the use cases have it."""

from collections.abc import Callable

from workbench.scenarios.workflow.engine import Engine


class Executions:
    """The workflow's executions, as the port has them."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        """`engine` gives what carries them on."""
        self._engine = engine

    def begin(self, digest: str, again: str = "") -> None:
        """Start an execution under a plan's digest; one of that name runs once."""
        self._engine().begin(f"{digest}-{again}" if again else digest, {"action": digest})

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        """Hand a waiting step its output. False where that step waits no more."""
        return self._engine().go_on(token, output)
