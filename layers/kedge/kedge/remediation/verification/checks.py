"""One check of an outcome, the deadline of all checks, and the checks of monitors and metrics."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.facts import Health


class CheckResult(Struct, frozen=True, kw_only=True):
    """One check: `ok` is None if it was not, or could not be, measured.

    `awaited` says that it will be known later, and that the outcome waits for it.
    """

    name: str
    ok: bool | None
    says: str
    awaited: bool = False


def late(action: Action, now: datetime) -> bool:
    """Return whether the deadline of the outcome has passed."""
    return now >= deadline_of(action)


def deadline_of(action: Action) -> datetime:
    """Return the deadline of the outcome of an action."""
    began = action.acted or action.called or action.changed
    return action.deadline or began + timedelta(seconds=action.verify_within)


_WORSE: Final = 1.2
_MORE_ERRORS: Final = 0.01
_MORE_LATENCY: Final = 5.0  # milliseconds
_ENOUGH: Final = 20.0
"""The minimum number of invocations for a statement about errors and latency."""


def runs_clean(after: Mapping[str, str], *, patient: bool = False) -> CheckResult:
    """Check whether the target is well since the act: at least one clean run, and none that is violated.

    If `patient`, the started execution may take its time: then a later clean run of the same source replaces a violated
    one.
    """
    bad = [source for source, runs in after.items() if (runs[-1:] == "v" if patient else "v" in runs)]
    good = [source for source, runs in after.items() if runs[-1:] == "g"]
    if bad:
        says = f"still bad after it: {', '.join(sorted(bad))}"
        return CheckResult(name="monitors", ok=None if patient else False, says=says, awaited=patient)
    if good:
        return CheckResult(name="monitors", ok=True, says=f"clean after it: {', '.join(sorted(good))}")
    broken = sorted(source for source, runs in after.items() if runs)
    says = f"nothing was measured after it: {', '.join(broken)} broke" if broken else "no run has measured it since"
    return CheckResult(name="monitors", ok=None, says=says, awaited=True)


def health_kept(before: Health | None, since: Health | None, *, early: bool) -> CheckResult:
    """Check whether errors and latency are no worse than before; `early` says that it is too soon to blame the act."""
    if before is None or since is None or since.invocations < _ENOUGH:
        return CheckResult(name="health", ok=None, says="errors and latency were not measured, or of too few requests")
    told, worse = [], []
    for what, unit, one, other, floor in (
        ("errors", "%", before.errors, since.errors, _MORE_ERRORS),
        ("latency", " ms", before.latency, since.latency, _MORE_LATENCY),
    ):
        if one is None or other is None:
            continue
        scale = 100 if unit == "%" else 1
        told.append(f"{what} {other * scale:.1f}{unit}, {one * scale:.1f}{unit} before")
        if other > one * _WORSE + floor:
            worse.append(what)
    if not told:
        return CheckResult(name="health", ok=None, says="errors and latency were not measured")
    says = "; ".join(told)
    if worse and early:
        return CheckResult(
            name="health", ok=None, says=f"{says}: worse so far, which the first minutes may be", awaited=True
        )
    return CheckResult(name="health", ok=not worse, says=f"{says}: {'worse' if worse else 'no worse'}")
