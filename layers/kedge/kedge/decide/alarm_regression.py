"""Whether a deployment is to blame for an alarm that went off."""

from datetime import datetime, timedelta
from typing import Final

from kedge.decide.deployment_ledger import EVER
from kedge.decide.evaluation import Evaluation
from kedge.decide.regression import (
    RegressionVerdict,
    Verdicts,
    after_a_remedy,
    bad_stretch,
    baking,
    no_deployment_near,
    of_found,
    suspicious,
    under_way,
    unsure,
    with_others,
)
from kedge.decide.run_history import PastRun, runs_of
from kedge.decide.runs_before import term_before
from kedge.decide.suspects import others_of_alarm
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from kedge.formatting import format_duration

_HOUR: Final = timedelta(hours=1)
"""How long a config must have served before the next one alone is blamed for what began while that came."""


def of_alarm(case: Evaluation, deployments: Deployments) -> RegressionVerdict:
    """What an alarm that went off says of the deployments of its endpoint."""
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
    if came.since > first and before is not None and before.since != EVER and first - before.since <= _HOUR:
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
    """When the alarm went off that is still on: told again, it did not go off again."""
    known = runs_of(case.last) if case.last is not None and case.last.bad else ()
    stretch = bad_stretch((*known, PastRun(case.at, case.at, "v")))
    return stretch[0].at


def _was_well(case: Evaluation) -> bool:
    """Whether the alarm was OK just before it went off, as far as it is remembered."""
    last = case.last
    if last is None:
        return False
    return last.verdict is Verdict.OK or (last.bad and last.history.rstrip("v").endswith("g"))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _after(came: Deployment, first: datetime) -> str:
    """How long after a config had come, or had begun to come, something was."""
    if first < came.since and came.began is not None:
        return f"{format_duration(first - came.began)} after the deployment of config {came.config} had begun"
    return f"{format_duration(first - came.since)} after config {came.config} came"
