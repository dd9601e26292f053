"""The result of one check of `kedge doctor`."""

from enum import StrEnum

from msgspec import Struct


class CheckState(StrEnum):
    """Whether a check found something."""

    OK = "ok"
    FAULT = "fault"
    UNKNOWN = "unknown"  # the check could not be made


class CheckResult(Struct, frozen=True, kw_only=True):
    """The result of one check: `subject` is what was checked, `evidence` one sentence, `fix` what a person does next.

    `endpoint` is set for checks of the monitoring of an endpoint.
    """

    check: str
    subject: str
    state: CheckState
    evidence: str
    fix: str = ""
    endpoint: str = ""


def ok(check: str, subject: str, evidence: str) -> CheckResult:
    """Return the result of a check that found nothing."""
    return CheckResult(check=check, subject=subject, state=CheckState.OK, evidence=evidence)


def fault(check: str, subject: str, evidence: str, fix: str) -> CheckResult:
    """Return the result of a check that found a fault."""
    return CheckResult(check=check, subject=subject, state=CheckState.FAULT, evidence=evidence, fix=fix)


def unknown(check: str, subject: str, evidence: str, fix: str) -> CheckResult:
    """Return the result of a check that could not be made."""
    return CheckResult(check=check, subject=subject, state=CheckState.UNKNOWN, evidence=evidence, fix=fix)
