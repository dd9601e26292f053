"""Where and when: what an event says of account, region and time where its content does not say better."""

from datetime import datetime

from msgspec import Struct

from kedge.sources.arns import ArnParts, arn, is_account, is_region
from kedge.sources.arrival import SignalOrigin
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment


class Home(Struct, frozen=True):
    """Account and region in which Kedge runs, taken where a message names none."""

    account: str
    region: str


class Event(Struct, frozen=True):
    """An EventBridge event: its detail, what it points at, and where and when it was sent.

    `at` is the envelope's time, or the time of arrival where it has none; the docs' own endpoint sample writes it as
    epoch milliseconds in a text. `arrival` says by which door it came.
    """

    root: JsonValue
    account: str
    region: str
    at: datetime
    arrival: SignalOrigin

    @property
    def detail(self) -> JsonValue:
        """What happened, in the source's words. Raises MalformedSignal where it is no object, nor JSON text of one."""
        return self.root.at("detail").parsed().must_be_object()

    @property
    def resources(self) -> tuple[str, ...]:
        """The ARNs that the envelope points at."""
        return tuple(place.value for place in self.root.at("resources").each() if isinstance(place.value, str))

    def place_of(self, *arns: str | None) -> tuple[str, str]:
        """Account and region of the first real ARN among some; else the envelope's.

        The envelope comes last because the docs' own samples have it disagree with the ARNs inside.
        """
        found = first_arn(*arns) or first_arn(*self.resources)
        return (found.account, found.region) if found else (self.account, self.region)


def event_of(root: JsonValue, home: Home, received: datetime, arrival: SignalOrigin) -> Event:
    """An EventBridge envelope, with home and time of arrival where it names no others."""
    return Event(
        root=root,
        account=account_in(root.at("account")) or home.account,
        region=region_in(root.at("region")) or home.region,
        at=moment(root.at("time").value) or received,
        arrival=arrival,
    )


def is_of(text: str | None, account: str, region: str) -> bool:
    """Whether an ARN is of an account and a Region; a text that is no ARN does not say otherwise.

    SageMaker is asked by name, and each account may have something of that name.
    """
    found = arn(text)
    return found is None or (found.account, found.region) == (account, region)


def first_arn(*texts: str | None) -> ArnParts | None:
    """The first of some texts that is a real ARN."""
    for text in texts:
        if (found := arn(text)) is not None:
            return found
    return None


def account_in(place: JsonValue) -> str | None:
    """An account id, also one that lost its quotes (and so its leading zeros) on the way."""
    value = place.value
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**12:
        return f"{value:012d}"
    return value if isinstance(value, str) and is_account(value) else None


def region_in(place: JsonValue) -> str | None:
    """A region's code, or None where something else stands there."""
    value = place.value
    return value if isinstance(value, str) and is_region(value) else None
