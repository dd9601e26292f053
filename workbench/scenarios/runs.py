"""Turns series into runs: several series of one monitor at one moment are one run with several findings."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.decide.measurements import name_of
from kedge.domain.finding import Check, Finding, side_of
from kedge.domain.report_sentence import Breach
from kedge.domain.run import Evidence, Measure, Monitor, Reading, Verdict, Window
from kedge.domain.signal import RunFinished
from kedge.domain.target import TargetKind
from kedge.policy.durations import parse_duration
from workbench.scenarios.document import Input
from workbench.scenarios.endpoints import Endpoints
from workbench.scenarios.entry_points import By, reaching
from workbench.scenarios.notation import Sample, Word, samples
from workbench.scenarios.situation import Place, Situation, placed, spread

_CHECKS: Final = {
    Monitor.MODEL_QUALITY: Check.BELOW,
    Monitor.MODEL_BIAS: Check.BIAS_DRIFT,
    Monitor.MODEL_EXPLAINABILITY: Check.ATTRIBUTION_DRIFT,
}
"""The default check of a series, by monitor."""

_FAULTS: Final = {Word.FAILED: Verdict.FAILED, Word.NO_DATA: Verdict.NO_DATA, Word.STOPPED: Verdict.STOPPED}
_FEW: Final = 1
_WORDS: Final = {
    Monitor.DATA_QUALITY: "data-quality",
    Monitor.MODEL_QUALITY: "model-quality",
    Monitor.MODEL_BIAS: "model-bias",
    Monitor.MODEL_EXPLAINABILITY: "model-explainability",
    Monitor.CUSTOM: "detector",
}


class _Drawn(Struct, kw_only=True):
    """A run that is not complete yet."""

    place: Place
    monitor: Monitor
    source: str
    span: timedelta
    late: timedelta
    by: By | None = None
    verdict: Verdict = Verdict.CLEAN
    findings: list[Finding] = []
    measures: list[Measure] = []
    records: int | None = None
    features: int | None = None


def runs_of(situation: Situation) -> Iterator[tuple[datetime, RunFinished]]:
    """Yield the runs of all series of a test with their times of arrival, in the order of the series."""
    drawn: dict[tuple[datetime, str, Monitor, str, By | None], _Drawn] = {}
    for given in situation.input:
        if given.values is not None:
            _draw(situation, given, given.values, drawn)
    for number, ((at, *_), run) in enumerate(drawn.items()):
        yield at + run.late, _run(run, at, number)


def captured(endpoints: Endpoints, run: RunFinished) -> RunFinished:
    """Return a run with the records that its endpoint captures: a share of them, if the test says so."""
    share = endpoints.captured(run.target.name) if run.target.kind is TargetKind.ENDPOINT else None
    records = run.evidence.records
    if share is None or records is None:
        return run
    evidence = msgspec.structs.replace(run.evidence, records=int(records * share))
    return msgspec.structs.replace(run, evidence=evidence)


def source_of(place: Place, monitor: Monitor, given: Input) -> str:
    """Return the schedule that runs."""
    if given.schedule is not None or place.target.kind is TargetKind.SCHEDULE:
        return given.schedule or place.target.name
    return f"{place.target.name}-{_WORDS[monitor]}"


def _draw(
    situation: Situation, given: Input, values: str, drawn: dict[tuple[datetime, str, Monitor, str, By | None], _Drawn]
) -> None:
    monitor = given.monitor or Monitor.CUSTOM
    interval = parse_duration(given.interval) if given.interval is not None else situation.interval
    late = parse_duration(given.late) if given.late is not None else timedelta()
    first = situation.start + (parse_duration(given.at) if given.at is not None else timedelta())
    for place in spread(placed(given.target, situation.place)):
        source = source_of(place, monitor, given)
        for number, sample in enumerate(samples(values)):
            if sample is not Word.MISSING:
                at = first + number * interval
                new = _Drawn(
                    place=place,
                    monitor=monitor,
                    source=source,
                    span=interval,
                    late=late,
                    by=given.by,
                    findings=[],
                    measures=[],
                )
                _add(drawn.setdefault((at, str(place.target), monitor, source, given.by), new), given, sample)


def _add(run: _Drawn, given: Input, sample: Sample) -> None:
    run.records = _FEW if sample is Word.FEW else given.records if run.records is None else run.records
    run.features = run.features or given.features
    if isinstance(sample, Word) and sample in _FAULTS:
        run.verdict = _FAULTS[sample]
        return
    check = given.check or _CHECKS.get(run.monitor, Check.DRIFT)
    names = given.feature if isinstance(given.feature, tuple) else (given.feature,)
    observed = sample if isinstance(sample, float) else None
    found = [
        Finding(
            check=check,
            feature=name,
            metric=given.metric,
            facet=given.facet,
            measured=observed,
            allowed=given.limit,
        )
        for name in names
    ]
    if observed is not None:
        run.measures += [Measure(name_of(each), observed, given.limit) for each in found]
    if sample is Word.CLEAN or (observed is not None and not _broken(observed, given.limit or 0.0, check)):
        return
    run.verdict = Verdict.VIOLATED if run.verdict is Verdict.CLEAN else run.verdict
    run.findings += found


def _broken(observed: float, limit: float, check: str) -> bool:
    return observed < limit if side_of(check) is Breach.BELOW else observed > limit


def _run(run: _Drawn, at: datetime, number: int) -> RunFinished:
    target = run.place.target
    measured = run.verdict in (Verdict.CLEAN, Verdict.VIOLATED)
    evidence = Evidence(
        reading=Reading.READ if measured else Reading.ABSENT, records=run.records, features=run.features
    )
    if measured:
        evidence = msgspec.structs.replace(evidence, findings=tuple(run.findings), measures=tuple(run.measures))
    job = f"arn:aws:sagemaker:{target.region}:{target.account}:processing-job/{run.source}-{number}"
    told = RunFinished(
        id=f"processing-job/{job}",
        at=at,
        target=target,
        tags=run.place.tags,
        monitor=run.monitor,
        source=run.source,
        verdict=run.verdict,
        finished=at + run.late,
        evidence=evidence,
        window=Window(at - run.span, at),
        job=job,
    )
    return reaching(told, run.by)
