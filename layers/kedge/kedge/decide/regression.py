"""Evaluates whether a deployment is to blame for a run or an alarm, by pure evidence in words and numbers.

A deployment is blamed only if the first bad run follows it, and the config before was clean. If a deployment is near
and one of the two is unknown, the cause is inconclusive, and people are asked.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.decide.alternative_causes import is_forgotten, others_of_alarm, others_of_run
from kedge.decide.deployment_ledger import A_PART, EVER
from kedge.decide.evaluation import Evaluation
from kedge.decide.other_explanations import OtherExplanation, by_chance, origin_of, tally_of, term_before
from kedge.decide.run_history import KEPT, PastRun, runs_of
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from kedge.formatting import format_duration
from kedge.policy.compiled import DeploymentRule

_ERRORS: Final = re.compile(r"latency|error|fault|5xx|4xx|timeout|overhead", re.IGNORECASE)
_HOUR: Final = timedelta(hours=1)
"""The assumed window of a run that does not state it."""


class Verdicts(StrEnum):
    """The verdict on a deployment."""

    BLAMED = "blamed"
    UNSURE = "unsure"
    CLEARED = "cleared"  # there was none, or it was bad before


class RegressionVerdict(Struct, frozen=True):
    """The verdict, its evidence, the suspected config, and other explanations, each as the end of a question."""

    verdict: Verdicts
    evidence: tuple[str, ...] = ()
    suspect: str | None = None
    others: tuple[str, ...] = ()


def suspicious(alarm: AlarmChanged) -> bool:
    """Return whether an alarm is about latency or errors, by its metric or else its name: a deployment can cause those."""
    return _ERRORS.search(alarm.metric or alarm.alarm) is not None


def of_run(case: Evaluation, deployments: Deployments) -> RegressionVerdict:
    """Return the verdict of a violated run on the deployments of its endpoint."""
    blame = case.policy.blame
    runs = _with_this(case)
    stretch = _from_its_beginning(case, bad_stretch(runs))
    first, current = stretch[0], deployments.current
    if current is None:
        return RegressionVerdict(Verdicts.CLEARED)
    came = baking(deployments, first) or deployments.serving(first.at)
    going_on = under_way(deployments, first, blame)
    if going_on is not None:
        return going_on
    if came is not None and came.arrival is DeploymentOrigin.FOUND:
        return of_found(blame, came, runs, first, current)
    if came is None:
        return no_deployment_near(first, current)
    brought = origin_of(deployments, came)
    if first.start - brought.since <= _within(blame, first) and not _clean_between(runs, brought.since, first):
        # Only instances changed since the model came: its quality is compared with that of the model before it.
        came = brought
    if first.start - came.since > _within(blame, first):
        return no_deployment_near(first, current)
    after = next((ran for ran in stretch if ran.start >= came.since), first)
    return _doubted(case, deployments, came, _near(case, deployments, came, runs, stretch), first, after)


def _near(
    case: Evaluation,
    deployments: Deployments,
    came: Deployment,
    runs: tuple[PastRun, ...],
    stretch: tuple[PastRun, ...],
) -> RegressionVerdict:
    """Return the verdict on a deployment shortly before the first of a `stretch` of violated runs."""
    first = stretch[0]
    good = _clean_between(runs, came.since, first)
    if good:
        return _clean_at_first(case.policy.blame, came, first, good)
    if came.arrival is DeploymentOrigin.REMEDY:
        return after_a_remedy(came, first)
    after = next((ran for ran in stretch if ran.start >= came.since), None)
    if after is None:
        return unsure(
            came.config,
            f"config {came.config} came while the first violated run's window was open",
            "no run has looked only at what came after it yet",
        )
    bad = sum(ran.start >= came.since for ran in stretch)
    return _compared(case, deployments, came, after, bad)


def _within(blame: DeploymentRule, first: PastRun) -> timedelta:
    """Return the maximum time between a deployment and the first bad window that blames it.

    It is at least two windows, or a daily monitor would blame none.
    """
    return max(blame.within, (first.at - first.start) * 2)


def _doubted(
    case: Evaluation,
    deployments: Deployments,
    came: Deployment,
    found: RegressionVerdict,
    first: PastRun,
    after: PastRun,
) -> RegressionVerdict:
    """Return the verdict on a deployment that is not cleared, with other explanations."""
    before = term_before(deployments, came)
    if found.verdict is Verdicts.CLEARED or before is None:
        return found
    others = others_of_run(case, before, came, first, after)
    incident = case.open_incident
    if not others and incident is not None and incident.suspect == came.config and is_forgotten(case):
        # The explanation of the first violated run was removed with the runs before it.
        return (
            RegressionVerdict(Verdicts.UNSURE, incident.evidence, came.config, incident.explanations)
            if incident.explanations
            else found
        )
    return with_others(found, others)


def with_others(found: RegressionVerdict, others: tuple[OtherExplanation, ...]) -> RegressionVerdict:
    """Return a verdict that is unsure if there are other explanations; else the verdict itself."""
    if not others:
        return found
    said = (*found.evidence, *(each.said for each in others))
    return RegressionVerdict(Verdicts.UNSURE, said, found.suspect, tuple(each.asks for each in others))


def _clean_between(runs: tuple[PastRun, ...], since: datetime, first: PastRun) -> int:
    """Return the number of clean runs after a moment and before the first violated one."""
    return sum(ran.start >= since and ran.at <= first.start and ran.letter == "g" for ran in runs)


def of_found(
    blame: DeploymentRule, came: Deployment, runs: tuple[PastRun, ...], first: PastRun, current: Deployment
) -> RegressionVerdict:
    """Return the verdict on a config whose deployment is unknown, except for a change of the endpoint or its creation."""
    at = came.began or came.since
    if at == EVER or at > first.at or first.start - at > _within(blame, first):
        return no_deployment_near(first, current)
    good = _clean_between(runs, at, first)
    if good >= blame.clean_runs:
        return _clean_at_first(blame, came, first, good)
    what = f"config {came.config} was made"
    if came.began is not None:
        what = f"the endpoint, which runs config {came.config}, was changed"
    said = f"{what} {format_duration(first.at - at)} before it was bad for the first time"
    return unsure(came.config, said, "by what, and what ran before, is not known")


def after_a_remedy(came: Deployment, first: PastRun) -> RegressionVerdict:
    """Return the verdict on a config that Kedge rolled back to.

    The problem is not news about that config, and the roll-back may not have been the answer.
    """
    said = f"it was bad {format_duration(first.at - came.since)} after Kedge had gone back to config {came.config}"
    return unsure(came.config, said, "whether what it went away from was the cause is not known")


def _overlaps(ran: PastRun, since: datetime) -> bool:
    """Return whether enough of a window is after a moment for the findings to come from there."""
    return ran.at >= since and ran.at - since >= (ran.at - ran.start) * A_PART


def baking(deployments: Deployments, first: PastRun) -> Deployment | None:
    """Return the config whose deployment had begun at the end of a window, and completed later."""
    return next(
        (
            each
            for each in deployments.history
            if each.began is not None and first.at < each.since and _overlaps(first, each.began)
        ),
        None,
    )


def under_way(deployments: Deployments, first: PastRun, blame: DeploymentRule) -> RegressionVerdict | None:
    """Return the verdict on an incomplete deployment: its config may have had some of the traffic for a while."""
    coming = deployments.coming
    if coming is not None and _overlaps(first, coming.since) and first.start - coming.since <= _within(blame, first):
        said = f"config {coming.config} was being deployed for {format_duration(first.at - coming.since)} when it was bad for the first time"
        return unsure(coming.config, said, "what of the traffic it had is not known")
    for each in reversed(deployments.undone):
        start = first.start if first.start < first.at else first.at - _HOUR
        if each.until is not None and start < each.until and _overlaps(first, each.since):
            said = f"config {each.config} was being deployed at {each.since:%H:%M} UTC, and SageMaker took it back"
            return unsure(each.config, said, "it may have served a part of the window")
    return None


def _with_this(case: Evaluation) -> tuple[PastRun, ...]:
    window = getattr(case.signal, "window", None)
    start = window.start if window is not None else case.at
    letter = case.history[-1]
    return (*(runs_of(case.last) if case.last is not None else ()), PastRun(case.at, start, letter))


def bad_stretch(runs: tuple[PastRun, ...]) -> tuple[PastRun, ...]:
    """Return the violated runs since the last clean one; runs that measured nothing are skipped."""
    since = max((number for number, ran in enumerate(runs) if ran.letter == "g"), default=-1)
    return tuple(ran for ran in runs[since + 1 :] if ran.letter == "v") or runs[-1:]


def _from_its_beginning(case: Evaluation, stretch: tuple[PastRun, ...]) -> tuple[PastRun, ...]:
    """Return the violated runs, with the first one of the open incident if it is older than the stored runs."""
    last, incident, first = case.last, case.open_incident, stretch[0]
    if last is None or len(last.history) < KEPT or "g" in last.history or incident is None:
        return stretch
    if incident.since >= first.at or (case.is_confirmed and incident.is_only_said):
        return stretch
    return (PastRun(incident.since, incident.since - (first.at - first.start), "v"), *stretch)


def _clean_at_first(blame: DeploymentRule, came: Deployment, first: PastRun, clean: int) -> RegressionVerdict:
    said = f"{_runs(clean)} under config {came.config} {'was' if clean == 1 else 'were'} clean before the first violated one, {format_duration(first.at - came.since)} after it came"
    return (
        RegressionVerdict(Verdicts.CLEARED, (said,))
        if clean >= blame.clean_runs
        else unsure(came.config, said, "one clean run says little")
    )


def _compared(
    case: Evaluation, deployments: Deployments, came: Deployment, after: PastRun, bad: int
) -> RegressionVerdict:
    """Compare the first violated run, of `bad` in a row, with the runs of the same source under the config before."""
    said = f"first violated run {format_duration(after.at - came.since)} after config {came.config} came"
    before = term_before(deployments, came)
    if before is None:
        return unsure(came.config, said, "no config is known that ran before it")
    tally = tally_of(case, before, came)
    if tally is None or tally.clean + tally.bad == 0:
        return unsure(came.config, said, f"nothing is known of its runs under {before.config}")
    if tally.last == "v":
        return RegressionVerdict(Verdicts.CLEARED, (f"{said}, but it was violated under {before.config}, too",))
    clean = f"the {_runs(tally.clean)} before it, under {before.config}, {'was' if tally.clean == 1 else 'were'} clean"
    if tally.bad:
        clean = f"under {before.config}, {tally.clean} of {tally.clean + tally.bad} runs were clean, and the last ones"
    if tally.clean < case.policy.blame.clean_runs:
        return unsure(came.config, said, clean)
    if by_chance(case, before, came, bad):
        return unsure(came.config, said, f"{clean}: it may be bad again by chance")
    return RegressionVerdict(Verdicts.BLAMED, (said, clean), came.config)


def no_deployment_near(first: PastRun, current: Deployment) -> RegressionVerdict:
    """Return the verdict if no config came shortly before the first violated run."""
    if current.since > first.at:
        said = f"it was violated {format_duration(current.since - first.at)} before config {current.config} came"
    elif current.since == EVER:
        said = f"config {current.config} has served since before Kedge looked"
    else:
        said = f"no deployment was near: config {current.config} has served for {format_duration(first.at - current.since)}"
    return RegressionVerdict(Verdicts.CLEARED, (said,))


def unsure(suspect: str, *evidence: str) -> RegressionVerdict:
    """Return the verdict on a suspected config."""
    return RegressionVerdict(Verdicts.UNSURE, evidence, suspect)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


_HOUR_OF_ALARMS: Final = timedelta(hours=1)
"""How long a config must have served before the next one alone is blamed for problems during its deployment."""


def of_alarm(case: Evaluation, deployments: Deployments) -> RegressionVerdict:
    """Return the verdict of a firing alarm on the deployments of its endpoint."""
    signal, blame = case.signal, case.policy.blame
    current = deployments.current
    if current is None or not isinstance(signal, AlarmChanged):
        return RegressionVerdict(Verdicts.CLEARED)
    first = _first_alarm(case)
    going_on = under_way(deployments, PastRun(first, first, "v"), blame)
    if going_on is not None:
        return going_on
    came = baking(deployments, PastRun(first, first, "v")) or deployments.serving(first)
    if came is not None and came.arrival is DeploymentOrigin.FOUND:
        return of_found(blame, came, (), PastRun(first, first, "v"), current)
    if came is None or first - came.since > blame.within:
        return no_deployment_near(PastRun(first, first, "v"), current)
    if came.arrival is DeploymentOrigin.REMEDY:
        return after_a_remedy(came, PastRun(first, first, "v"))
    lag = f"alarm {case.source} fired {_after(came, first)}"
    before = term_before(deployments, came)
    if came.since > first and before is not None and before.since != EVER and first - before.since <= _HOUR_OF_ALARMS:
        return unsure(
            came.config, lag, f"config {before.config} had come {format_duration(first - before.since)} before"
        )
    others = others_of_alarm(case, before, came, PastRun(first, first, "v"), of_quality=not suspicious(signal))
    earlier = [
        ran
        for ran in (runs_of(case.last) if case.last is not None else ())
        if ran.letter == "v" and came.since - blame.within <= ran.at < min(came.since, first)
    ]
    if earlier:
        times = f"it had been in alarm {_times(len(earlier))} in the {format_duration(blame.within)} before"
        return with_others(unsure(came.config, lag, times), others)
    if signal.previous is not Verdict.OK and not _was_well(case):
        return with_others(unsure(came.config, lag, "what it was before is not known"), others)
    well = f"it was OK before, under {f'config {before.config}' if before is not None else 'what ran before'}"
    return with_others(RegressionVerdict(Verdicts.BLAMED, (lag, well), came.config), others)


def _first_alarm(case: Evaluation) -> datetime:
    """Return when the alarm fired that is still on: a repeated signal is not a new start."""
    known = runs_of(case.last) if case.last is not None and case.last.bad else ()
    stretch = bad_stretch((*known, PastRun(case.at, case.at, "v")))
    return stretch[0].at


def _was_well(case: Evaluation) -> bool:
    """Return whether the alarm was OK just before it fired, by the stored history."""
    last = case.last
    if last is None:
        return False
    return last.verdict is Verdict.OK or (last.bad and last.history.rstrip("v").endswith("g"))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _after(came: Deployment, first: datetime) -> str:
    """Return how long after a config's deployment, or after its start, an event was."""
    if first < came.since and came.began is not None:
        return f"{format_duration(first - came.began)} after the deployment of config {came.config} had begun"
    return f"{format_duration(first - came.since)} after config {came.config} came"
