"""The account, Region and time of an event, for content that does not state them itself."""

from datetime import datetime

from msgspec import Struct

from kedge.sources.arns import ArnParts, arn, is_account, is_region
from kedge.sources.arrival import SignalOrigin
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment


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
        account=account_in(root.at("account")) or home.account,
        region=region_in(root.at("region")) or home.region,
        at=moment(root.at("time").value) or received,
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


def account_in(place: JsonValue) -> str | None:
    """Return an account id, even if it lost its quotes (and thus its leading zeros) on the way."""
    value = place.value
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**12:
        return f"{value:012d}"
    return value if isinstance(value, str) and is_account(value) else None


def region_in(place: JsonValue) -> str | None:
    """Return a Region's code, or None if the place holds anything else."""
    value = place.value
    return value if isinstance(value, str) and is_region(value) else None
