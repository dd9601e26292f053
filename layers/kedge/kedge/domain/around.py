"""What lies around a case and bears on whom it is told to: silences, inhibitions, what others were told."""

from msgspec import Struct

from kedge.domain.incident import Incident
from kedge.domain.pace import Group, Pace
from kedge.domain.silence import Silence


class Asks(Struct, frozen=True, kw_only=True):
    """What a decision would have to know of its surroundings. Silences are always among it."""

    receivers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    inhibitions: tuple[str, ...] = ()


class Around(Struct, frozen=True, kw_only=True):
    """The surroundings of a case at one moment.

    `inhibitors` gives for each inhibition key that was asked for the open incidents that have it; `upstream` is the open
    incident of the fleet, if there is one. `crowded` says that others change the same receiver at the same time: then what
    is to be told is gathered instead, which touches nothing that is shared.
    """

    silences: tuple[Silence, ...] = ()
    inhibitors: dict[str, tuple[str, ...]] = {}
    upstream: Incident | None = None
    paces: dict[str, Pace] = {}
    groups: dict[str, Group] = {}
    crowded: bool = False
