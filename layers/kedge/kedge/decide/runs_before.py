"""The runs of a source under the config before a deployment."""

from typing import Final

from kedge.decide.deployment_ledger import MONITORS, may_be_of_the_next, tallies
from kedge.decide.evaluation import Evaluation
from kedge.decide.run_history import runs_of
from kedge.domain.decision import CaseState
from kedge.domain.deployment import Deployment, Deployments, RunTally
from kedge.domain.run import Monitor
from kedge.domain.signal import RunFinished

_NOTHING: Final = CaseState()
_BY_CHANCE: Final = 0.1
"""The share of clean runs before a bad one; above it, one more bad run is not news."""


def by_chance(case: Evaluation, before: Deployment, came: Deployment, bad: int) -> bool:
    """Return whether this many bad runs in a row are as common as under the config before."""
    known = runs_of(case.last) if case.last is not None else ()
    letters = "".join(
        ran.letter
        for ran in known
        if before.since <= ran.start
        and ran.at <= came.since
        and ran.letter in "gv"
        and not may_be_of_the_next(ran, came.began)
    )
    spells = [spell for spell in letters.split("g") if spell]
    return len(spells) > letters.count("g") * _BY_CHANCE and bad <= max(map(len, spells))


def tally_of(case: Evaluation, before: Deployment, came: Deployment) -> RunTally | None:
    """Return the tally of the source's runs under a config.

    It comes from the stored runs (with late ground truth), else from the count at the config's end.
    """
    monitor = case.signal.monitor if isinstance(case.signal, RunFinished) else Monitor.ALARM
    cases = tuple(case.state if each is monitor else _NOTHING for each in MONITORS)
    found = tallies(before.since, came.since, cases, confirmed=case.is_confirmed, began=came.began)
    now = found.get(case.source)
    then = (before.runs if case.is_confirmed else before.unconfirmed).get(case.source)
    if now is None or then is None:
        return now or then
    return now if now.clean + now.bad >= then.clean + then.bad else then


def term_before(deployments: Deployments, came: Deployment) -> Deployment | None:
    """Return the config that served before another one, or None."""
    earlier = [each for each in deployments.history if each.since < came.since]
    return earlier[-1] if earlier else None
