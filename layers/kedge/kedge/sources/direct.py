"""Reads a detector's own call: `{"monitoringScheduleName", "endpointName", "violationReport", "timestamp"}`."""

from datetime import datetime

from kedge.domain.ids import stamp
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.run import Evidence, Reading, Verdict
from kedge.domain.signal import RunFinished
from kedge.ports.readers import Monitors, Objects
from kedge.reports.evidence import monitor_of, parse_inline, read_evidence
from kedge.sources import run_identity
from kedge.sources.event_header import Home, SignalOrigin, account_in, first_arn, is_of, region_in
from kedge.sources.json_path import JsonValue
from kedge.sources.run_identity import target_of, verdict_by
from kedge.sources.schedule import schedule_if_known
from kedge.sources.timestamps import moment


def read_request(
    root: JsonValue, monitors: Monitors, objects: Objects, home: Home, received: datetime, arrival: SignalOrigin
) -> RunFinished:
    """Return the run that a detector reports by itself.

    `arrival` says which detector it is, if the operator named it and it proved its identity. `violationReport` is an S3
    URI (of the file or its folder), the report itself (an object, or its list of violations), or its JSON text. A call
    without a report, or with an unreadable one, is still a signal: violated. The default of `timestamp` is now.

    It also raises the errors of the ports.

    Raises:
        MalformedSignal: neither a schedule nor an endpoint is named, or the time is invalid.
    """
    schedule, endpoint = root.text("monitoringScheduleName"), root.text("endpointName")
    source = schedule or endpoint
    if source is None:
        raise root.at("monitoringScheduleName").fault("must hold a name; neither it nor endpointName does")
    at = received
    if root.has("timestamp"):
        told = moment(root.at("timestamp").value)
        if told is None:
            raise root.at("timestamp").fault("must be ISO 8601 (2026-11-20T10:00:00Z) or epoch milliseconds")
        at = told
    evidence = _evidence(root.at("violationReport"), objects)
    word = root.text("monitoringType")
    known = schedule_if_known(monitors, schedule) if schedule and not (word and endpoint) else None
    own = first_arn(known.arn) if known else None
    account = account_in(root.get("account")) or (own.account if own else home.account)
    region = region_in(root.get("region")) or (own.region if own else home.region)
    if known is not None and is_of(known.arn, account, region):
        source, endpoint, word = known.name, endpoint or known.endpoint, word or known.monitoring_type
    return RunFinished(
        id=f"run/{source}/{stamp(at)}",
        at=at,
        target=target_of(account, region, endpoint, source),
        monitor=run_identity.first_known((run_identity.from_word(word), monitor_of(evidence.findings))),
        source=source,
        verdict=verdict_by(evidence, absent=Verdict.VIOLATED),
        finished=at,
        evidence=evidence,
        provenance=_provenance(root.at("violationReport"), arrival),
    )


def _provenance(report: JsonValue, arrival: SignalOrigin) -> Provenance:
    """Return which authority confirms a call.

    A detector's signature covers the content of the call, but not a file that the call only names.
    """
    if not arrival.detector:
        return arrival.unvouched("a detector's call")
    if _points_at(report):
        return arrival.unvouched(f"a file that {arrival.detector} points at")
    return Provenance(entry_point=arrival.entry_point, voucher=Voucher.DETECTOR, says=arrival.detector)


def _points_at(report: JsonValue) -> bool:
    """Return whether a report is an S3 URI instead of the report itself."""
    text = report.value
    return isinstance(text, str) and text != "" and not text.lstrip("\ufeff \t\r\n").startswith(("{", "["))


def _evidence(report: JsonValue, objects: Objects) -> Evidence:
    match report.value:
        case None | "":
            return Evidence(reading=Reading.ABSENT, why="the call brought no violationReport")
        case str() as uri if _points_at(report):
            return read_evidence(objects, uri.strip())
        case str() | dict() | list() as inline:
            return parse_inline(inline)
        case _:
            raise report.fault(f"must be an S3 URI, a report or its JSON text, not {report.kind}")
