"""The errors of Kedge, ordered by who must act.

    KedgeError
    ├── InputError               keep the input, notify, do not retry
    │   ├── MalformedSignal      (path, why)
    │   └── MalformedDocument    (path, why)
    │       ├── MalformedPolicy
    │       └── MalformedMonitors
    ├── SettingsError            every fault of the environment at once
    ├── Transient                the queue retries
    │   ├── Conflict             another writer was first: read again
    │   ├── Busy                 another worker performs this effect, or the endpoint is being updated
    │   ├── Throttled            AWS did not accept the call
    │   └── NotYet               the event is ahead of the API
    └── Permanent                AWS refuses every time: move it to the dead letters, and notify

An error that is not in this tree is a bug.
"""


class KedgeError(Exception):
    """The root of all errors that Kedge raises on purpose."""


class InputError(KedgeError):
    """An input that Kedge cannot read. `path` names the place, `why` the fault and its fix."""

    def __init__(self, path: str, why: str) -> None:
        """Keep the place and the reason apart, so that each can be shown by itself."""
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class MalformedSignal(InputError):
    """An event does not have the shape of its source."""


class MalformedDocument(InputError):
    """A document of the team contains something that Kedge does not understand."""


class MalformedPolicy(MalformedDocument):
    """The document is a policy."""


class MalformedMonitors(MalformedDocument):
    """The document names monitors."""


__all__ = [
    "Busy",
    "Conflict",
    "InputError",
    "KedgeError",
    "MalformedDocument",
    "MalformedMonitors",
    "MalformedPolicy",
    "MalformedSignal",
    "NotYet",
    "Permanent",
    "SettingsError",
    "Throttled",
    "Transient",
]


class SettingsError(KedgeError):
    """The environment lacks a setting or has it wrong; the message lists every fault."""


class Transient(KedgeError):
    """A retry may succeed: throttled, timed out, unavailable."""


class Conflict(Transient):
    """Another writer changed the same case in between; read again and decide anew."""


class Busy(Transient):
    """Another worker holds the claim on this effect, or the endpoint is being updated."""


class Throttled(Transient):
    """AWS refused the call for now: it was not carried out."""


class NotYet(Transient):
    """The event reports an end that the API does not know yet."""


class Permanent(KedgeError):
    """AWS refused, and will refuse again: denied, not found, invalid."""
