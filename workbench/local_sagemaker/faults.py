"""Faults on demand: the operation, which of its calls, and the kind of failure."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from workbench.local_sagemaker.errors import ApiError, ConnectionDropped
from workbench.local_sagemaker.permissions import denied


class FaultKind(StrEnum):
    """The kind of a failure. Only the last two perform the call: its answer is lost, or replaced by an error."""

    THROTTLE = "throttle"
    DENY = "deny"
    FAIL = "fail"
    REFUSE = "refuse"
    TIME_OUT = "time_out"
    SILENT_SUCCESS = "silent_success"
    FAIL_AFTERWARDS = "fail_afterwards"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One rule. First `skip` calls pass, then `times` calls fail (None: all of them), then calls pass again.

    `operation` "*" means every operation. `code` and `message` are for REFUSE: any error that the service could give.
    `seconds` is how long TIME_OUT and SILENT_SUCCESS keep the caller waiting before the connection is dropped.
    """

    operation: str
    kind: FaultKind
    times: int | None = 1
    skip: int = 0
    code: str = "ValidationException"
    message: str = "Refused on demand."
    seconds: float = 0.0

    def fits(self, operation: str) -> bool:
        """Return whether the rule is about this operation."""
        return self.operation in ("*", operation)


class Faults:
    """The active rules. The first rule decides that fits a call and is not used up."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._seen: Counter[int] = Counter()

    def add(self, fault: Fault) -> None:
        """Activate a rule; it counts calls from now on."""
        self._rules.append(fault)

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()
        self._seen.clear()

    def strike(self, operation: str) -> Fault | None:
        """Return the fault of this call, or None. Each rule that fits counts the call."""
        struck: Fault | None = None
        for place, rule in enumerate(self._rules):
            if not rule.fits(operation):
                continue
            seen = self._seen[place]
            self._seen[place] += 1
            if struck is None and seen >= rule.skip and (rule.times is None or seen < rule.skip + rule.times):
                struck = rule
        return struck


def raise_for(fault: Fault, operation: str, account: str) -> None:
    """Raise the error of a call that is not performed; return if the call is performed."""
    match fault.kind:
        case FaultKind.THROTTLE:
            raise ApiError("ThrottlingException", "Rate exceeded")
        case FaultKind.DENY:
            raise denied(operation, account)
        case FaultKind.FAIL:
            raise _failure()
        case FaultKind.REFUSE:
            raise ApiError(fault.code, fault.message)
        case FaultKind.TIME_OUT:
            raise ConnectionDropped(fault.seconds)
        case FaultKind.SILENT_SUCCESS | FaultKind.FAIL_AFTERWARDS:
            return


def raise_after(fault: Fault) -> None:
    """Raise the error of a call although it was performed."""
    match fault.kind:
        case FaultKind.SILENT_SUCCESS:
            raise ConnectionDropped(fault.seconds)
        case FaultKind.FAIL_AFTERWARDS:
            raise _failure()
        case _:
            return


def _failure() -> ApiError:
    return ApiError("InternalFailure", "The request processing has failed because of an internal error.", 500)
