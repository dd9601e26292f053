"""The timeline of an incident: what was decided, and who heard of it."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from msgspec import Struct

from kedge.domain.decision import Decision, Reason
from kedge.domain.effect import Effect
from kedge.domain.incident import Incident, IncidentState, Severity


class What(StrEnum):
    """What a line of the timeline tells."""

    DECIDED = "decided"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of an incident's timeline.

    `at` is when it happened (as far as the case still knows), `recorded` when it was kept. `state`, `severity` and `revision` are the incident's after it.
    A decision names its signal and the effects that it wants; a delivery its effect and, in `message_id`, the channel's
    own id of the message.
    """

    what: What
    at: datetime
    recorded: datetime
    reason: Reason
    because: str
    state: IncidentState
    severity: Severity
    revision: int
    signal: str | None = None
    effects: tuple[str, ...] = ()
    effect: str | None = None
    message_id: str | None = None

    @classmethod
    def decided(
        cls, decision: Decision, incident: Incident, signal_id: str, effects: tuple[str, ...], now: datetime
    ) -> Self:
        """What was decided about an incident upon a signal, and why. `effects` are the ids of what it wants done."""
        happened = (last.finished for last in decision.state.sources.values() if last.id == signal_id)
        return cls(
            what=What.DECIDED,
            at=next(happened, now),
            recorded=now,
            reason=decision.reason,
            because=decision.because,
            state=incident.state,
            severity=incident.severity,
            revision=incident.revision,
            signal=signal_id,
            effects=effects,
        )

    @classmethod
    def delivered(cls, effect: Effect, message_id: str, now: datetime) -> Self:
        """That somebody was told."""
        because = f"told {effect.receiver} through {effect.channel}"
        return cls._of_effect(What.DELIVERED, effect, because, message_id, now)

    @classmethod
    def undelivered(cls, effect: Effect, why: str, now: datetime) -> Self:
        """That somebody could not be told, and is not tried any more."""
        because = f"could not tell {effect.receiver} through {effect.channel}: {why}"
        return cls._of_effect(What.UNDELIVERED, effect, because, None, now)

    @classmethod
    def _of_effect(cls, what: What, effect: Effect, because: str, message_id: str | None, now: datetime) -> Self:
        return cls(
            what=what,
            at=now,
            recorded=now,
            reason=effect.why,
            because=because,
            state=effect.incident.state,
            severity=effect.incident.severity,
            revision=effect.incident.revision,
            effect=effect.id,
            message_id=message_id,
        )
