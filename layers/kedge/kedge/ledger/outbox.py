"""What a decision wants done, written down so that nothing of it can be lost."""

from datetime import datetime

from kedge.domain.decision import Decision
from kedge.domain.effect import ChannelName, Effect


def outbox(
    decision: Decision, channels: tuple[ChannelName, ...], policy: str, environment: str, now: datetime
) -> tuple[Effect, ...]:
    """The effects of a decision, one for each receiver and channel, named by what they are."""
    incident = decision.incident
    if incident is None:
        return ()
    return tuple(
        Effect(
            id=f"{incident.id}/{incident.revision}/{notify.receiver}/{channel}",
            channel=channel,
            receiver=notify.receiver,
            why=notify.why,
            incident=incident,
            because=decision.because,
            policy=policy,
            at=now,
            environment=environment,
        )
        for notify in decision.effects
        for channel in channels
    )
