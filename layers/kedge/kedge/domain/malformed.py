"""Input that cannot be read: the part of the error tree that the core itself may raise.

The whole tree is drawn in `kedge.errors`, which everybody outside the core imports from.
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
