"""Runs the checks of the watchdog once an hour, and sends each changed result as a signal.

A target without a fault, and without one before, costs no signal. An unchanged fault is sent again once a day: the
incident may have been resolved by hand. The digest of unwatched endpoints is sent once in 7 days.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.errors import Transient
from kedge.domain.ids import mark, stamp
from kedge.domain.target import Target, TargetKind
from kedge.ports.readers import Queue
from kedge.ports.storage import StoredDocument
from kedge.services.watch.monitoring import MonitoringReader, ReadAccount
from kedge.services.watch.progress import PassResult
from kedge.sources.event_header import Home
from kedge.sources.watchdog import DETAIL_TYPE
from kedge.sources.watched import SOURCE
from kedge.watchdog.checks import faults_of_account, faults_of_batch, faults_of_endpoint, unwatched_endpoints
from kedge.watchdog.fault import WatchFault

AGAIN: Final = timedelta(days=1)
"""The time after which an unchanged fault is sent again."""

WEEK: Final = timedelta(days=7)

ACCOUNT: Final = "monitoring"
"""The name of the target for faults that belong to no endpoint."""

UNWATCHED: Final = "unwatched-endpoints"
"""The name of the target of the weekly digest."""

_MOST_FAULTS: Final = 500


class SentResult(Struct, frozen=True, array_like=True):
    """The result of a target that was sent last: the mark of its faults, and when."""

    faults: str
    at: datetime


class WatchdogState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The memory of a pass for the next one: its hour, the last digest, and the targets with faults."""

    hour: datetime | None = None
    digest: datetime | None = None
    faulty: dict[str, SentResult] = {}


class Watchdog:
    """Finds the faults of monitoring in an account and Region."""

    def __init__(
        self, reader: MonitoringReader, queue: Queue, stored: StoredDocument, home: Home, clock: Callable[[], datetime]
    ) -> None:
        """Connect the parts. `stored` keeps the state between the passes."""
        self._reader = reader
        self._queue = queue
        self._stored = stored
        self._home = home
        self._clock = clock

    def look(self, is_time_left: Callable[[], bool], done: PassResult) -> None:
        """Run the checks, if none ran in this hour. It adds the facts that it could not read to `done.unread`.

        Raises:
            Conflict: another pass ended at the same time.
            Transient, Permanent: the state cannot be read or stored, or the queue does not accept the signals.
        """
        now = self._clock()
        hour = now.replace(minute=0, second=0, microsecond=0)
        text, over = self._stored.load()
        before = _state(text)
        if before.hour == hour:
            return
        read = self._reader.read(now, is_time_left)
        done.unread += read.failed
        results = dict(_results(read, self._home, now))
        digest = before.digest
        if (found := results.get(_target(self._home, UNWATCHED))) and not _is_due(before, now):
            results.pop(_target(self._home, UNWATCHED))
        elif found:
            digest = now
        kept = {} if read.is_complete else _unread(before, results)
        gone = {Target.parse(name) for name in before.faulty} - results.keys() - _unknown(read, self._home)
        if read.is_complete:
            results |= {target: () for target in gone if target.name != UNWATCHED}
        news = {target: faults for target, faults in results.items() if _is_news(before, target, faults, now)}
        bodies = {str(target): _event(target, faults, self._home, now) for target, faults in news.items()}
        if bodies and (refused := self._queue.send(bodies)):
            raise Transient(f"the signals queue accepted {len(bodies) - len(refused)} of {len(bodies)} messages")
        done.sent += len(bodies)
        faulty = {name: each for name, each in before.faulty.items() if Target.parse(name) not in news} | kept
        faulty |= {str(target): SentResult(_mark(faults), now) for target, faults in news.items() if faults}
        after = WatchdogState(hour=hour, digest=digest, faulty=faulty)
        self._stored.keep(msgspec.json.encode(after).decode(), over)


def _results(read: ReadAccount, home: Home, now: datetime) -> Iterator[tuple[Target, tuple[WatchFault, ...]]]:
    """Yield the faults of each target that could be read."""
    account = read.account
    for watched in account.endpoints:
        yield _target(home, watched.endpoint.name, TargetKind.ENDPOINT), faults_of_endpoint(watched, now)
    faults = (
        *faults_of_account(account, now),
        *(each for batch in account.batch for each in faults_of_batch(batch, now)),
    )
    if read.is_complete or faults:
        yield _target(home, ACCOUNT), faults
    if read.is_complete:
        yield _target(home, UNWATCHED), unwatched_endpoints(account, now)


def _is_news(before: WatchdogState, target: Target, faults: tuple[WatchFault, ...], now: datetime) -> bool:
    known = before.faulty.get(str(target))
    if not faults:
        # Without a stored state, it is unknown what the ring has open.
        return known is not None or before.hour is None
    return known is None or known.faults != _mark(faults) or now - known.at >= AGAIN


def _is_due(before: WatchdogState, now: datetime) -> bool:
    return before.digest is None or now - before.digest >= WEEK


def _unread(before: WatchdogState, results: dict[Target, tuple[WatchFault, ...]]) -> dict[str, SentResult]:
    """Return the known faults of what a broken pass did not read: they are not over."""
    return {name: each for name, each in before.faulty.items() if Target.parse(name) not in results}


def _unknown(read: ReadAccount, home: Home) -> set[Target]:
    return {_target(home, name, TargetKind.ENDPOINT) for name in read.unknown}


def _mark(faults: tuple[WatchFault, ...]) -> str:
    return mark("\n".join(sorted(f"{each.check} {each.subject}" for each in faults)))


def _target(home: Home, name: str, kind: TargetKind = TargetKind.ACCOUNT) -> Target:
    return Target(account=home.account, region=home.region, kind=kind, name=name)


def _event(target: Target, faults: tuple[WatchFault, ...], home: Home, now: datetime) -> str:
    event = {
        "version": "0",
        "id": f"watch/{target}/{stamp(now)}",
        "source": SOURCE,
        "detail-type": DETAIL_TYPE,
        "account": home.account,
        "region": home.region,
        "time": stamp(now),
        "resources": [],
        "detail": {
            "kind": str(target.kind),
            "name": target.name,
            "count": len(faults),
            "faults": [
                {
                    "check": each.check,
                    "subject": each.subject,
                    "evidence": each.evidence,
                    "fix": each.fix,
                    "measured": each.measured,
                }
                for each in faults[:_MOST_FAULTS]
            ],
        },
    }
    return msgspec.json.encode(event).decode()


def _state(text: str | None) -> WatchdogState:
    """Return the stored state; an empty one if there is none, or if another release wrote it in another form."""
    try:
        return WatchdogState() if text is None else msgspec.json.decode(text, type=WatchdogState)
    except msgspec.DecodeError:
        return WatchdogState()
