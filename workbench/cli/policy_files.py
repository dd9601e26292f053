"""Reads files of policies and monitors on a person's machine, with the same reader as the deployed stack."""

from pathlib import Path

from kedge.domain.errors import MalformedPolicy
from kedge.monitors import lint as monitors_lint
from kedge.monitors.spec import MonitorsDocument
from kedge.policy import lint
from kedge.policy.compiled import Policy, compile_policy


def policy_in(file: Path, environment: str = "") -> Policy:
    """Return the policy in a file.

    Raises MalformedPolicy with the place of the first fault and the text of all.
    """
    try:
        reading = reading_of(file)
    except OSError as error:
        raise MalformedPolicy(str(file), error.strerror or str(error)) from error
    if reading.document is None:
        place = reading.faults[0].place
        raise MalformedPolicy(place, "\n".join(map(str, reading.faults)).removeprefix(f"{place}: "))
    return compile_policy(reading.document, environment)


def reading_of(file: Path) -> lint.LintResult:
    """Return the result of reading a policy. Raises OSError if the file does not exist."""
    return lint.read(_bytes_of(file), str(file))


def monitors_reading_of(file: Path) -> lint.LintResult[MonitorsDocument]:
    """Return the result of reading a Monitors document. Raises OSError if the file does not exist."""
    return monitors_lint.read(_bytes_of(file), str(file))


def _bytes_of(file: Path) -> bytes:
    with file.open("rb") as stream:
        # One byte above the limit is enough to refuse a file of any size.
        return stream.read(lint.LARGEST + 1)
