"""Compares the remedy of an incident: expected beside got."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import UnsetType

from kedge.domain.action import RemedyStatus
from kedge.domain.incident import Incident
from kedge.domain.plan import Invoke, Plan, PlanAction, Retrain, RollBack, ShiftTraffic
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from workbench.scenarios.expected import PlanPart, RemedyPart
from workbench.scenarios.row import NOBODY, NONE, Row

_HELD: Final = frozenset({Stage.REFUSED, Stage.REJECTED, Stage.EXPIRED})


def answer_of(incident: Incident | None) -> RemedyStatus | None:
    """Return what is done or held back about an incident; if it is over, only what was done."""
    if incident is None or incident.remedy is None:
        return None
    return incident.remedy if incident.is_open or incident.remedy.stage.is_done else None


def answered(
    expected: tuple[str | RemedyPart, ...], incident: Incident | None, plans: Mapping[str, Plan]
) -> Iterator[Row]:
    """Yield a row for each expected part of an incident's remedy. `plans` are all plans ever made, by digest."""
    got = answer_of(incident)
    plan = plans.get(got.digest) if got is not None and got.digest is not None else None
    if not expected:
        yield Row("remedies", NONE, _shown(got, plan), got is None)
    for number, each in enumerate(expected):
        part = RemedyPart(remedy=RemedyName.of(each)) if isinstance(each, str) else each
        here = got if number == 0 else None
        yield Row("remedies", _wanted(part), _shown(here, plan), here is not None and _fits(part, here, plan))
        if part.says is not None:
            said = _sentences(here, plan)
            yield Row("says", part.says, said or NONE, _contains(said, part.says))
        if not isinstance(part.requesters, UnsetType):
            asked = plan.requesters if here is not None and plan is not None else ()
            wanted, found = (", ".join(sorted(names)) or NOBODY for names in (part.requesters, asked))
            yield Row("requesters", wanted, found, wanted == found)


def standing(expected: Mapping[str, str], incidents: tuple[Incident, ...]) -> Iterator[Row]:
    """Yield how many open incidents' remedies have each status: the refusal if they are held back, else the stage."""
    found = Counter(_place(got) for each in incidents if each.is_open and (got := answer_of(each)) is not None)
    for name in dict.fromkeys((*expected, *found)):
        wanted = expected.get(name, "0")
        yield Row(f"standing {name}", wanted, str(found[name]), wanted == str(found[name]))


def _place(got: RemedyStatus) -> str:
    return got.why.value if got.why is not None else got.stage.value


def _fits(part: RemedyPart, got: RemedyStatus, plan: Plan | None) -> bool:
    """Return whether a remedy is as expected. A part without a refusal and a stage expects that it is not held back."""
    held = part.refused is None and part.stage is None and got.stage in _HELD
    return (
        not held
        and part.remedy in (None, got.remedy)
        and part.mode in (None, got.mode)
        and part.stage in (None, got.stage)
        and (part.refused is None or part.refused is got.why)
        and (isinstance(part.plan, UnsetType) or _planned(part.plan, plan))
    )


def _planned(part: PlanPart | None, plan: Plan | None) -> bool:
    if part is None or plan is None:
        return part is None and plan is None
    here = plan_of(plan.doing)
    return (
        part.from_ in (None, here.from_)
        and part.to in (None, here.to)
        and part.using in (None, here.using)
        and (part.parameters or {}).items() <= (here.parameters or {}).items()
        and (part.after is None or _numbers(part.after) == _numbers(here.after or {}))
        and (part.says is None or _contains(_whole(plan), part.says))
    )


def plan_of(doing: PlanAction) -> PlanPart:
    """Return what a plan would do, in the words of a test."""
    match doing:
        case RollBack():
            return PlanPart(from_=doing.from_config, to=doing.to_config)
        case ShiftTraffic():
            return PlanPart(from_=doing.away_from, after={name: f"{weight:g}" for name, weight in doing.after.items()})
        case Retrain() | Invoke():
            return PlanPart(using=doing.using, parameters=doing.parameters)


def _wanted(part: RemedyPart) -> str:
    plan = None if isinstance(part.plan, UnsetType) else part.plan
    return _words(part.remedy, part.mode, part.stage, part.refused, plan) or "one"


def _shown(got: RemedyStatus | None, plan: Plan | None) -> str:
    if got is None:
        return NONE
    why = got.why if got.stage in _HELD else None
    stage = None if got.stage is Stage.PROPOSED else got.stage
    return _words(got.remedy, got.mode, stage, why, None if plan is None else plan_of(plan.doing))


def _words(
    remedy: RemedyName | None, mode: Mode | None, stage: Stage | None, why: HoldReason | None, plan: PlanPart | None
) -> str:
    """Return `roll_back, approval, asked, churn-41 to churn-40`; for a held remedy `none (roll_back: cooldown)`."""
    if why is not None:
        return f"{NONE} ({remedy}: {why})" if remedy is not None else f"{NONE} ({why})"
    words = (remedy, mode, stage, None if plan is None else _change_of(plan))
    return ", ".join(str(word) for word in words if word)


def _change_of(plan: PlanPart) -> str:
    if plan.from_ and plan.to:
        return f"{plan.from_} to {plan.to}"
    if plan.after:
        return " ".join(f"{name}={weight}" for name, weight in plan.after.items())
    return (plan.to or plan.from_ or plan.using or "").rpartition(":")[2]


def _sentences(got: RemedyStatus | None, plan: Plan | None) -> str:
    said = "" if got is None else f"{got.says} {got.sentence}"
    return said if plan is None else f"{said} {_whole(plan)}"


def _whole(plan: Plan) -> str:
    return " ".join((plan.sentence, *plan.preconditions, *plan.notes))


def _contains(whole: str, text: str) -> bool:
    return " ".join(text.split()).lower() in " ".join(whole.split()).lower()


def _numbers(weights: Mapping[str, str]) -> dict[str, float]:
    return {name: float(weight) for name, weight in weights.items()}
