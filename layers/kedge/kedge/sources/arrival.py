"""By which door a delivery came, and so who vouches for what it says."""

from collections.abc import Callable
from typing import Final

from kedge.domain.provenance import EntryPoint, Provenance, Voucher

_QUEUED: Final = frozenset({EntryPoint.EVENTS, EntryPoint.TOPIC})


def always() -> bool:
    """Whether a message is proven where nothing can forge it: in a replay, or in a test."""
    return True


class SignalOrigin:
    """A delivery at a door, which is proven only where that matters: it costs a call."""

    def __init__(self, door: EntryPoint, proven: Callable[[], bool] = always, detector: str = "") -> None:
        """`door` is the door that the delivery claims; `proven` says whether the signals queue knows its message.

        `detector` names the detector that made the call, if the operator named it and it proved its identity.
        """
        self.claimed = door
        self.detector = detector
        self._proven = proven
        self._door: EntryPoint | None = None if door in _QUEUED else door

    @property
    def door(self) -> EntryPoint:
        """The proven door. A message that the queue does not know was invoked directly. Raises Transient, Permanent."""
        if self._door is None:
            self._door = self.claimed if self._proven() else EntryPoint.DIRECT
        return self._door

    def told(self, about: str) -> Provenance:
        """The provenance of what only the delivery says about something, such as `endpoint churn-prod`."""
        match self.door:
            case EntryPoint.EVENTS:
                return Provenance(door=EntryPoint.EVENTS, voucher=Voucher.EVENTBRIDGE, says=f"an event about {about}")
            case EntryPoint.TOPIC:
                return Provenance(door=EntryPoint.TOPIC, says=f"a message on the alarms topic about {about}")
            case door:
                return Provenance(door=door, says=f"a direct call about {about}")

    def unvouched(self, says: str) -> Provenance:
        """The provenance of what nothing but a file or a call says."""
        return Provenance(door=self.door, says=says)

    def confirmed(self, says: str) -> Provenance:
        """The provenance of what SageMaker's API says itself. The delivery only woke Kedge, so its door is not proven."""
        return Provenance(door=self.claimed, voucher=Voucher.SAGEMAKER, says=says)
