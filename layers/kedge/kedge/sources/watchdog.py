"""Reads the result of the watchdog for one target: the function `watch` checked how the target is monitored.

Only the functions of the stack may write to the signals queue, so a message of the queue is its own statement. A direct
caller can send the same shape, and then no authority confirms it.
"""

from typing import Final

from kedge.domain.finding import FAULT_CHECKS, Finding
from kedge.domain.ids import stamp
from kedge.domain.run import Evidence, Monitor, Reading, Verdict
from kedge.domain.signal import RunFinished
from kedge.domain.target import Target, TargetKind
from kedge.sources.event_header import Event
from kedge.sources.json_path import JsonValue

DETAIL_TYPE: Final = "Kedge Watchdog Finished"
WATCHDOG: Final = "watchdog"
"""The source of all faults of monitoring."""

_KINDS: Final = {str(kind): kind for kind in (TargetKind.ENDPOINT, TargetKind.ACCOUNT)}
_MOST_FAULTS: Final = 500


def read_watchdog(event: Event) -> RunFinished:
    """Return the run of the watchdog for one target: violated with a finding for each fault, or clean.

    Raises:
        MalformedSignal: a needed field is missing or wrong.
    """
    detail = event.detail
    kind = _KINDS.get(detail.need("kind", "the kind of the target"))
    if kind is None:
        raise detail.at("kind").fault(f"must be one of {', '.join(sorted(_KINDS))}")
    name = detail.need("name", "the name of the target")
    target = Target(account=event.account, region=event.region, kind=kind, name=name)
    findings = tuple(_finding(each) for each in list(detail.at("faults").each())[:_MOST_FAULTS])
    return RunFinished(
        id=f"watch/{target}/{stamp(event.at)}",
        at=event.at,
        target=target,
        provenance=event.arrival.measured(f"watchdog of {event.account} in {event.region}"),
        monitor=Monitor.WATCH,
        source=WATCHDOG,
        verdict=Verdict.VIOLATED if findings else Verdict.CLEAN,
        finished=event.at,
        evidence=Evidence(reading=Reading.READ, findings=findings),
    )


def _finding(place: JsonValue) -> Finding:
    check = place.need("check", "the name of the check")
    if check not in FAULT_CHECKS:
        raise place.at("check").fault("must be a check of monitoring itself")
    evidence = place.need("evidence", "the evidence in one sentence")
    return Finding(
        check=check,
        said=f"{evidence}\n{place.text('fix') or ''}",
        metric=place.need("subject", "the faulty resource"),
        measured=place.number("measured"),
    )
