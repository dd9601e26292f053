"""The story: what happens, and who must hear of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from workbench.demo import evidence
from workbench.demo.stage import CHURN, FRAUD, PRICES, RANKING, Stage


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One thing that happens. `mails` are the beginnings of the subjects that must come of it, and no others."""

    title: str
    play: Callable[[Stage], None]
    mails: tuple[str, ...] = ()
    quiet_because: str = ""


def _clean(stage: Stage) -> None:
    stage.run(CHURN, "DataQuality", "clean", evidence.NOTHING)


def _drift(stage: Stage) -> None:
    stage.an_hour_later()
    stage.run(CHURN, "DataQuality", "violated", evidence.drifted())


def _again(stage: Stage) -> None:
    stage.send_again(CHURN, "DataQuality", 3)


def _worse(stage: Stage) -> None:
    stage.run(CHURN, "ModelQuality", "violated", evidence.worse())


def _biased(stage: Stage) -> None:
    stage.run(CHURN, "ModelBias", "violated", evidence.biased())


def _dies(stage: Stage) -> None:
    stage.run(
        FRAUD, "DataQuality", "failed", failure_reason="AlgorithmError: java.lang.OutOfMemoryError, exit code: 255"
    )


def _slow(stage: Stage) -> None:
    stage.alarm("ALARM", _crossed("812000.0", "was greater than", "OK -> ALARM"))


def _fast(stage: Stage) -> None:
    stage.let_a_minute_pass(CHURN, "Alarm")
    stage.alarm("OK", _crossed("93000.0", "was not greater than", "ALARM -> OK"))


def _crossed(observed: str, how: str, change: str) -> str:
    """CloudWatch's sentence about the period before this one; its times have no zone and are UTC."""
    at = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%d/%m/%y %H:%M:00")
    return (
        f"Threshold Crossed: 1 out of the last 1 datapoints [{observed} ({at})] {how} the threshold (500000.0) "
        f"(minimum 1 datapoint for {change} transition)."
    )


def _well(stage: Stage) -> None:
    stage.an_hour_later()
    stage.run(CHURN, "DataQuality", "clean", evidence.NOTHING)


def _upstream(stage: Stage) -> None:
    for name in PRICES:
        stage.run(name, "DataQuality", "violated", evidence.upstream())
        stage.rest()  # or the third might be looked at before the second is known


def _silenced(stage: Stage) -> None:
    now = datetime.now(UTC)
    silence = {
        "id": "demo", "matchers": [f'endpoint="{RANKING}"'], "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=4)).isoformat(), "author": "oncall", "comment": "a new image is being tried",
    }  # fmt: skip
    stage.person("Silence Changed", silence=silence)
    stage.run(RANKING, "DataQuality", "violated", evidence.drifted())


def _acknowledged(stage: Stage) -> None:
    told = stage.last_told(CHURN, "ModelBias")
    stage.person(
        "Decision Made",
        incident=told["incident"], target=told["target"]["id"], monitor=told["monitor"], act="acknowledge", by="oncall",
    )  # fmt: skip
    stage.an_hour_later()
    stage.run(CHURN, "ModelBias", "violated", evidence.biased())


STORY: Final = (
    Scene(title="churn-prod: a clean data quality run", play=_clean, quiet_because="nothing is wrong"),
    Scene(
        title="churn-prod: 7 of 24 features leave their baseline",
        play=_drift,
        mails=("[CRITICAL] churn-prod: 7 of 24 features drifted",),
    ),
    Scene(title="SageMaker sends that event three times more", play=_again, quiet_because="it was heard before"),
    Scene(title="an alarm on churn-prod's latency goes off", play=_slow, mails=("[CRITICAL] churn-prod:",)),
    Scene(title="churn-prod: model quality falls (merge job first)", play=_worse, mails=("[CRITICAL] churn-prod:",)),
    Scene(title="fraud-prod: the monitor itself fails", play=_dies, mails=("[WARNING] fraud-prod:",)),
    Scene(
        title="one feature drifts on three price endpoints",
        play=_upstream,
        mails=("[WARNING] price-de:", "[WARNING] price-fr:", "[CRITICAL] "),
    ),
    Scene(
        title="ranking-prod drifts, and somebody has silenced it",
        play=_silenced,
        quiet_because="it is silenced for four hours",
    ),
    Scene(title="churn-prod: bias grows", play=_biased, mails=("[CRITICAL] churn-prod:",)),
    Scene(
        title="somebody acknowledges that; an hour later it is still so",
        play=_acknowledged,
        quiet_because="it is known, and somebody looks after it",
    ),
    Scene(title="a minute later the alarm goes back to OK", play=_fast, mails=("[RESOLVED] churn-prod:",)),
    Scene(
        title="churn-prod: the next data quality run is clean",
        play=_well,
        mails=("[RESOLVED] churn-prod:",),
    ),
)
