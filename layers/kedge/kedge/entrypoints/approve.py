"""The two doors at which approvers decide on plans: one for the command line and other callers, one for the chat."""

from collections.abc import Callable
from typing import Final

import msgspec

from kedge.domain.errors import MalformedSignal
from kedge.entrypoints.steps import Json
from kedge.observability import Count, count, logger
from kedge.remediation.approval import Outcome
from kedge.services.approval import UNKNOWN, Approving, Ballot, ballot_of

_NOT_COUNTED: Final = (str(Outcome.REFUSED), UNKNOWN)


class ApproveDoor:
    """Takes an answer, and says what came of it."""

    def __init__(self, approving: Approving, read: Callable[[object], Ballot] = ballot_of) -> None:
        """`read` reads what this door takes."""
        self._approving = approving
        self._read = read

    def answer(self, event: object) -> Json:
        """Count an answer. What is wrong with it is said with its field; raises Transient and Permanent, and nothing is lost then.

        The answer is `{"outcome", "says", "stage", "plan"}`, or `{"outcome": "malformed", "field", "says"}`.
        """
        try:
            ballot = self._read(event)
        except MalformedSignal as fault:
            count(Count.ANSWERS_REFUSED)
            logger.warning("malformed answer", path=fault.path, why=fault.why)
            return {"outcome": "malformed", "field": fault.path, "says": f"{fault.path} {fault.why}"}
        decided = self._approving.decide(ballot)
        counted = decided.outcome not in _NOT_COUNTED
        count(Count.ANSWERS_COUNTED if counted else Count.ANSWERS_REFUSED)
        logger.info(
            "answer", action=ballot.digest, answer=str(ballot.answer), door=ballot.door, outcome=decided.outcome
        )
        return {
            "outcome": decided.outcome,
            "says": decided.says,
            "stage": decided.stage and str(decided.stage),
            "plan": decided.plan and msgspec.to_builtins(decided.plan),
        }
