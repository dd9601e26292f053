"""The numbers of what one policy did."""

from collections import Counter
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from kedge.domain.decision import Notify
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.reason import Reason
from kedge.policy.compiled import Policy
from workbench.backtest.night import is_night
from workbench.replay.side import Told


class Message(Struct, frozen=True, kw_only=True):
    """One message to one receiver: whether it reports a critical incident, and whether that is at night."""

    receiver: str
    at: datetime
    incidents: int
    critical: bool
    night: bool
    digest: bool = False

    @property
    def wakes(self) -> bool:
        """Return whether it wakes the receiver: a critical incident at night."""
        return self.critical and self.night


class Counts(Struct, kw_only=True):
    """The totals of one side.

    A page is the first message to a receiver that reports an incident as critical.
    """

    incidents: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    woken: Counter[str] = field(default_factory=Counter)
    several: int = 0
    digests: int = 0
    suppressed: Counter[str] = field(default_factory=Counter)
    remedies: Counter[str] = field(default_factory=Counter)

    def send(self, message: Message, *, paged: bool) -> None:
        """Count a message; `paged` means that it is the receiver's first critical one for an incident."""
        self.messages[message.receiver] += 1
        self.pages[message.receiver] += paged
        self.woken[message.receiver] += message.wakes
        self.several += message.incidents > 1
        self.digests += message.digest


_OVER: Final = IncidentState.RESOLVED


def of_effect(policy: Policy, effect: Notify, severity: Severity, at: datetime) -> Message:
    """Return the message that an effect sends at once."""
    critical = severity is Severity.CRITICAL and effect.why is not Reason.RESOLVED
    return Message(
        receiver=effect.receiver, at=at, incidents=1, critical=critical, night=_night(policy, effect.receiver, at)
    )


def of_told(policy: Policy, told: Told, at: datetime) -> Message:
    """Return the message about gathered notices."""
    tally = told.effect.tally
    listed = any(brief.severity is Severity.CRITICAL and brief.state is not _OVER for brief in told.briefs)
    return Message(
        receiver=told.receiver,
        at=at,
        incidents=len(told.briefs) + tally.incidents,
        critical=listed or Severity.CRITICAL in tally.by_severity,
        night=_night(policy, told.receiver, at),
        digest=told.digest,
    )


def _night(policy: Policy, receiver: str, at: datetime) -> bool:
    known = policy.receivers.get(receiver)
    return is_night(at, known.time_zone if known is not None else "UTC")
