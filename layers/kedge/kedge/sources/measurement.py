"""Reads the result of one of Kedge's own measurements: the function `monitor` measured a window.

The function is the only identity that may write to the signals queue, so a message of the queue is its own statement. A
direct caller can send the same shape, and then no authority confirms it.
"""

from typing import Final

import msgspec

from kedge.domain.errors import MalformedSignal
from kedge.domain.run import Evidence, Measure, Reading, Verdict, Window
from kedge.domain.signal import RunFinished
from kedge.ports.readers import Objects
from kedge.reports.evidence import parse_inline, read_evidence
from kedge.sources import run_identity
from kedge.sources.event_header import Event
from kedge.sources.json_path import JsonValue, finite
from kedge.sources.run_identity import target_of
from kedge.sources.timestamps import moment

SOURCE: Final = "kedge.monitor"
DETAIL_TYPE: Final = "Kedge Monitoring Run Finished"

_VERDICTS: Final = {
    str(verdict): verdict
    for verdict in (Verdict.CLEAN, Verdict.VIOLATED, Verdict.NO_DATA, Verdict.INCONCLUSIVE, Verdict.FAILED)
}
_MOST_MEASURES: Final = 200


def read_measurement(event: Event, objects: Objects) -> RunFinished:
    """Return the run of a `Kedge Monitoring Run Finished` event.

    The event brings the violations itself. If they were too many for a message, it names only their file, and the file
    is read. It also raises the errors of the ports.

    Raises:
        MalformedSignal: a needed field is missing or wrong.
    """
    detail = event.detail
    monitor = detail.need("monitor", "the name of the monitor")
    verdict = _VERDICTS.get(detail.need("verdict", "the verdict"))
    if verdict is None:
        raise detail.at("verdict").fault(f"must be one of {', '.join(sorted(_VERDICTS))}")
    word = detail.need("monitoringType", "the monitoring type")
    kind = run_identity.from_word(word)
    if kind is None:
        raise detail.at("monitoringType").fault("must be a MonitoringType of SageMaker, such as DataQuality")
    span = _window(detail.at("window"))
    target = target_of(event.account, event.region, detail.text("endpoint"), monitor)
    revision = detail.text("revision") or "1"
    return RunFinished(
        id=f"measurement/{event.account}/{event.region}/{monitor}/{kind}/{span.end.isoformat()}/{revision}",
        at=span.end,
        target=target,
        provenance=event.arrival.measured(f"measurement of {monitor}"),
        monitor=kind,
        source=monitor,
        verdict=verdict,
        finished=event.at,
        evidence=_evidence(detail, objects),
        window=span,
        said=detail.text("message"),
    )


def _window(place: JsonValue) -> Window:
    start, end = (moment(place.at(name).value) for name in ("start", "end"))
    if start is None or end is None or start >= end:
        raise _no_window(place)
    return Window(start, end)


def _no_window(place: JsonValue) -> MalformedSignal:
    return place.fault("must hold start and end in ISO 8601, such as 2026-11-20T10:00:00Z, and start before end")


def _evidence(detail: JsonValue, objects: Objects) -> Evidence:
    uri = detail.text("report")
    violations = detail.at("violations")
    if isinstance(violations.value, list):
        evidence = msgspec.structs.replace(parse_inline(violations.value), uri=uri)
    elif uri:
        evidence = read_evidence(objects, uri)
    else:
        evidence = Evidence(reading=Reading.ABSENT, why="the measurement wrote no report")
    return msgspec.structs.replace(
        evidence,
        records=_count(detail.at("records")),
        features=_count(detail.at("features")),
        measures=tuple(_measures(detail.at("measures"))),
        estimate=detail.text("estimate") or "",
        is_promised=detail.at("promised").value is True,
    )


def _count(place: JsonValue) -> int | None:
    number = finite(place.value)
    return int(number) if number is not None and number >= 0 else None


def _measures(place: JsonValue) -> list[Measure]:
    found = []
    for each in list(place.each())[:_MOST_MEASURES]:
        name, value = each.text("name"), each.number("value")
        if name is not None and value is not None:
            found.append(Measure(name=name, value=value, limit=each.number("limit")))
    return found
