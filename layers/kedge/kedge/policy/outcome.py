"""The single things that are looked at to see what came of a remedy, each with its answer in words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.facts import Endpoint, Execution, Health, ModelPackage, Observed, Variant
from kedge.domain.plan import ShiftTraffic
from kedge.policy.measures import compared

_IN_SERVICE: Final = "InService"
_UNDER_WAY: Final = frozenset({"Updating", "SystemUpdating", "RollingBack", "Creating"})
_SUCCEEDED: Final = frozenset({"SUCCEEDED"})
# SageMaker's, Step Functions' and CodePipeline's own words, whose case differs.
_ENDED_BADLY: Final = frozenset(
    {"FAILED", "STOPPED", "ABORTED", "TIMED_OUT", "CANCELLED", "SUPERSEDED", "PENDING_REDRIVE"}
)
_WORSE: Final = 1.2
_MORE_ERRORS: Final = 0.01
_MORE_LATENCY: Final = 5.0  # milliseconds
_ENOUGH: Final = 20.0
"""As many invocations are needed before errors and latency say anything."""
_FRESH: Final = timedelta(hours=1)
"""For so long after the act a smaller fleet is the update's doing; later it may be automatic scaling's."""


class Checked(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: `ok` is None where it was not, or could not be, measured.

    `awaited` says that it will be known later, and that the outcome waits for it.
    """

    name: str
    ok: bool | None
    says: str
    awaited: bool = False


def endpoint_settled(action: Action, endpoint: Endpoint | None) -> Checked:
    """Whether an endpoint stands still and is in service, whatever it runs."""
    name = action.plan.target.name
    if endpoint is None:
        return Checked(name="endpoint", ok=None, says=f"{name} was not found", awaited=True)
    if endpoint.status in _UNDER_WAY or (endpoint.status == _IN_SERVICE and endpoint.coming is not None):
        coming = f" to {endpoint.coming}" if endpoint.coming else ""
        return Checked(name="endpoint", ok=None, says=f"{name} is {endpoint.status}{coming}", awaited=True)
    if endpoint.status != _IN_SERVICE:
        failure = f": {endpoint.failure}" if endpoint.failure else ""
        return Checked(name="endpoint", ok=False, says=f"{name} is {endpoint.status}{failure}")
    return Checked(name="endpoint", ok=True, says=f"{name} is InService")


def arrived(action: Action, endpoint: Endpoint, wanted: str) -> Checked:
    """Whether an endpoint that is in service runs what it was to run: a failed update ends InService, too (aws-facts 8.1)."""
    name = action.plan.target.name
    if endpoint.config == wanted:
        return Checked(name="config", ok=True, says=f"{name} runs config {wanted}")
    if not changed_since(action, endpoint):
        says = f"{name} runs {endpoint.config} and was not changed since the call: it may not have arrived"
        return Checked(name="config", ok=None, says=says, awaited=True)
    failure = f": {endpoint.failure}" if endpoint.failure else ", and does not say why"
    return Checked(name="config", ok=False, says=f"SageMaker went back to {endpoint.config}{failure}")


def changed_since(action: Action, endpoint: Endpoint) -> bool:
    """Whether an endpoint was changed after the call: what is read just after it may be older than it."""
    called = action.called or action.acted
    return called is None or endpoint.modified is None or endpoint.modified >= called


def capture_kept(action: Action, endpoint: Endpoint) -> Checked:
    """Whether data is captured, if it was before."""
    if not action.capture:
        return Checked(name="capture", ok=None, says="No data was captured before, either")
    says = "Data capture is still on" if endpoint.capture else "Data capture is off now: the monitors are blind"
    return Checked(name="capture", ok=endpoint.capture, says=says)


def counts_kept(action: Action, observed: Observed, endpoint: Endpoint) -> Checked:
    """Whether the fleet is as large as it was just before. Automatic scaling may make it smaller later, which is no failure."""
    running = {variant.name: variant for variant in endpoint.variants}
    fewer = [told for name, before in action.counts.items() if (told := _fewer(name, before, running.get(name)))]
    if not fewer:
        says = "Instance counts were kept" if action.counts else "Nobody counted the instances before"
        return Checked(name="instances", ok=True if action.counts else None, says=says)
    says = f"There are fewer instances than before: {', '.join(fewer)}"
    acted = action.acted or action.called or action.changed
    if observed.after or observed.read - acted > _FRESH:
        return Checked(name="instances", ok=None, says=f"{says}; automatic scaling may have done that since")
    return Checked(name="instances", ok=False, says=says)


def _fewer(name: str, before: int, now: Variant | None) -> str | None:
    if now is None:
        return f"{name} is gone, and had {before}"
    return f"{name} has {now.count}, and had {before}" if now.count is not None and now.count < before else None


def weights_moved(action: Action, endpoint: Endpoint, doing: ShiftTraffic) -> Checked:
    """Whether traffic goes where it was to go."""
    running = {variant.name: variant.weight for variant in endpoint.variants}
    told = ", ".join(f"{name} {weight:g}" for name, weight in sorted(running.items()))
    if running == doing.after:
        return Checked(name="weights", ok=True, says=f"The weights are as planned: {told}")
    if not changed_since(action, endpoint):
        says = f"The weights are still {told}, and the endpoint was not changed since the call: it may not have arrived"
        return Checked(name="weights", ok=None, says=says, awaited=True)
    failure = f" ({endpoint.failure})" if endpoint.failure else ""
    return Checked(name="weights", ok=False, says=f"The weights are {told}, and not as planned{failure}")


def runs_clean(after: Mapping[str, str], *, patient: bool = False) -> Checked:
    """Whether what watches the target finds it well since the act: one clean run at least, and none that is violated.

    Where `patient`, what was started may take its time: then a violated run is outlived by a clean one of the same source.
    """
    bad = [source for source, runs in after.items() if (runs[-1:] == "v" if patient else "v" in runs)]
    good = [source for source, runs in after.items() if runs[-1:] == "g"]
    if bad:
        says = f"Still bad after it: {', '.join(sorted(bad))}"
        return Checked(name="monitors", ok=None if patient else False, says=says, awaited=patient)
    if good:
        return Checked(name="monitors", ok=True, says=f"Clean after it: {', '.join(sorted(good))}")
    broken = sorted(source for source, runs in after.items() if runs)
    says = f"Nothing was measured after it: {', '.join(broken)} broke" if broken else "No run has looked at it since"
    return Checked(name="monitors", ok=None, says=says, awaited=True)


def health_kept(before: Health | None, since: Health | None, *, early: bool) -> Checked:
    """Whether errors and latency are no worse than before; `early` says that it is too soon to blame anything for it."""
    if before is None or since is None or since.invocations < _ENOUGH:
        return Checked(name="health", ok=None, says="Errors and latency were not measured, or of too few requests")
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
        return Checked(name="health", ok=None, says="Errors and latency were not measured")
    says = "; ".join(told)
    if worse and early:
        return Checked(
            name="health", ok=None, says=f"{says}: worse so far, which the first minutes may be", awaited=True
        )
    return Checked(name="health", ok=not worse, says=f"{says}: {'worse' if worse else 'no worse'}")


def ended_well(execution: Execution | None, what: str) -> Checked:
    """Whether an execution succeeded."""
    if execution is None:
        return Checked(name="execution", ok=None, says=f"No execution of {what} was found yet", awaited=True)
    status = execution.status.upper()
    if status in _SUCCEEDED:
        return Checked(name="execution", ok=True, says=f"The execution of {what} succeeded")
    if status in _ENDED_BADLY:
        failure = f": {execution.failure}" if execution.failure else ""
        return Checked(name="execution", ok=False, says=f"The execution of {what} is {execution.status}{failure}")
    return Checked(name="execution", ok=None, says=f"The execution of {what} is {execution.status}", awaited=True)


def package_made(action: Action, observed: Observed) -> Checked:
    """Whether a model package is there that names the execution as its maker."""
    makers = {arn.casefold() for arn in (action.started, observed.execution and observed.execution.arn) if arn}
    package = observed.package
    if package is None or (package.made_by or "").casefold() not in makers:
        return Checked(name="package", ok=None, says="No model package names the execution as its maker", awaited=True)
    return Checked(name="package", ok=True, says=f"Model package {short(package)} was made by it")


def model_better(package: ModelPackage, in_service: ModelPackage | None) -> Checked:
    """Whether a new model beats the one in service. Where that cannot be said, the registry's approval has to answer."""
    question = "whether it is better is for its approval in the model registry to say"
    if in_service is None:
        return Checked(
            name="metrics", ok=None, says=f"No model package in service is known to compare with: {question}"
        )
    found = compared(package.metrics, in_service.metrics)
    told = ", ".join(
        f"{name} {package.metrics[name]:g} ({in_service.metrics[name]:g} in service)"
        for name in (*found.worse, *found.better, *found.same)
    )
    if found.worse and not found.better:
        return Checked(name="metrics", ok=False, says=f"The new model is worse: {told}")
    if found.better and not found.worse:
        return Checked(name="metrics", ok=True, says=f"The new model is better: {told}")
    why = f"The new model is not plainly better: {told}" if told else "The two models have no metric to compare"
    return Checked(name="metrics", ok=None, says=f"{why}; {question}")


def short(package: ModelPackage) -> str:
    """What people call a package: the end of its ARN."""
    return package.arn.split(":")[-1].removeprefix("model-package/")


def late(action: Action, now: datetime) -> bool:
    """Whether the time is over in which the outcome had to be known."""
    return now >= deadline_of(action)


def deadline_of(action: Action) -> datetime:
    """Until when the outcome of an action has to be known."""
    began = action.acted or action.called or action.changed
    return action.deadline or began + timedelta(seconds=action.verify_within)
