"""The state of an execution."""

from datetime import datetime
from typing import Any

from msgspec import Struct, field


class Execution(Struct, kw_only=True):
    """One execution. `due` is when it continues without an answer. `token` identifies its wait.

    `ended` is how it ended, None while it runs.
    """

    name: str
    input: Any
    state: str
    data: Any
    due: datetime | None
    token: str | None = None
    answer: Any = None
    is_answered: bool = False
    retries: dict[int, int] = field(default_factory=dict)
    is_waited: bool = False
    ended: str | None = None
    steps: int = 0
    path: list[str] = field(default_factory=list)
