"""The names of what onboarding makes: `<endpoint>-<what>`, within the limits of each service. Pure."""

from typing import Final

from workbench.cli.model.state import digest

_SAGEMAKER: Final = 63
_DIGITS: Final = 8


def name_of(endpoint: str, what: str, most: int = _SAGEMAKER) -> str:
    """Return `<endpoint>-<what>`. The endpoint of a name that is too long is cut, and a digest keeps it distinct."""
    name = f"{endpoint}-{what}"
    if len(name) <= most:
        return name
    tail = f"-{digest(endpoint, _DIGITS)}-{what}"
    return f"{endpoint[: most - len(tail)].rstrip('-')}{tail}"
