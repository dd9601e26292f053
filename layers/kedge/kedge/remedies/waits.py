"""The steps of the workflow that wait, by the names under which their tokens are kept."""

from typing import Final

ASK: Final = "ask"
"""For somebody's answer: the steps `ask` and `remind`."""

AWAIT: Final = "await"
"""For a sign of what came of the act."""
