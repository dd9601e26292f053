"""Reads policy files on a person's machine, by the same reader as the deployed stack."""

from pathlib import Path

from kedge.domain.errors import MalformedPolicy
from kedge.policy import lint
from kedge.policy.compiled import Policy, compile_policy


def policy_in(file: Path, environment: str = "") -> Policy:
    """The policy that a file states. Raises MalformedPolicy with the place of the first fault and the text of all."""
    try:
        reading = reading_of(file)
    except OSError as error:
        raise MalformedPolicy(str(file), error.strerror or str(error)) from error
    if reading.document is None:
        place = reading.faults[0].place
        raise MalformedPolicy(place, "\n".join(map(str, reading.faults)).removeprefix(f"{place}: "))
    return compile_policy(reading.document, environment)


def reading_of(file: Path) -> lint.LintResult:
    """What comes of reading a file. Raises OSError where there is none."""
    with file.open("rb") as stream:
        # One byte more than may be: enough to be refused, however large it is.
        return lint.read(stream.read(lint.LARGEST + 1), str(file))
