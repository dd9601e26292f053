"""Checks of monitors: their baselines, their labels, and whether they ever worked."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from kedge.domain.finding import Check
from kedge.domain.run import FAULTS
from kedge.formatting import format_count, format_duration, format_time, shorten
from kedge.watchdog.facts import BaselineFacts, EndpointMonitoring, MonitorFacts, MonitorOwner
from kedge.watchdog.fault import WatchFault

OLDER: Final = timedelta(days=2)
"""A baseline may be older than the model by this time: a pipeline makes it before it registers the model."""

FAILED_RUNS: Final = 3
"""The failed runs of a monitor without any result, after which it never worked."""

_NAMED: Final = 3
_SAID: Final = 160


def check_baselines(watched: EndpointMonitoring) -> Iterator[WatchFault]:
    """Yield the baselines that are older than the model in service, or have other columns than the captured data."""
    model = watched.endpoint.model_created
    for monitor in watched.active_monitors:
        baseline = monitor.baseline
        if baseline is None:
            continue
        if model is not None and baseline.created is not None and model - baseline.created > OLDER:
            yield WatchFault(
                check=Check.BASELINE_AGE,
                subject=monitor.name,
                evidence=(
                    f"Its baseline is from {format_time(baseline.created)}, and the model in service "
                    f"from {format_time(model)}, {format_duration(model - baseline.created)} later."
                ),
                fix=f"Make a baseline from the training data of this model: {_new_baseline(monitor)}.",
            )
        yield from _other_columns(monitor, baseline)


def check_labels(watched: EndpointMonitoring, now: datetime) -> Iterator[WatchFault]:
    """Yield the monitors whose labels are late."""
    for monitor in watched.active_monitors:
        yield from labels_of(monitor, now)


def check_runs(watched: EndpointMonitoring) -> Iterator[WatchFault]:
    """Yield the monitors that never worked."""
    for monitor in watched.active_monitors:
        yield from runs_of(monitor)


def check_batch(monitor: MonitorFacts, now: datetime) -> Iterator[WatchFault]:
    """Yield the faults of a monitor without an endpoint."""
    if not monitor.is_active:
        return
    if monitor.baseline is not None:
        yield from _other_columns(monitor, monitor.baseline)
    yield from labels_of(monitor, now)
    yield from runs_of(monitor)


def labels_of(monitor: MonitorFacts, now: datetime) -> Iterator[WatchFault]:
    """Yield the fault of a monitor whose newest label is older than it may be."""
    labels = monitor.labels
    if labels is None or labels.searched_since is None:
        return
    if labels.newest is not None and now - labels.newest <= labels.due_within:
        return
    if labels.newest is None and now - labels.searched_since < labels.due_within:
        return
    newest = (
        f"the newest label is from {format_time(labels.newest)}"
        if labels.newest is not None
        else f"there is no label since {format_time(labels.searched_since)}"
    )
    yield WatchFault(
        check=Check.LABELS_LATE,
        subject=monitor.name,
        evidence=f"Below {labels.prefix}, {newest}, and one is due every {format_duration(labels.due_within)}.",
        fix="Check the job that writes the labels, and that its folders are YYYY/MM/DD/HH in UTC.",
    )


def runs_of(monitor: MonitorFacts) -> Iterator[WatchFault]:
    """Yield the fault of a monitor without any result since it was made."""
    runs = monitor.runs
    if monitor.has_worked is not False or len(runs) < FAILED_RUNS or not all(run.verdict in FAULTS for run in runs):
        return
    since = f" since {format_time(monitor.created)}" if monitor.created is not None else ""
    said = f": {shorten(runs[0].said, _SAID)}" if runs[0].said else ""
    if all(run.is_merge for run in runs):
        yield WatchFault(
            check=Check.MERGE_FAILED,
            subject=monitor.name,
            evidence=f"Its merge of captured data with labels never worked{since}; {_count(monitor)} failed{said}.",
            fix="Check that inference ids of the labels equal those of the captured data, and that their folders exist.",
        )
        return
    yield WatchFault(
        check=Check.NEVER_WORKED,
        subject=monitor.name,
        evidence=f"No run had a result{since}; {_count(monitor)} failed or had no data{said}.",
        fix=f"Run `kedge doctor {monitor.endpoint or ''}`".rstrip() + ", and fix the cause of the newest run first.",
    )


def _count(monitor: MonitorFacts) -> str:
    return f"the last {format_count(len(monitor.runs), 'run')}"


def _other_columns(monitor: MonitorFacts, baseline: BaselineFacts) -> Iterator[WatchFault]:
    if baseline.columns is None or baseline.seen is None:
        return
    known, seen = set(baseline.columns), set(baseline.seen)
    missing, extra = sorted(known - seen), sorted(seen - known)
    if not missing and not extra:
        return
    parts = [f"{what} {_names(names)}" for what, names in (("lack", missing), ("add", extra)) if names]
    yield WatchFault(
        check=Check.BASELINE_COLUMNS,
        subject=monitor.name,
        evidence=f"Its baseline has {format_count(len(known), 'column')}; the captured records {' and '.join(parts)}.",
        fix=f"Make a baseline from records with the same inputs and outputs: {_new_baseline(monitor)}.",
    )


def _new_baseline(monitor: MonitorFacts) -> str:
    if monitor.owner is MonitorOwner.KEDGE:
        return "`kedge monitor baseline`"
    return "`suggest_baseline` of the SageMaker SDK"


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
