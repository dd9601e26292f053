"""Takes in people's decisions: identifies the person, and accepts what their proof allows."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from kedge.domain.errors import KedgeError, MalformedSignal, Permanent, Transient
from kedge.domain.signal import AnySignal, ConfigMarked, DecisionMade, DrillRequested
from kedge.domain.statement import PROOF, Statement
from kedge.ports.facts import IdentityProvider
from kedge.services.intake import IntakeOutcome
from kedge.sources.operator_fields import UNKNOWN, Person
from kedge.sources.operator_requests import Home, Personal, read_person


class OperatorDecisionResult(Struct, frozen=True, kw_only=True):
    """The result of a person's event.

    `outcome` is None if it does not count; then `refused` says why, and what would make it count. `unproven` says why a
    proof was not accepted.
    """

    signal: Personal
    outcome: IntakeOutcome | None = None
    refused: str = ""
    unproven: str = ""


class People:
    """The one place of people's decisions on incidents, configs and silences."""

    def __init__(
        self,
        settle: Callable[[AnySignal], IntakeOutcome],
        identity: IdentityProvider,
        home: Home,
        clock: Callable[[], datetime],
    ) -> None:
        """Connect the ports. `settle` decides on a signal and stores the decision.

        `identity` asks AWS who the person is, and `home` is where this runs.
        """
        self._settle = settle
        self._identity = identity
        self._home = home
        self._clock = clock

    def hear(self, event: object) -> OperatorDecisionResult:
        """Take in a person's event. A repetition changes nothing.

        An event that hides something from others, or chooses configs, requires a proof. Others count without one, and
        are shown as not proven: an on-call engineer must be able to acknowledge when STS is not reachable.

        Raises:
            MalformedSignal: the event cannot be read.
            Transient: a repetition may help.
            Permanent: a port refused.
        """
        if not isinstance(event, Mapping):
            raise MalformedSignal("$", "must be an object with source, detail-type and detail")
        person, unproven = self._who(event)
        signal = read_person(event, self._home, self._clock(), person)
        reason = _needs_proof(signal)
        if reason and not person.proven:
            if isinstance(unproven, Transient):
                raise unproven
            return OperatorDecisionResult(
                signal=signal, refused=_refusal(reason, unproven), unproven=str(unproven or "")
            )
        return OperatorDecisionResult(signal=signal, outcome=self._settle(signal), unproven=str(unproven or ""))

    def _who(self, event: Mapping[str, object]) -> tuple[Person, KedgeError | None]:
        """Return the person, or why they are unknown."""
        proof = event.get(PROOF)
        if proof is None:
            return UNKNOWN, None
        if not isinstance(proof, Mapping):
            return UNKNOWN, Permanent(f"$.{PROOF} must be the object that the command line makes")
        try:
            return Person(self._identity.vouched_for(proof, Statement.saying(event)), proven=True), None
        except ValueError as error:
            raise MalformedSignal("$", str(error)) from error
        except (Permanent, Transient) as error:
            return UNKNOWN, error


def _needs_proof(signal: Personal) -> str:
    """Return why a signal requires a proof; empty if it does not."""
    match signal:
        case DecisionMade():
            return "a resolution ends an incident" if signal.act.needs_proof else ""
        case ConfigMarked():
            return "a mark chooses the target of a roll-back"
        case DrillRequested():
            return "a drill notifies receivers"
        case _:
            return "a silence hides messages"


def _refusal(reason: str, unproven: KedgeError | None) -> str:
    why = f" ({unproven})" if unproven is not None else ""
    return (
        f"{reason}, so it does not count without proof of who asks{why}: "
        "use the command line `kedge`, which signs it as an IAM user or with a role"
    )
