"""The story of search-prod: a slow challenger, which loses the traffic automatically."""

from collections.abc import Iterator
from typing import Final

from kedge.domain.run import Monitor
from workbench.demo.cast import CHALLENGER, SEARCH
from workbench.demo.scene import Scene
from workbench.demo.stage import Stage


def _slow(stage: Stage) -> None:
    stage.alarm(SEARCH, 904_000)
    stage.until("another share of traffic", lambda: _weight(stage) == 0)


def _fast(stage: Stage) -> None:
    stage.alarm(SEARCH, 93_000)
    stage.until("a verification", lambda: stage.is_over(SEARCH, Monitor.ALARM))


def _weight(stage: Stage) -> float:
    told = stage.sagemaker.describe_endpoint(EndpointName=SEARCH)["ProductionVariants"]
    return sum(float(each["CurrentWeight"]) for each in told if each["VariantName"] == CHALLENGER)


def _still_asked(stage: Stage) -> Iterator[str]:
    if _weight(stage):
        yield f"{CHALLENGER} of {SEARCH} still has the weight {_weight(stage):g}"


SCENES: Final = (
    Scene(
        title=f"{SEARCH}: the challenger's latency alarm fires",
        play=_slow,
        mails=(
            f"[CRITICAL] {SEARCH}: alarm",
            f"[CRITICAL] {SEARCH}: started to take traffic away from {CHALLENGER}",
        ),
        about=(SEARCH, Monitor.ALARM),
        remedy="shift_traffic acted",
        wrong=_still_asked,
    ),
    Scene(
        title="the alarm goes back to OK",
        play=_fast,
        mails=(f"[RESOLVED] {SEARCH}: alarm",),
        about=(SEARCH, Monitor.ALARM),
        remedy="shift_traffic verified",
        wrong=_still_asked,
    ),
)
