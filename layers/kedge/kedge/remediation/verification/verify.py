"""Verifies whether a remedy worked, by the current state and never by the answer of a call."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.facts import Endpoint, Observed
from kedge.domain.plan import Invoke, Retrain, RollBack, ShiftTraffic, Starter
from kedge.formatting import format_clock
from kedge.remediation.verification.checks import CheckResult, deadline_of, health_kept, late, runs_clean
from kedge.remediation.verification.endpoint import arrived, capture_kept, counts_kept, endpoint_settled, weights_moved
from kedge.remediation.verification.retraining import ended_well, model_better, package_made

__all__ = ["CheckResult", "Verification", "VerificationOutcome", "verify"]

_SILENT: Final = frozenset({Starter.FUNCTION, Starter.EVENT_BUS})
"""The services that do not report the result of a call."""

_EXPRESS: Final = ":express:"
"""A part of the ARN of an EXPRESS state machine's execution, which does not report its result either."""


class VerificationOutcome(StrEnum):
    """The outcome of a remedy."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"
    UNVERIFIED = "unverified"


class Verification(Struct, frozen=True, kw_only=True):
    """The outcome of a remedy with its checks, in one sentence."""

    outcome: VerificationOutcome
    checks: tuple[CheckResult, ...]
    says: str


def verify(action: Action, observed: Observed, now: datetime) -> Verification:
    """Return the outcome of an action by its observations, at `now`.

    It is verified only after all required checks are known. One failed check makes it failed. If a check is still
    unknown at the deadline, it is unverified. If another user changed the endpoint meanwhile, the outcome cannot be
    known any more.
    """
    if (overtaken := _overtaken(action, observed)) is not None:
        return Verification(outcome=VerificationOutcome.UNVERIFIED, checks=(overtaken,), says=overtaken.says)
    checks = _checks(action, observed)
    wrong = [check.says for check in checks if check.ok is False]
    awaited = [check.says for check in checks if check.awaited]
    if wrong:
        return Verification(outcome=VerificationOutcome.FAILED, checks=checks, says="; ".join(wrong))
    if not awaited:
        return Verification(outcome=VerificationOutcome.VERIFIED, checks=checks, says=_verified(checks))
    missing = "; ".join(awaited)
    if late(action, now):
        says = f"the time to verify it was over at {format_clock(deadline_of(action), now)}, and it is not known whether it helped: {missing}"
        return Verification(outcome=VerificationOutcome.UNVERIFIED, checks=checks, says=says)
    return Verification(outcome=VerificationOutcome.PENDING, checks=checks, says=missing)


def _overtaken(action: Action, observed: Observed) -> CheckResult | None:
    """Return a check if another deployment came meanwhile, so that the effect of the remedy is unknown."""
    doing, endpoint = action.plan.doing, observed.endpoint
    if endpoint is None or endpoint.config is None:
        return None
    match doing:
        case RollBack():
            own = {doing.from_config, doing.to_config}
        case ShiftTraffic():
            own = {doing.config}
        case _:
            return None
    if endpoint.config in own:
        return None
    says = f"{action.plan.target.name} runs config {endpoint.config}, which is not this remedy's: another deployment came meanwhile"
    return CheckResult(name="config", ok=None, says=says)


def _checks(action: Action, observed: Observed) -> tuple[CheckResult, ...]:
    doing = action.plan.doing
    match doing:
        case RollBack():
            return _of_endpoint(action, observed, doing)
        case ShiftTraffic():
            return _of_endpoint(action, observed, doing)
        case Retrain():
            return _of_retraining(action, observed, doing)
        case Invoke():
            return _of_call(action, observed, doing)


def _of_endpoint(action: Action, observed: Observed, doing: RollBack | ShiftTraffic) -> tuple[CheckResult, ...]:
    settled, endpoint = endpoint_settled(action, observed.endpoint), observed.endpoint
    if settled.ok is not True or endpoint is None:
        return (settled,)
    changed = _changed(action, observed, endpoint, doing)
    if any(check.awaited for check in changed):
        # The runs before the change do not show its effect.
        return (settled, *changed)
    monitors = runs_clean(observed.after)
    health = health_kept(observed.before, observed.since, early=monitors.awaited)
    return (settled, *changed, monitors, health)


def _changed(
    action: Action, observed: Observed, endpoint: Endpoint, doing: RollBack | ShiftTraffic
) -> tuple[CheckResult, ...]:
    if isinstance(doing, ShiftTraffic):
        return (weights_moved(action, endpoint, doing),)
    config = arrived(action, endpoint, doing.to_config)
    if config.ok is not True:
        return (config,)
    return config, capture_kept(action, endpoint), counts_kept(action, observed, endpoint)


def _is_silent(action: Action, doing: Retrain | Invoke) -> bool:
    return doing.starter in _SILENT or _EXPRESS in (action.started or "")


def _of_retraining(action: Action, observed: Observed, doing: Retrain) -> tuple[CheckResult, ...]:
    if _is_silent(action, doing):
        return (runs_clean(observed.after, patient=True),)
    execution = ended_well(observed.execution, doing.using)
    if execution.ok is not True:
        return (execution,)
    package = package_made(action, observed)
    if package.ok is not True or observed.package is None:
        return execution, package
    return execution, package, model_better(observed.package, observed.in_service)


def _of_call(action: Action, observed: Observed, doing: Invoke) -> tuple[CheckResult, ...]:
    monitors = runs_clean(observed.after, patient=True)
    if _is_silent(action, doing):
        return (monitors,)
    execution = ended_well(observed.execution, doing.using)
    return (execution, monitors) if execution.ok is True else (execution,)


def _verified(checks: tuple[CheckResult, ...]) -> str:
    return "; ".join(check.says for check in checks if check.ok is True or check.name == "metrics")
