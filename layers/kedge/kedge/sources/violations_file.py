"""A violations file came to lie in S3, from SageMaker or from any detector that writes in its shape."""

import re
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from kedge.domain.run import Reading, Verdict, Window
from kedge.domain.signal import Ignored, RunFinished
from kedge.errors import NotYet
from kedge.ports import Monitors, Objects
from kedge.reports.evidence import monitor_of, read_evidence
from kedge.reports.location import NAMES
from kedge.sources import monitor_type, window
from kedge.sources.origin import Event
from kedge.sources.run_identity import target_of
from kedge.sources.schedule import schedule_if_known
from kedge.sources.verdict import verdict_by

_HOUR: Final = timedelta(hours=1)
_DATED: Final = re.compile(r"(?P<before>.*?)/?(?P<hour>/\d{4}/\d\d/\d\d/\d\d)/[^/]+", re.ASCII | re.DOTALL)


class _Owner(NamedTuple):
    schedule: str
    endpoint: str | None = None
    monitoring_type: str | None = None
    running: bool = False
    clean: bool = False
    scheduled: datetime | None = None

    def may_write(self, span: Window | None) -> bool:
        """Whether a run that goes on may still write into the folder of a span: one of that hour, or of an unknown one.

        A schedule whose runs fill the hour is never at rest; what an earlier run has left must not wait for that.
        """
        return self.running and (self.scheduled is None or span is None or self._ran(span))

    def calls_clean(self, span: Window | None) -> bool:
        """Whether SageMaker says that the run of a span found nothing."""
        return self.clean and span is not None and self._ran(span)

    def _ran(self, span: Window) -> bool:
        return self.scheduled is not None and span.end <= self.scheduled < span.end + _HOUR


def read_violations_file(event: Event, monitors: Monitors, objects: Objects) -> RunFinished | Ignored:
    """The run whose report an S3 `Object Created` event tells of; other objects are of no concern.

    EventBridge writes the key as it is, unlike S3's own notifications. Costs a call where the key may name a schedule.
    Raises MalformedSignal where bucket or key is missing, NotYet while the run that writes it goes on (its files are uploaded
    as they come), and what the ports raise.
    """
    bucket = event.detail.at("bucket").need("name", "the bucket's name")
    detail = event.detail.at("object")
    key = detail.at("key").value
    if not isinstance(key, str) or not key:
        raise detail.at("key").fault(f"must hold the object's key, not {detail.at('key').kind}")
    if key.rpartition("/")[2] not in NAMES:
        return Ignored.UNKNOWN_SOURCE
    owner = _owner(bucket, key, monitors)
    span = window.from_prefix(f"/{key.rpartition('/')[0]}") if _DATED.fullmatch(f"/{key}") else None
    if owner.may_write(span):
        # The files of a run come one by one: without statistics.json nobody knows on how many records a verdict stands.
        raise NotYet(f"{owner.schedule} is still writing its report")
    evidence = read_evidence(objects, f"s3://{bucket}/{key}")
    edition = detail.text("version-id", "etag", "sequencer") or event.at.isoformat()
    return RunFinished(
        id=f"report/{bucket}/{key}/{edition}",
        at=span.end if span else event.at,
        target=target_of(event.account, event.region, owner.endpoint, owner.schedule),
        monitor=monitor_type.first_known(
            (monitor_type.from_word(owner.monitoring_type), monitor_of(evidence.findings))
        ),
        source=owner.schedule,
        # A clean run leaves a file, too. Where it cannot be read, SageMaker's word is better than the worst that it may hold:
        # the job will say the same, and people would be called and called off every hour.
        verdict=Verdict.CLEAN
        if evidence.reading is not Reading.READ and owner.calls_clean(span)
        else verdict_by(evidence, absent=Verdict.VIOLATED),
        finished=event.at,
        evidence=evidence,
        window=span,
    )


def _owner(bucket: str, key: str, monitors: Monitors) -> _Owner:
    """Endpoint and schedule that a key names: `…/<endpoint>/<schedule>/YYYY/MM/DD/HH/<file>`, or without an endpoint.

    The two cannot be told apart by shape, so SageMaker is asked who the schedule is. Of one that it does not know, two
    folders are taken as endpoint and schedule.
    """
    dated = _DATED.fullmatch(f"/{key}")
    before = dated["before"] if dated else key.rpartition("/")[0]
    folders = [folder for folder in before.split("/") if folder]
    if not folders:
        return _Owner(bucket)
    if dated is None:
        return _Owner(folders[-1])
    known = schedule_if_known(monitors, folders[-1])
    if known is not None:
        return _Owner(known.name, known.endpoint, known.monitoring_type, known.running, known.clean, known.scheduled)
    return _Owner(folders[-1], folders[-2] if len(folders) > 1 else None)
