"""Collects all other explanations than a deployment for one run or alarm."""

from datetime import datetime, timedelta
from typing import Final

from kedge.decide import measurements
from kedge.decide.evaluation import Evaluation
from kedge.decide.other_explanations import (
    OtherExplanation,
    inputs_changed,
    interval_of,
    of_instances,
    origin_of,
    same_hour,
    same_model,
    unmeasured,
)
from kedge.decide.run_history import KEPT, PastRun, runs_of
from kedge.domain.context import EndpointContext
from kedge.domain.decision import RemedyHeld
from kedge.domain.deployment import Deployment
from kedge.domain.incident import Incident
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.run import MeasuredRun, Verdict

_GRACE: Final = timedelta(minutes=10)
_ROUNDED: Final = timedelta(minutes=1)
_REGULAR: Final = 2
_BAD: Final = (Verdict.VIOLATED, Verdict.ALARM)


def others_of_run(
    case: Evaluation, before: Deployment, came: Deployment, first: PastRun, after: PastRun
) -> tuple[OtherExplanation, ...]:
    """Return what else explains the bad runs of a source since a deployment, after clean ones before it.

    `first` is the first bad run, `after` the first one whose window is completely after the deployment.
    """
    endpoint_context = case.context.endpoint_context or EndpointContext()
    known = runs_of(case.last) if case.last is not None else ()
    shown = _shown(case, after)
    found = (
        of_instances(before, came) if same_model(before, came) else None,
        measurements.explain_by_measurements(_measured(case, endpoint_context), before, came, shown)
        if shown is not None
        else None,
        same_hour(_bad(case, endpoint_context, known), first, came.since, interval_of(known)),
        unmeasured(known, came),
        inputs_changed(endpoint_context.inputs, came.since, first, _this(case), confirmed=case.is_confirmed),
    )
    return tuple(each for each in found if each is not None)


def others_of_alarm(
    case: Evaluation, before: Deployment | None, came: Deployment, first: PastRun, *, of_quality: bool
) -> tuple[OtherExplanation, ...]:
    """Return what else explains an alarm after a deployment. Instances and inputs only explain quality."""
    endpoint_context = case.context.endpoint_context or EndpointContext()
    known = runs_of(case.last) if case.last is not None else ()
    shown = _shown(case, first)
    found = (
        of_instances(before, came) if of_quality and before is not None and same_model(before, came) else None,
        measurements.explain_by_measurements(_measured(case, endpoint_context), before or came, came, shown)
        if shown is not None
        else None,
        same_hour(_bad(case, endpoint_context, known), first, came.since, first.at - first.start),
        inputs_changed(endpoint_context.inputs, came.since, first, _this(case), confirmed=case.is_confirmed)
        if of_quality
        else None,
    )
    return tuple(each for each in found if each is not None)


def two_suspects(remedy: RemedyName, incident: Incident, endpoint_context: EndpointContext) -> RemedyHeld | None:
    """Return why an endpoint is not rolled back if the inputs changed with the blamed deployment; else None.

    Their run may come after that of the model's quality, so this is checked again before the act.
    """
    current, window = endpoint_context.deployments.current, incident.problem.window
    if remedy is not RemedyName.ROLL_BACK or current is None or window is None:
        return None
    first = PastRun(incident.since, incident.since - (window.end - window.start), "v")
    came = origin_of(endpoint_context.deployments, current)
    other = inputs_changed(
        endpoint_context.inputs,
        came.since,
        first,
        PastRun(window.end, window.start, "v"),
        confirmed=incident.is_confirmed,
    )
    if other is None:
        return None
    says = f"{'; '.join((*incident.evidence, other.said))}: {question_of((other.asks,))}"
    return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=says)


def awaited_inputs(
    remedy: RemedyName, incident: Incident, endpoint_context: EndpointContext, now: datetime
) -> RemedyHeld | None:
    """Return the hold of a roll-back without approval until the inputs of the same window are measured.

    None if none are due.

    It only waits for a schedule that ran regularly until then, for the usual time of its runs and a little longer.
    """
    window = incident.problem.window
    if remedy is not RemedyName.ROLL_BACK or window is None:
        return None
    for source, last in endpoint_context.inputs.sources.items():
        due = last.at + timedelta(seconds=last.every)
        until = due + (last.finished - last.at) + _GRACE
        if (
            last.regular >= _REGULAR
            and last.at < incident.since - _ROUNDED
            and due <= incident.since + _ROUNDED
            and now < until
        ):
            says = f"{source} measures the inputs of the same window, and its run is due: Kedge waits for it until {until:%H:%M} UTC"
            return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=says, until=until)
    return None


def question_of(others: tuple[str, ...]) -> str:
    """Return the question which of the explanations is true, the deployment among them."""
    asks = ", or ".join(("was it the deployment", *others))
    return f"{asks}? Roll back by hand if you know that it was the deployment, or wait for the next run"


def is_forgotten(case: Evaluation) -> bool:
    """Return whether a source was bad for so long that the single runs before are not stored."""
    last = case.last
    return last is not None and len(last.history) >= KEPT and "g" not in last.history


def _this(case: Evaluation) -> PastRun:
    window = getattr(case.signal, "window", None)
    return PastRun(case.at, window.start if window is not None else case.at, "v")


def _shown(case: Evaluation, after: PastRun) -> MeasuredRun | None:
    """Return the first bad run after a deployment with its values: this one, or a stored one."""
    if after.at >= case.at and (this := measurements.measured_of(case.signal, case.verdict)) is not None:
        return this
    endpoint_context = case.context.endpoint_context or EndpointContext()
    # Earlier runs are stored to the minute, and an alarm does not have a window.
    near = max((after.at - after.start) / 2, _ROUNDED)
    kept = (
        each for each in _measured(case, endpoint_context) if each.verdict in _BAD and abs(each.at - after.at) < near
    )
    return next(kept, None)


def _measured(case: Evaluation, endpoint_context: EndpointContext) -> tuple[MeasuredRun, ...]:
    """Return the stored runs of a case's source. They are confirmed, so they say nothing about unconfirmed signals."""
    return (
        tuple(each for each in endpoint_context.measured or () if each.source == case.source)
        if case.is_confirmed
        else ()
    )


def _bad(case: Evaluation, endpoint_context: EndpointContext, known: tuple[PastRun, ...]) -> tuple[PastRun, ...]:
    """Return the violated runs of a source in its history or among the stored ones."""
    kept = (PastRun(each.at, each.start, "v") for each in _measured(case, endpoint_context) if each.verdict in _BAD)
    return (*(ran for ran in known if ran.letter == "v"), *kept)
