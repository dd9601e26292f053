"""What can go wrong, by who should do what.

KedgeError
├── InputError               keep the input, tell someone, do not retry
│   ├── MalformedSignal      (path, why)
│   └── MalformedPolicy      (path, why)
├── SettingsError            every fault of the environment at once
├── Transient                let the queue try again
│   ├── Conflict             another writer was first: read again
│   ├── Busy                 somebody else performs this effect just now, or works on that endpoint
│   ├── Throttled            AWS has surely not taken the call
│   └── NotYet               the event is ahead of what the API tells
└── Permanent                AWS said no, and will again: to the dead letters, and tell someone
"""


class KedgeError(Exception):
    """The root of all errors that Kedge raises on purpose."""


class InputError(KedgeError):
    """Something that was handed to Kedge cannot be read. `path` names the place, `why` the fault and its mend."""

    def __init__(self, path: str, why: str) -> None:
        """Keep the place and the reason apart, so that each can be shown by itself."""
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class MalformedSignal(InputError):
    """An event has not the shape that its source gives it."""


class MalformedPolicy(InputError):
    """A policy document says something that Kedge does not understand."""


__all__ = [
    "Busy",
    "Conflict",
    "InputError",
    "KedgeError",
    "MalformedPolicy",
    "MalformedSignal",
    "NotYet",
    "Permanent",
    "SettingsError",
    "Throttled",
    "Transient",
]


class SettingsError(KedgeError):
    """The environment lacks something or has it wrong; the message lists every fault."""


class Transient(KedgeError):
    """It may work the next time: throttled, timed out, unavailable."""


class Conflict(Transient):
    """Another writer changed the same case in between; read again and decide anew."""


class Busy(Transient):
    """Another worker holds the claim on this effect, or the endpoint is being updated."""


class Throttled(Transient):
    """AWS refused to take the call just now: it has not been carried out."""


class NotYet(Transient):
    """The event says that something ended, and the API does not know it yet."""


class Permanent(KedgeError):
    """AWS refused, and will refuse again: denied, not found, invalid."""
