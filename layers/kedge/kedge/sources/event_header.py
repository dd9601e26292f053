"""The account, Region, time and entry point of an event, for content that does not state them itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.sources.arns import ArnParts, arn, is_account, is_region
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment

_QUEUED: Final = frozenset({EntryPoint.EVENTS, EntryPoint.TOPIC})


def always() -> bool:
    """Return True: in a replay or a test, a message cannot be forged."""
    return True


class SignalOrigin:
    """A delivery at an entry point. The proof costs a call, so it is made only if it matters."""

    def __init__(self, entry_point: EntryPoint, proven: Callable[[], bool] = always, detector: str = "") -> None:
        """Keep the claimed entry point, and `proven`, which returns whether the signals queue knows the message.

        `detector` names the detector that made the call, if the operator named it and it proved its identity.
        """
        self.claimed = entry_point
        self.detector = detector
        self._proven = proven
        self._entry_point: EntryPoint | None = None if entry_point in _QUEUED else entry_point

    @property
    def entry_point(self) -> EntryPoint:
        """Return the proven entry point. A message that the queue does not know was a direct call.

        Raises:
            Transient: the queue could not be asked.
            Permanent: the permission to ask the queue is missing.
        """
        if self._entry_point is None:
            self._entry_point = self.claimed if self._proven() else EntryPoint.DIRECT
        return self._entry_point

    def told(self, about: str) -> Provenance:
        """Return the provenance of facts that only the delivery states about `about`, such as `endpoint churn-prod`."""
        match self.entry_point:
            case EntryPoint.EVENTS:
                return Provenance(
                    entry_point=EntryPoint.EVENTS, voucher=Voucher.EVENTBRIDGE, says=f"an event about {about}"
                )
            case EntryPoint.TOPIC:
                return Provenance(entry_point=EntryPoint.TOPIC, says=f"a message on the alarms topic about {about}")
            case entry_point:
                return Provenance(entry_point=entry_point, says=f"a direct call about {about}")

    def unvouched(self, says: str) -> Provenance:
        """Return the provenance of facts that only a file or a call states."""
        return Provenance(entry_point=self.entry_point, says=says)

    def measured(self, says: str) -> Provenance:
        """Return the provenance of Kedge's own measurement.

        The signals queue accepts messages of AWS's services and of the function `monitor` only.
        """
        if self.entry_point is EntryPoint.EVENTS:
            return Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.KEDGE, says=says)
        return Provenance(entry_point=self.entry_point, says=f"a direct call about a {says}")

    def confirmed(self, says: str) -> Provenance:
        """Return the provenance of facts from SageMaker's API.

        The delivery only woke Kedge, so its entry point is not proven.
        """
        return Provenance(entry_point=self.claimed, voucher=Voucher.SAGEMAKER, says=says)


class Home(Struct, frozen=True):
    """Kedge's own account and Region, the default for messages without them."""

    account: str
    region: str


class Event(Struct, frozen=True):
    """An EventBridge event: its detail, its resources, and the account, Region and time of its sending.

    `at` is the envelope's time, or the time of arrival if it is missing. AWS's own sample of an endpoint writes it as
    epoch milliseconds in a text. `arrival` holds its entry point.
    """

    root: JsonValue
    account: str
    region: str
    at: datetime
    arrival: SignalOrigin

    @property
    def detail(self) -> JsonValue:
        """Return the content of the event, in the source's words.

        Raises:
            MalformedSignal: it is neither an object nor JSON text of one.
        """
        return self.root.at("detail").parsed().must_be_object()

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the ARNs in the envelope's resources."""
        return tuple(place.value for place in self.root.at("resources").each() if isinstance(place.value, str))

    def place_of(self, *arns: str | None) -> tuple[str, str]:
        """Return account and Region of the first real ARN in `arns`, else those of the envelope.

        The envelope comes last because in AWS's own samples it disagrees with the ARNs inside.
        """
        found = first_arn(*arns) or first_arn(*self.resources)
        return (found.account, found.region) if found else (self.account, self.region)


def event_of(root: JsonValue, home: Home, received: datetime, arrival: SignalOrigin) -> Event:
    """Return an EventBridge envelope; home and time of arrival are its defaults."""
    return Event(
        root=root,
        account=account_in(root.get("account")) or home.account,
        region=region_in(root.get("region")) or home.region,
        at=moment(root.get("time")) or received,
        arrival=arrival,
    )


def is_of(text: str | None, account: str, region: str) -> bool:
    """Return whether an ARN belongs to an account and a Region; a text that is not an ARN does not contradict.

    SageMaker is asked by name, and each account may have a resource of that name.
    """
    found = arn(text)
    return found is None or (found.account, found.region) == (account, region)


def first_arn(*texts: str | None) -> ArnParts | None:
    """Return the first of some texts that is a real ARN."""
    for text in texts:
        if (found := arn(text)) is not None:
            return found
    return None


def account_in(value: object) -> str | None:
    """Return an account id, even if it lost its quotes (and thus its leading zeros) on the way."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**12:
        return f"{value:012d}"
    return value if isinstance(value, str) and is_account(value) else None


def region_in(value: object) -> str | None:
    """Return a Region's code, or None if the value is anything else."""
    return value if isinstance(value, str) and is_region(value) else None
