"""One monitoring execution and its result."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.domain.finding import Finding


class Monitor(StrEnum):
    """The kind of check, in SageMaker's own spelling of `MonitoringType`, and kinds that SageMaker lacks."""

    DATA_QUALITY = "DataQuality"
    MODEL_QUALITY = "ModelQuality"
    MODEL_BIAS = "ModelBias"
    MODEL_EXPLAINABILITY = "ModelExplainability"
    CUSTOM = "Custom"  # the team's own detector, known only by its report
    ALARM = "Alarm"
    FLEET = "Fleet"  # the common problem of many targets
    POLICY = "Policy"  # whether the team's rules can be read
    WATCH = "Watch"  # whether the target is monitored at all
    DRILL = "Drill"  # a test of routes and receivers: no model has a problem


class Verdict(StrEnum):
    """The result of a run or an alarm. A violation, a broken monitor and a blind one are different."""

    CLEAN = "clean"
    VIOLATED = "violated"
    FAILED = "failed"
    NO_DATA = "no_data"
    STOPPED = "stopped"
    INCONCLUSIVE = "inconclusive"  # too few records for a statement
    ALARM = "alarm"
    OK = "ok"
    INSUFFICIENT_DATA = "insufficient_data"


BAD: Final = frozenset({Verdict.VIOLATED, Verdict.FAILED, Verdict.NO_DATA, Verdict.STOPPED, Verdict.ALARM})
"""The verdicts that require attention."""

FAULTS: Final = frozenset({Verdict.FAILED, Verdict.NO_DATA, Verdict.STOPPED})
"""The verdicts of a monitor that measured nothing."""


class Reading(StrEnum):
    """Whether the report behind a verdict could be read."""

    READ = "read"
    ABSENT = "absent"  # there is no file
    UNREADABLE = "unreadable"  # there is one, and `why` names its fault and the place


class Measure(Struct, frozen=True, gc=False, array_like=True, omit_defaults=True):
    """A statistic that a run measured, under its name, and the limit that it was compared with, if that is known."""

    name: str
    value: float
    limit: float | None = None


class Evidence(Struct, frozen=True, kw_only=True):
    """The content of a run's report, as far as it could be read.

    `findings` is empty unless `reading` is READ. `records` and `features` count the rows and columns of the analysed
    window (from statistics.json), None if they are unknown. `measures` are the statistics of the run, within and beyond
    their limits. `estimate` says in a sentence how good the model probably still is, if that was estimated.
    `is_promised` says that the verdict keeps a promise about false pages: it allows for the number of records.
    """

    reading: Reading
    findings: tuple[Finding, ...] = ()
    uri: str | None = None
    why: str | None = None
    records: int | None = None
    features: int | None = None
    measures: tuple[Measure, ...] = ()
    estimate: str = ""
    is_promised: bool = False


class MissedRuns(Struct, frozen=True, kw_only=True):
    """The runs that were due and did not begin. `is_last` says that no other run will be due."""

    count: int
    is_last: bool = False


class Window(Struct, frozen=True, order=True):
    """The span of captured data that a run analysed, UTC."""

    start: datetime
    end: datetime


class MeasuredRun(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run that an authority confirms, or a change of an alarm, with its numbers.

    `start` and `at` are the ends of its window (UTC), the same moment for an alarm. `values` holds statistics under
    their names, never a captured value.
    """

    source: str
    at: datetime
    start: datetime
    verdict: Verdict
    records: int | None = None
    values: tuple[Measure, ...] = ()

    def value_of(self, name: str) -> Measure | None:
        """Return the statistic of a name; None if the run did not measure it."""
        return next((each for each in self.values if each.name == name), None)
