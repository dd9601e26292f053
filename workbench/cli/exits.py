"""How the `kedge` command ends."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    FAILED = 1  # a check failed, or something could not be handled
    USAGE = 2  # asked for something that makes no sense
    REFUSED = 3  # AWS said no
