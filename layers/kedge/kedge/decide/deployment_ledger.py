"""The deployment ledger of an endpoint: the additions of each event and each read, and the known-good config.

SageMaker keeps no history (docs/aws-behaviour.md). Its events are best effort, may repeat and may arrive in any order.
A read of the endpoint returns its current config, and when that config was made. The ledger combines both.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from kedge.decide.run_history import PastRun, runs_of
from kedge.domain.decision import CaseState
from kedge.domain.deployment import (
    KEPT,
    ConfigMark,
    Deployment,
    DeploymentOrigin,
    Deployments,
    PendingDeployment,
    RunTally,
    shares_of,
)
from kedge.domain.run import Monitor
from kedge.domain.signal import ConfigMarked, DeploymentChanged, EndpointChanged, EndpointRead

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The start of a config whose start is unknown."""

MONITORS: Final = tuple(
    monitor for monitor in Monitor if monitor not in (Monitor.FLEET, Monitor.POLICY, Monitor.WATCH, Monitor.DRILL)
)
"""The monitors of an endpoint that measure its model or its data."""

A_PART: Final = 0.1
"""The minimum share of a window after a deployment's start for which the deployment may have caused the findings."""

_VIOLATED: Final = "v"
_SERVES: Final = "InService"
# Bytes of JSON. The sender of a report chooses the names in it, and DynamoDB refuses an item above 400 KB.
_SAID_ROOM: Final = 65_536

type Told = EndpointChanged | DeploymentChanged | EndpointRead | ConfigMarked


def record_signal(
    known: Deployments, signal: Told, at: datetime, runs: tuple[CaseState, ...], action: str | None
) -> Deployments:
    """Return the ledger with the additions of a signal.

    `at` is the time of the event. `runs` are the cases of the endpoint's monitors, which are counted for a config that
    ends. `action` is the digest of the plan for the signal's config, if there is one. An unconfirmed signal adds
    nothing: a message alone does not prove that a config served.
    """
    if not isinstance(signal, ConfigMarked) and not signal.provenance.is_vouched:
        return known
    return _that_fit(_shown_by(known, _recorded(known, signal, at, runs, action), signal))


def _that_fit(known: Deployments) -> Deployments:
    """Return the ledger with unconfirmed runs up to the limit of room: the newest deployments keep theirs."""
    room, history = _SAID_ROOM, list[Deployment]()
    for each in reversed(known.history):
        room -= len(msgspec.json.encode(each.unconfirmed)) if each.unconfirmed else 0
        history.append(each if room >= 0 else msgspec.structs.replace(each, unconfirmed={}))
    return known if room >= 0 else msgspec.structs.replace(known, history=tuple(reversed(history)))


def _shown_by(known: Deployments, after: Deployments, signal: Told) -> Deployments:
    """Return the ledger with the authority for each new config. A read of the endpoint also confirms earlier events."""
    voucher = signal.provenance.voucher
    before = {each.config for each in known.history}

    def shown(each: Deployment) -> Deployment:
        looked_at = isinstance(signal, EndpointRead) and each is after.current and each.config == signal.config
        is_new = each.shown_by is None and each.config not in before
        return msgspec.structs.replace(each, shown_by=voucher) if looked_at or is_new else each

    return msgspec.structs.replace(after, history=tuple(map(shown, after.history)))


def _recorded(
    known: Deployments, signal: Told, at: datetime, runs: tuple[CaseState, ...], action: str | None
) -> Deployments:
    match signal:
        case ConfigMarked():
            return _marked(known, signal, at)
        case DeploymentChanged():
            return _moved_on(known, signal, at, runs, action)
        case EndpointRead():
            return _looked_at(known, signal, at, runs, action)
        case _:
            if signal.config is None or signal.status != _SERVES:
                return known
            return _serves(known, signal.config, at, runs, action)


def tallies(
    since: datetime,
    until: datetime,
    runs: tuple[CaseState, ...],
    *,
    confirmed: bool = True,
    began: datetime | None = None,
) -> dict[str, RunTally]:
    """Return the tally of each source's runs with windows in a time span.

    `runs` are the cases of `MONITORS`, in their order.

    Confirmed runs are counted or, unless `confirmed`, the others. `began` is the start of the next config's deployment:
    bad runs from then on are not counted, since they may be that one's.
    """
    found: dict[str, RunTally] = {}
    for number, state in enumerate(runs):
        of_inputs = MONITORS[number] is Monitor.DATA_QUALITY
        for source, last in (state.sources if confirmed else state.unconfirmed).items():
            letters = "".join(
                ran.letter
                for ran in runs_of(last)
                if since <= ran.start and ran.at <= until and not may_be_of_the_next(ran, began)
            )
            if letters:
                bad = letters.count("v")
                found[source] = RunTally(
                    clean=letters.count("g"), bad=bad, last=letters.rstrip("fu")[-1:], of_inputs=of_inputs
                )
    return found


def credit_late_runs(known: Deployments, runs: tuple[CaseState, ...]) -> Deployments:
    """Return the ledger with runs that ended after their config did, because of late ground truth.

    `runs` are the cases of `MONITORS`.
    """
    if not known.history:
        return known

    def counted(each: Deployment, after: Deployment | None) -> Deployment:
        if each.until is None:
            return each
        began = after.began if after is not None else None
        shown = _with_more(each.runs, tallies(each.since, each.until, runs, began=began))
        said = _with_more(each.unconfirmed, tallies(each.since, each.until, runs, confirmed=False, began=began))
        if shown is each.runs and said is each.unconfirmed:
            return each
        return msgspec.structs.replace(each, runs=shown, unconfirmed=said)

    after = (*known.history[1:], None)
    return msgspec.structs.replace(known, history=tuple(map(counted, known.history, after)))


def may_be_of_the_next(ran: PastRun, began: datetime | None) -> bool:
    """Return whether a bad run or alarm overlaps the deployment of the next config, if that `began` before its end."""
    if began is None or ran.letter != _VIOLATED or ran.at < began:
        return False
    return ran.at - began >= (ran.at - ran.start) * A_PART


def _with_more(known: dict[str, RunTally], found: dict[str, RunTally]) -> dict[str, RunTally]:
    more = {name: now for name, now in found.items() if _more(now, known.get(name))}
    return {**known, **more} if more else known


def _more(now: RunTally, then: RunTally | None) -> bool:
    return then is None or now.clean + now.bad > then.clean + then.bad


def _serves(
    known: Deployments, config: str, at: datetime, runs: tuple[CaseState, ...], action: str | None
) -> Deployments:
    """Return the ledger after `config` was in service at a moment: it is new, or known, or was replaced since."""
    current, coming = known.current, known.coming
    if current is None:
        # An event just happened to it: it was made, or updated, or scaled.
        first = Deployment(config=config, since=EVER, arrival=DeploymentOrigin.FOUND, began=at)
        return msgspec.structs.replace(known, history=(first,))
    if config == current.config:
        return _undone(known, at) if coming is not None and coming.since <= at else known
    if at < current.since:
        return _before(known, config, at)
    return start_deployment(known, config, at, runs, action)


def _undone(known: Deployments, at: datetime) -> Deployments:
    """Return the ledger after the pending config did not come into service; it may have had some of the traffic."""
    if known.coming is None:
        return known
    ended = msgspec.structs.replace(known.coming, until=at)
    return msgspec.structs.replace(known, coming=None, undone=(*known.undone, ended)[-KEPT:])


def _before(known: Deployments, config: str, at: datetime) -> Deployments:
    """Return the ledger with a config that served before all known ones, and was reported late."""
    first = known.history[0]
    if at >= first.since or config == first.config:
        return known
    earlier = Deployment(config=config, since=at, arrival=DeploymentOrigin.FOUND, until=first.since)
    return msgspec.structs.replace(known, history=(earlier, *known.history)[-KEPT:])


def start_deployment(
    known: Deployments, config: str, at: datetime, runs: tuple[CaseState, ...], action: str | None
) -> Deployments:
    """Return the ledger with another config in service: the one before has ended, and its runs are counted."""
    before = known.history[-1]
    coming = known.coming
    began = coming.since if coming is not None and coming.config == config and coming.since <= at else None
    ended = msgspec.structs.replace(
        before,
        until=at,
        runs={**before.runs, **tallies(before.since, at, runs, began=began)},
        unconfirmed={**before.unconfirmed, **tallies(before.since, at, runs, confirmed=False, began=began)},
    )
    arrival = DeploymentOrigin.DEPLOYED if action is None else DeploymentOrigin.REMEDY
    new = Deployment(config=config, since=at, arrival=arrival, action=action, began=began)
    away = known.away_from if action is None else tuple(dict.fromkeys((*known.away_from, before.config)))[-KEPT:]
    return msgspec.structs.replace(
        known, history=(*known.history[:-1], ended, new)[-KEPT:], coming=None, away_from=away
    )


def _moved_on(
    known: Deployments, signal: DeploymentChanged, at: datetime, runs: tuple[CaseState, ...], action: str | None
) -> Deployments:
    """Apply a deployment's own event, the only one with the current and the pending config (docs/aws-behaviour.md)."""
    if signal.config is None:
        return known
    if signal.pending is None or signal.pending == signal.config:
        return _serves(known, signal.config, at, runs, action) if signal.status == _SERVES else known
    current = known.current
    if current is not None and current.config == signal.pending and (at <= current.since or current.since == EVER):
        return _preceded(known, signal.config, at)
    if current is None or at >= current.since:
        if current is None or current.config != signal.config or not _is_coming(known, signal.pending):
            known = _serves(known, signal.config, at, runs, None)
        if not _is_coming(known, signal.pending):
            coming = PendingDeployment(config=signal.pending, over=signal.config, since=at)
            known = msgspec.structs.replace(known, coming=coming)
    return known


def _is_coming(known: Deployments, config: str) -> bool:
    return known.coming is not None and known.coming.config == config


def _preceded(known: Deployments, config: str, at: datetime) -> Deployments:
    """Return the ledger with the earlier config of a known deployment and, if it was unknown, the start."""
    *earlier, current = known.history
    if earlier and earlier[-1].config == config:
        return known
    if earlier:
        return known
    arrival = DeploymentOrigin.DEPLOYED if current.arrival is DeploymentOrigin.FOUND else current.arrival
    since = at if current.since == EVER else current.since
    before = Deployment(config=config, since=EVER, arrival=DeploymentOrigin.FOUND, until=since)
    return msgspec.structs.replace(
        known, history=(before, msgspec.structs.replace(current, arrival=arrival, since=since))
    )


def _looked_at(
    known: Deployments, signal: EndpointRead, at: datetime, runs: tuple[CaseState, ...], action: str | None
) -> Deployments:
    """Apply a read of the endpoint: its current config, which may also show that events were lost."""
    current = known.current
    if current is None or current.config != signal.config:
        since = _since(known, signal, at)
        if current is None:
            began = signal.modified if signal.modified is not None and since <= signal.modified <= at else None
            first = Deployment(config=signal.config, since=since, arrival=DeploymentOrigin.FOUND, began=began)
            known = msgspec.structs.replace(known, history=(first,))
        else:
            known = start_deployment(known, signal.config, since, runs, action)
    elif known.coming is not None and signal.status == _SERVES:
        known = _undone(known, at)
    *earlier, last = known.history
    models = tuple(variant.model for variant in signal.variants if variant.model)
    if last.arrival is DeploymentOrigin.FOUND and last.since == EVER and signal.made is not None:
        last = msgspec.structs.replace(last, since=min(signal.made, at))
    described = msgspec.structs.replace(
        last,
        models=models or last.models,
        packages=signal.packages or last.packages,
        shares=shares_of(signal.variants) or last.shares,
    )
    return msgspec.structs.replace(known, history=(*earlier, described))


def _since(known: Deployments, signal: EndpointRead, at: datetime) -> datetime:
    """Return the start of a config whose deployment was not reported.

    It was made shortly before, unless it is an older one that came back. The last modification of the endpoint is
    weaker evidence: scaling changes it, too.
    """
    current, coming = known.current, known.coming
    if coming is not None and coming.config == signal.config:
        return coming.since
    known_since = current.since if current is not None else EVER
    for moment in (signal.made, signal.modified):
        if moment is not None and known_since < moment <= at:
            return moment
    return at if current is not None else (signal.made or EVER)


def _marked(known: Deployments, signal: ConfigMarked, at: datetime) -> Deployments:
    others = tuple(mark for mark in known.marks if mark.config != signal.config)
    before = next((mark for mark in known.marks if mark.config == signal.config), None)
    if before is not None and before.at > at:
        return known
    if signal.good is None:
        return msgspec.structs.replace(known, marks=others)
    mark = ConfigMark(
        config=signal.config, good=signal.good, by=signal.by, proven=signal.proven, comment=signal.comment, at=at
    )
    return msgspec.structs.replace(known, marks=(*others, mark)[-KEPT:])
