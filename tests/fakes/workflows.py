"""The executions of the workflow, for the code that starts and wakes them."""


class MemoryWorkflows:
    """`begun` are the names of executions, each once. `waiting` are the tokens of steps that wait.

    `handed` is the output that each received.
    """

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.waiting: set[str] = set()
        self.handed: dict[str, dict[str, str]] = {}

    def begin(self, digest: str, again: str = "") -> None:
        name = f"{digest}-{again}" if again else digest
        if name not in self.begun:
            self.begun.append(name)

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.handed[token] = output
        return True
