"""What Step Functions sends to a task of the workflow, and what a task answers."""

from typing import Any

from msgspec import Struct

type Json = dict[str, Any]


class TaskEvent(Struct, frozen=True, kw_only=True):
    """The input of one task: its name, the digest of its plan, and what Step Functions adds: a token if it waits, an error."""

    step: str
    action: str
    token: str | None = None
    error: object = None
