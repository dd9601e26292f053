"""A small fleet and its people, for a machine of random events: facts, policies, and a model of the truth."""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from kedge.domain.finding import Check, Finding
from kedge.domain.incident import Incident
from kedge.domain.run import BAD, Evidence, Monitor, Reading, Verdict, Window
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.compiled import Policy
from tests.support.stories import BY_EVENT, BY_SAGEMAKER, CHURN, policy_of

TARGETS = tuple(msgspec.structs.replace(CHURN, name=name) for name in ("churn", "fraud", "search"))
MONITORS = (Monitor.DATA_QUALITY, Monitor.MODEL_QUALITY)
HOUR = timedelta(hours=1)


class Rules(NamedTuple):
    """A policy, and the model's own knowledge of it.

    `receivers` are those of an endpoint. `quick` is the maximum duration of everything without a silence or mute.
    `plain` says that the newest statement of each source decides what is open. `inhibits` says that an alarm inhibits
    the other incidents of its endpoint.
    """

    name: str
    policy: Policy
    receivers: dict[str, tuple[str, ...]]
    quick: timedelta = timedelta(minutes=20)
    plain: bool = True
    inhibits: bool = False


_ONE = {target.name: ("ml-oncall",) for target in TARGETS}
_ALONE: dict[str, object] = {"upstream": None, "overdue": None, "flapping": None, "reopen_within": "30m"}
_TWO = [
    {"name": "ml-oncall", "limit": {"messages": 2, "per": "5m"}},
    {"name": "fraud-team", "limit": {"messages": 1, "per": "3m"}},
]
_FORK = {
    "receiver": "ml-oncall",
    "repeat_interval": "2h",
    "routes": [{"matchers": ["endpoint=fraud"], "receiver": "fraud-team", "continue": True}, {"receiver": "ml-oncall"}],
}
_BOTH = _ONE | {"fraud": ("fraud-team", "ml-oncall")}
_INHIBITION = {"source_matchers": ["monitor=Alarm"], "target_matchers": ["monitor!=Alarm"], "equal": ["endpoint"]}
_EVENING = {"name": "evening", "time_intervals": [{"times": [{"start_time": "21:00", "end_time": "22:30"}]}]}


def rules() -> tuple[Rules, ...]:
    """Return the policies that the machine chooses from."""
    return (
        Rules("the default", policy_of(), _ONE, quick=timedelta(hours=4), plain=False),
        Rules(
            "two targets are a fleet",
            policy_of(evidence=_ALONE | {"upstream": {"targets": 2, "within": "1h"}}),
            _ONE,
            quick=timedelta(hours=2),
        ),
        Rules("two teams that bear little", policy_of(evidence=_ALONE, receivers=_TWO, route=_FORK), _BOTH),
        Rules(
            "groups that wait",
            policy_of(
                evidence=_ALONE,
                receivers=_TWO,
                route=_FORK | {"group_by": ["endpoint"], "group_wait": "2m", "group_interval": "7m"},
            ),
            _BOTH,
        ),
        Rules(
            "an alarm keeps the rest quiet",
            policy_of(evidence=_ALONE, receivers=_TWO, route=_FORK, inhibit_rules=[_INHIBITION]),
            _BOTH,
            inhibits=True,
        ),
        Rules(
            "nobody is told in the evening",
            policy_of(
                evidence=_ALONE,
                route={"receiver": "ml-oncall", "mute_time_intervals": ["evening"]},
                mute_time_intervals=[_EVENING],
            ),
            _ONE,
            quick=timedelta(hours=3),
        ),
        Rules(
            "once is not enough",
            policy_of(evidence=_ALONE | {"persistence": [{"runs": 2, "of": 3}], "flapping": {"calm": "1h"}}),
            _ONE,
            quick=timedelta(hours=2),
            plain=False,
        ),
    )


def run(name: str, monitor: Monitor, source: str, verdict: Verdict, features: int, at: datetime) -> RunFinished:
    """Return a run that ended at a moment, which is part of its id."""
    target = next(target for target in TARGETS if target.name == name)
    said = "Baseline drift distance: 0.41 exceeds threshold: 0.1"
    findings = tuple(Finding(check=Check.DRIFT, feature=f"f{number}", said=said) for number in range(features))
    return RunFinished(
        id=f"{name}/{monitor}/{source}/{at:%d-%H%M%S}",
        at=at,
        target=target,
        monitor=monitor,
        source=f"{name}-{monitor}-{source}",
        verdict=verdict,
        finished=at,
        evidence=Evidence(
            reading=Reading.READ, findings=findings if verdict is Verdict.VIOLATED else (), records=4_000, features=24
        ),
        window=Window(at - HOUR, at),
        job=f"arn:{name}/{source}/{at:%d-%H%M%S}",
        provenance=BY_SAGEMAKER,
    )


def alarm(name: str, what: str, verdict: Verdict, at: datetime) -> AlarmChanged:
    """Return an alarm of an endpoint that changed its state at a moment."""
    target = next(target for target in TARGETS if target.name == name)
    return AlarmChanged(
        id=f"{name}/{what}/{at:%d-%H%M%S}",
        at=at,
        target=target,
        alarm=f"{name}-{what}",
        verdict=verdict,
        provenance=BY_EVENT,
    )


def source_of(signal: RunFinished | AlarmChanged) -> str:
    """Return the schedule or alarm that sends the signal."""
    return signal.source if isinstance(signal, RunFinished) else signal.alarm


def turned(signal: RunFinished | AlarmChanged, features: int, at: datetime) -> RunFinished | AlarmChanged:
    """Return the next signal of a source, with the opposite verdict."""
    if isinstance(signal, AlarmChanged):
        verdict = Verdict.OK if signal.verdict is Verdict.ALARM else Verdict.ALARM
        return alarm(signal.target.name, signal.alarm.removeprefix(f"{signal.target.name}-"), verdict, at)
    verdict = Verdict.CLEAN if signal.verdict in BAD else Verdict.VIOLATED
    return run(signal.target.name, signal.monitor, signal.source[-1], verdict, features, at)


class Truth:
    """The truth, simplified: the newest statement of each source counts, and a person may resolve it."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, Monitor, str], datetime] = {}
        self._bad: set[tuple[str, Monitor, str]] = set()

    def hears(self, signal: RunFinished | AlarmChanged) -> None:
        """Record a signal that was taken in, at any time."""
        monitor = signal.monitor if isinstance(signal, RunFinished) else Monitor.ALARM
        key = (signal.target.name, monitor, source_of(signal))
        if signal.verdict is Verdict.INSUFFICIENT_DATA:
            return
        known = self._newest.get(key)
        if known is not None and signal.at <= known:
            return
        self._newest[key] = signal.at
        (self._bad.add if signal.verdict in BAD else self._bad.discard)(key)

    def resolves(self, incident: Incident) -> None:
        """Record that a person resolved an incident."""
        self._bad = {key for key in self._bad if key[:2] != (incident.target.name, incident.monitor)}

    @property
    def wrong(self) -> set[tuple[str, Monitor]]:
        """Return every problem, as target and monitor."""
        return {key[:2] for key in self._bad}
