"""The entry point of a delivery, and thus which authority confirms its content."""

from collections.abc import Callable
from typing import Final

from kedge.domain.provenance import EntryPoint, Provenance, Voucher

_QUEUED: Final = frozenset({EntryPoint.EVENTS, EntryPoint.TOPIC})


def always() -> bool:
    """Return True: in a replay or a test, a message cannot be forged."""
    return True


class SignalOrigin:
    """A delivery at an entry point. The proof costs a call, so it is made only if it matters."""

    def __init__(self, door: EntryPoint, proven: Callable[[], bool] = always, detector: str = "") -> None:
        """Keep the claimed entry point, and `proven`, which returns whether the signals queue knows the message.

        `detector` names the detector that made the call, if the operator named it and it proved its identity.
        """
        self.claimed = door
        self.detector = detector
        self._proven = proven
        self._door: EntryPoint | None = None if door in _QUEUED else door

    @property
    def door(self) -> EntryPoint:
        """Return the proven entry point. A message that the queue does not know was a direct call.

        Raises:
            Transient: the queue could not be asked.
            Permanent: the permission to ask the queue is missing.
        """
        if self._door is None:
            self._door = self.claimed if self._proven() else EntryPoint.DIRECT
        return self._door

    def told(self, about: str) -> Provenance:
        """Return the provenance of facts that only the delivery states about `about`, such as `endpoint churn-prod`."""
        match self.door:
            case EntryPoint.EVENTS:
                return Provenance(door=EntryPoint.EVENTS, voucher=Voucher.EVENTBRIDGE, says=f"an event about {about}")
            case EntryPoint.TOPIC:
                return Provenance(door=EntryPoint.TOPIC, says=f"a message on the alarms topic about {about}")
            case door:
                return Provenance(door=door, says=f"a direct call about {about}")

    def unvouched(self, says: str) -> Provenance:
        """Return the provenance of facts that only a file or a call states."""
        return Provenance(door=self.door, says=says)

    def confirmed(self, says: str) -> Provenance:
        """Return the provenance of facts from SageMaker's API.

        The delivery only woke Kedge, so its entry point is not proven.
        """
        return Provenance(door=self.claimed, voucher=Voucher.SAGEMAKER, says=says)
