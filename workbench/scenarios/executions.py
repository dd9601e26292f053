"""The played workflow behind the ports of the use cases."""

from collections.abc import Callable

from workbench.scenarios.workflow.engine import Engine


class Executions:
    """The workflow's executions, as the port defines them."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        """Connect to the engine that runs the executions; `engine` returns it."""
        self._engine = engine

    def begin(self, digest: str, again: str = "") -> None:
        """Start an execution under a plan's digest. Each name runs once."""
        self._engine().begin(f"{digest}-{again}" if again else digest, {"action": digest})

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        """Give a waiting step its output. Returns False if that step does not wait any more."""
        return self._engine().go_on(token, output)
