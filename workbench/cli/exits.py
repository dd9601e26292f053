"""The exit codes of the `kedge` command."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    FAILED = 1  # a check failed, or something could not be handled
    USAGE = 2  # the arguments make no sense
    REFUSED = 3  # AWS refused
