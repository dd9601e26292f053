"""What people say: decisions on incidents, marks of configs, silences. They come in by a door of their own, never with AWS's events."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from kedge.domain.provenance import Door, Provenance
from kedge.domain.signal import ConfigMarked, DecisionMade, SilenceChanged
from kedge.sources.arrival import Arrival
from kedge.sources.bounds import within_bounds
from kedge.sources.config_mark import read_config_mark
from kedge.sources.decision import read_decision
from kedge.sources.origin import Event, Home, event_of
from kedge.sources.person import Person
from kedge.sources.place import Place
from kedge.sources.silence import read_silence

__all__ = ["SOURCE", "Home", "Personal", "is_personal", "read_person"]

type Personal = DecisionMade | ConfigMarked | SilenceChanged

SOURCE: Final = "kedge"
"""The `source` of such an event."""

# A clock may run ahead so far. A time beyond that is none at which anybody can have said anything.
_AHEAD: Final = timedelta(minutes=5)
_READERS: Final[Mapping[str, Callable[[Event, Home, Person, Provenance], Personal]]] = {
    "Decision Made": lambda event, _, person, provenance: read_decision(event, person, provenance),
    "Config Marked": lambda event, _, person, provenance: read_config_mark(event, person, provenance),
    "Silence Changed": read_silence,
}


def is_personal(raw: object) -> bool:
    """Whether an event claims to say what a person decided."""
    root = raw if isinstance(raw, Place) else Place(raw)
    return root.text("source") == SOURCE and root.text("detail-type") in _READERS


def read_person(raw: object, home: Home, received: datetime, person: Person) -> Personal:
    """Return the signal of a person's event, which arrived at `received` (UTC).

    Args:
        raw: the event, decoded JSON: `{"source": "kedge", "detail-type": "Decision Made", "detail": {…}}`.
        home: where Kedge runs.
        received: when it arrived, which is also when it was said if the event tells no time.
        person: who said it, as far as that is proven.

    Raises MalformedSignal with the JSON path of the fault.
    """
    root = _writable((raw if isinstance(raw, Place) else Place(raw)).must_be_object())
    if (source := root.need("source", f'"{SOURCE}"')) != SOURCE:
        raise root.at("source").fault(f'must be "{SOURCE}", not {source[:50]!r}: only what people decide comes in here')
    kind = root.need("detail-type", f"one of {', '.join(_READERS)}")
    read = _READERS.get(kind)
    if read is None:
        raise root.at("detail-type").fault(f"must be one of {', '.join(_READERS)}, not {kind[:50]!r}")
    says = "a person whose identity AWS confirmed" if person.proven else "a person whose identity is not proven"
    if person.arn and not root.at("detail").parsed().has("at"):
        raise root.at("detail", "at").fault("must hold the time: without it, what was signed could be repeated as new")
    signal = read(
        event_of(root, home, received, Arrival(Door.PEOPLE)), home, person, Provenance(door=Door.PEOPLE, says=says)
    )
    if signal.at > received + _AHEAD:
        raise root.at("detail", "at").fault("must not lie in the future: check the clock of the machine that sends it")
    return within_bounds(signal, root, received)


def _writable(root: Place) -> Place:
    """The event, if it can be written to a table and a mail. Raises MalformedSignal otherwise."""
    try:
        json.dumps(root.value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise root.fault("holds half a surrogate pair, which no text can hold") from error
    except (RecursionError, TypeError, ValueError) as error:
        raise root.fault("nests too deep, or holds what is not JSON") from error
    return root
