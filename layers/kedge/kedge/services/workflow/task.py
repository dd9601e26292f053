"""The events of Step Functions for a task of the workflow, and the answers of a task."""

from typing import Any

from msgspec import Struct

type Json = dict[str, Any]


class TaskEvent(Struct, frozen=True, kw_only=True):
    """The input of one task: its name, the digest of its plan, and the additions of Step Functions.

    These are a token if the task waits, and an error.
    """

    step: str
    action: str
    token: str | None = None
    error: object = None
