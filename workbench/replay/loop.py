"""Plays a recording under one policy, in virtual time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from kedge.domain.reason import Reason
from kedge.domain.signal import Ignored
from kedge.policy.compiled import Policy
from kedge.services.intake import IntakeOutcome
from workbench.recordings.recording import Fault, Recording
from workbench.replay.delivering import Delivered, Deliveries
from workbench.replay.side import Happened, Side, Told
from workbench.replay.subject import subject_of


class Played(Struct, frozen=True, kw_only=True, gc=False):
    """The result of one signal, or of a moment. Exactly one of `outcome`, `told`, `fault` and `dead` is set.

    `stamp` is the recording's own spelling of the time of arrival; for a timer, its time in the same spelling. `told`
    is a message of gathered news, `fault` an unreadable event, and `dead` says why an event became a dead letter.
    `again` marks an event that was reported as not terminal, and became readable with a later delivery. `timer` marks a
    result without an event. `about` names the subject of an ignored event, if it is visible.
    """

    stamp: str | None
    outcome: IntakeOutcome | None = None
    told: Told | None = None
    fault: Fault | None = None
    dead: str | None = None
    again: bool = False
    timer: bool = False
    about: str = ""

    @property
    def failed(self) -> bool:
        """Return whether Kedge could not handle it."""
        return self.outcome is None and self.told is None


class Replay:
    """One recording under one policy."""

    def __init__(self, recording: Recording, policy: Policy) -> None:
        """Prepare a recording; reading begins with `play`."""
        self._deliveries = Deliveries(recording)
        self._side = Side(policy, self._deliveries)
        self._spelling = ""

    @property
    def faults(self) -> list[Fault]:
        """Return the faults of the recording besides its signals. They are complete after everything was played."""
        return self._deliveries.faults

    def play(self) -> Iterator[Played]:
        """Yield every signal in order of arrival, and between them the results of time.

        Memory grows only with the cases.

        After the last signal, time continues until no gathered news waits any more.
        """
        for delivered in self._deliveries.play():
            if delivered.arrived is not None:
                self._spelling = delivered.stamp or ""
                for happened in self._side.until(delivered.arrived):
                    yield self._of_time(happened)
            yield from self._taken(delivered)
        for happened in self._side.to_the_end():
            yield self._of_time(happened)

    def _taken(self, delivered: Delivered) -> list[Played]:
        read, now, stamp, again = delivered.read, delivered.now, delivered.stamp, delivered.again
        if read is None or now is None:
            return [Played(stamp=stamp, fault=delivered.fault, dead=delivered.dead)]
        if type(read) is Ignored:
            if again:
                return []
            return [Played(stamp=stamp, outcome=IntakeOutcome(ignored=read), about=subject_of(delivered.body))]
        return [
            Played(stamp=stamp, outcome=happened.outcome, again=again, timer=happened.timer)
            for happened in self._side.take(read, now)
            if not again or _is_news(happened)
        ]

    def _of_time(self, happened: Happened) -> Played:
        stamp = spelled(happened.at, self._spelling)
        return Played(stamp=stamp, outcome=happened.outcome, told=happened.told, timer=True)


def spelled(at: datetime, like: str) -> str:
    """Return a time in the spelling of another: in its zone, with Z if it has Z."""
    try:
        offset = datetime.fromisoformat(like).utcoffset() or timedelta()
    except ValueError:
        offset = timedelta()
    text = (at + offset).astimezone(UTC).replace(tzinfo=None).isoformat("T", "seconds")
    zone = like[len(like) - 6 :] if offset or like.endswith("+00:00") else "Z"
    return text + zone


def _is_news(happened: Happened) -> bool:
    decision = happened.outcome.decision if happened.outcome is not None else None
    return decision is not None and decision.reason is not Reason.DUPLICATE
