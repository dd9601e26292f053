"""How the runs of a source went under the config that a deployment took the place of."""

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
"""The share of clean runs that a bad one follows, above which one more is no news."""


def by_chance(case: Evaluation, before: Deployment, came: Deployment, bad: int) -> bool:
    """Whether so many bad runs in a row are no more than what came and went under the config before, again and again."""
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
    """How the source's own runs went under a config: as remembered now (late ground truth included), else as counted when it ended."""
    monitor = case.signal.monitor if isinstance(case.signal, RunFinished) else Monitor.ALARM
    cases = tuple(case.state if each is monitor else _NOTHING for each in MONITORS)
    found = tallies(before.since, came.since, cases, confirmed=case.is_confirmed, began=came.began)
    now = found.get(case.source)
    then = (before.runs if case.is_confirmed else before.unconfirmed).get(case.source)
    if now is None or then is None:
        return now or then
    return now if now.clean + now.bad >= then.clean + then.bad else then


def term_before(deployments: Deployments, came: Deployment) -> Deployment | None:
    """The config that served before another one; None if none is known."""
    earlier = [each for each in deployments.history if each.since < came.since]
    return earlier[-1] if earlier else None
