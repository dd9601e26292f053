"""The door at which people decide on incidents, configs and silences: by the command line, or by another caller of the function."""

from kedge.domain.errors import MalformedSignal
from kedge.entrypoints.decided import named, tell_taken
from kedge.entrypoints.intake import Json, summary
from kedge.observability import Count, count, logger
from kedge.services.people import People


class PeopleDoor:
    """Takes in what a person says, and answers what came of it."""

    def __init__(self, people: People) -> None:
        """`people` is the use case."""
        self._people = people

    def event(self, event: object) -> Json:
        """Take in one event, and return what came of it. Raises Transient and Permanent, and nothing is lost then.

        The answer is `{"outcome": "taken", "proven", "says", "outcomes"}`, `{"outcome": "refused", "says"}`, or
        `{"outcome": "malformed", "field", "says"}`. If a proof was not believed, `says` has the reason.
        """
        try:
            heard = self._people.hear(event)
        except MalformedSignal as fault:
            count(Count.SIGNALS_MALFORMED)
            logger.warning("malformed", path=fault.path, why=fault.why)
            return {"outcome": "malformed", "field": fault.path, "says": f"{fault.path} {fault.why}"}
        if heard.unproven:
            count(Count.PROOFS_REFUSED)
            logger.warning("proof refused", signal=named(heard.signal), why=heard.unproven)
        if heard.outcome is None:
            count(Count.ACTS_REFUSED)
            logger.warning("not counted", signal=named(heard.signal))
            return {"outcome": "refused", "says": heard.refused}
        tell_taken(heard.signal, heard.outcome.decision)
        return {
            "outcome": "taken",
            "proven": heard.signal.proven,
            "says": heard.unproven,
            "outcomes": [summary(heard.outcome)],
        }
