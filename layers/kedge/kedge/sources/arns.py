"""Reads names, accounts and Regions from ARNs and URIs.

SageMaker's ARNs are in lower case and its names are not: take a name from an ARN only if no field has it.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

_DIGITS: Final = 12
_SEPARATORS: Final = re.compile(r"[^a-z0-9]")
_NAME: Final = re.compile(r"[a-zA-Z0-9](?:-{0,61}+[a-zA-Z0-9]){0,62}+")
_LONGEST_NAME: Final = 63
_LONGEST_ARN: Final = 2_048
_LONGEST_REGION: Final = 91
_REGION: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]{1,20}+){1,4}+-\d{1,2}", re.ASCII)


class ArnParts(NamedTuple):
    """The parts of an ARN with a real account and Region. `resource` is the rest of the ARN."""

    service: str
    region: str
    account: str
    resource: str

    @property
    def last(self) -> str:
        """Return the part after the last slash: the name of a SageMaker resource, in lower case."""
        return self.resource.rsplit("/", 1)[-1]


def arn(text: object) -> ArnParts | None:
    """Return the ARN in a text, or None.

    Placeholders (`arn:aws:sns:EXAMPLE`) and ARNs without an account give None.
    """
    if not isinstance(text, str):
        return None
    return _arn(text) if len(text) <= _LONGEST_ARN else _read_arn(text)


def _read_arn(text: str) -> ArnParts | None:
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    _, _, service, region, account, resource = parts
    if not (resource and _is_place(account, region)):
        return None
    return ArnParts(service, region, account, resource)


# An event names the same job and schedule in several places, and a fleet has some hundreds of schedules.
_arn = lru_cache(maxsize=2048)(_read_arn)


# There are few pairs, and each ARN of an event names one.
@lru_cache(maxsize=64)
def _is_place(account: str, region: str) -> bool:
    return is_account(account) and is_region(region)


def is_config(text: object) -> bool:
    """Return whether a text can be the name of an endpoint or of an endpoint config, by botocore's rule."""
    return isinstance(text, str) and len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def last_part(text: str | None) -> str | None:
    """Return the part after the last slash or colon of any ARN, or None if it is empty."""
    return (re.split(r"[/:]", text.strip())[-1] or None) if text else None


def is_account(text: object) -> bool:
    """Return whether a text is an account id: 12 digits."""
    return isinstance(text, str) and len(text) == _DIGITS and text.isascii() and text.isdigit()


def is_region(text: object) -> bool:
    """Return whether a text is a Region's code; `US East (N. Virginia)` is not."""
    return isinstance(text, str) and len(text) <= _LONGEST_REGION and _is_region(text)


# There are few Regions, and each event names one in several places.
@lru_cache(maxsize=64)
def _is_region(text: str) -> bool:
    return _REGION.fullmatch(text) is not None


def spelling(text: str) -> str:
    """Return a word of an enum without case and separators.

    Events write FULLY_REPLICATED, and the API writes FullyReplicated.
    """
    word = text.lower()
    return word if word.isascii() and word.isalnum() else _SEPARATORS.sub("", word)
