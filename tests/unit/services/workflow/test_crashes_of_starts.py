"""What a remedy starts is started once, whatever dies; and where nobody could know that, nobody starts it again."""

from datetime import timedelta

import pytest

from kedge.domain.errors import Transient
from kedge.domain.facts import ModelPackage
from kedge.domain.run import Verdict
from kedge.domain.stage import Stage
from tests.fakes.breaking import Crash
from tests.support.remediation import QUALITY, Affair
from tests.support.stages import OVER
from tests.support.stories import CHURN, policy_of, run

PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-retrain"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:mend-churn"
PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/7"
TRIES = 5
RULES = {
    "retrain": {"remedy": "retrain", "using": PIPELINE, "mode": "auto"},
    "invoke": {"remedy": "invoke", "using": FUNCTION, "mode": "auto"},
}


class Plot:
    """Something is started for an incident, and what comes of it is good."""

    def __init__(self, rule: str) -> None:
        self.affair = Affair(policy_of("test", remedies=(RULES[rule],), limits={"dry_run": False}))
        self.start = self.affair.trouble(deployed=rule != "retrain")

    def play(self) -> "Plot":
        affair = self.affair
        for _ in range(TRIES):
            try:
                affair.workflow_starter.run(self.start)
            except (Crash, Transient):
                continue
            break
        affair.wait(timedelta(minutes=10))
        for execution in affair.pipelines.started:
            affair.pipelines.found[PACKAGE] = ModelPackage(arn=PACKAGE, made_by=execution, created=affair.now)
        affair.now = affair.now.replace(hour=11, minute=15)
        affair.take(run("11:00", Verdict.CLEAN, monitor=QUALITY, source="churn-mq"))
        affair.wait(timedelta(hours=6))
        return self

    @property
    def end(self) -> dict[str, object]:
        affair, action = self.affair, self.affair.action(self.start.id)
        return {
            "stage": action.stage,
            "started": affair.pipelines.started,
            "package": action.package,
            "told": sorted(set(affair.heard)),
            "incident": affair.incident().remedy.stage,
            "awaiting": affair.ledger.awaiting((f"package/{PACKAGE}", f"endpoint/{CHURN}")),
        }


def played(rule: str, number: int | None, *, after: bool = False, error: type[Exception] = Crash) -> Plot:
    plot = Plot(rule)
    plot.affair.breaks.fail_at(number, after=after, error=lambda: error("it broke"))
    return plot.play()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Crash, Transient])
def test_a_pipeline_is_started_once_and_its_model_found_whatever_call_fails(error, after):
    usual = played("retrain", None)
    expected, calls = usual.end, list(usual.affair.breaks.calls)
    assert (expected["stage"], len(expected["started"]), expected["package"]) == (Stage.VERIFIED, 1, PACKAGE)
    wrong = {}
    for number, call in enumerate(calls):
        end = played("retrain", number, after=after, error=error).end
        if end != expected:
            wrong[f"{number} {call}"] = {name: end[name] for name in end if end[name] != expected[name]}
    assert wrong == {}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Crash, Transient])
def test_a_function_is_called_once_at_most_and_people_hear_what_came_of_it_whatever_call_fails(error, after):
    usual = played("invoke", None)
    assert (usual.end["stage"], usual.end["started"]) == (Stage.VERIFIED, [FUNCTION])
    wrong = {}
    for number, call in enumerate(list(usual.affair.breaks.calls)):
        end = played("invoke", number, after=after, error=error).end
        told = end["stage"] in OVER and end["incident"] is end["stage"] and end["awaiting"] == {}
        if len(end["started"]) > 1 or not told:
            wrong[f"{number} {call}"] = end
    assert wrong == {}
