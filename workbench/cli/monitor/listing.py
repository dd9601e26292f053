"""`kedge monitor list` and `kedge monitor show`: the monitors of a file, or those in force in a stack."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from kedge.domain.target import TargetKind
from kedge.monitors.definitions import MonitorDefinition, MonitorDefinitions, compile_monitors
from kedge.monitors.due_windows import next_due
from kedge.policy.durations import spell_duration
from kedge.policy.lint.fault import near
from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.publishing import NotSound
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.monitor.screen import print_monitor, print_monitors
from workbench.cli.policy_files import monitors_reading_of

LIST: Final = "monitor list"
SHOW: Final = "monitor show"


class MonitorPlace(Struct, frozen=True, kw_only=True):
    """The place of monitors: a file, or a stack if `file` is None."""

    file: Path | None
    stack: str
    region: str | None
    profile: str | None


class ShownMonitor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A monitor as programs read it, complete. `next_due` is the next moment at which a window is measured."""

    name: str
    target: dict[str, Any]
    types: tuple[str, ...]
    sources: dict[str, str]
    capture: str | None = None
    baselines: dict[str, str]
    reports: str
    window: str
    schedule: str
    offset: str
    catch_up: int
    mode: str
    promise: dict[str, Any] | None = None
    comparison_threshold: float
    unreadable_share: float
    exclude: tuple[str, ...] = ()
    seasonality: str
    ground_truth: dict[str, str] | None = None
    model_quality: Any = None
    bias: Any = None
    attribution: Any = None
    spark: Any = None
    next_due: datetime | None = None


def list_monitors(place: MonitorPlace, *, as_json: bool) -> Exit:
    """Print the monitors and return the exit code."""

    def work() -> Exit:
        found = [shown(each, datetime.now(UTC)) for each in _monitors(place).definitions]
        if as_json:
            sys.stdout.buffer.write(b"".join(msgspec.json.encode(each) + b"\n" for each in found))
        else:
            print_monitors(found)
        return Exit.DONE

    return _ending(LIST, work)


def show_monitor(name: str, place: MonitorPlace, *, as_json: bool) -> Exit:
    """Print one monitor with all its values, and return the exit code. It is USAGE if there is no such monitor."""

    def work() -> Exit:
        monitors = _monitors(place)
        definition = monitors.named(name)
        if definition is None:
            known = [each.name for each in monitors.definitions]
            hint = near(name, known) or (f"there are {', '.join(known)}" if known else "there are none")
            raise Unwise(f"there is no monitor {name!r}: {hint}")
        found = shown(definition, datetime.now(UTC))
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        else:
            print_monitor(found, monitors.label)
        return Exit.DONE

    return _ending(SHOW, work)


def shown(made: MonitorDefinition, now: datetime) -> ShownMonitor:
    """Return a monitor as programs read it."""
    truth, promise = made.ground_truth, made.promise
    kind = "endpoint" if made.target.kind is TargetKind.ENDPOINT else "batch_schedule"
    variants = {"variants": made.target.variants} if made.target.variants else {}
    return ShownMonitor(
        name=made.name,
        target={kind: made.target.name, **variants},
        types=tuple(made.types),
        sources={each.value: made.source_of(each) for each in made.types},
        capture=made.capture,
        baselines={each.value: made.baseline_of(each) for each in made.types},
        reports=made.reports,
        window=spell_duration(made.window),
        schedule=str(made.schedule),
        offset=spell_duration(made.offset),
        catch_up=made.catch_up,
        mode=made.mode,
        promise=None
        if promise is None
        else {"false_pages": promise.false_pages, "within": spell_duration(promise.within)},
        comparison_threshold=made.comparison_threshold,
        unreadable_share=made.unreadable_share,
        exclude=made.exclude,
        seasonality=made.seasonality,
        ground_truth=None
        if truth is None
        else {
            "prefix": truth.prefix,
            "delay": spell_duration(truth.delay),
            "maximum_age": spell_duration(truth.maximum_age),
        },
        model_quality=made.model_quality,
        bias=made.bias,
        attribution=made.attribution,
        spark=made.spark,
        next_due=next_due(made, now),
    )


def _monitors(place: MonitorPlace) -> MonitorDefinitions:
    """Return the monitors of a place. Raises NotSound if its file has faults, and Unwise if it does not exist."""
    if place.file is None:
        return DeployedStack(place.stack, place.region, place.profile).monitors
    try:
        reading = monitors_reading_of(place.file)
    except OSError as error:
        raise Unwise(f"{place.file} cannot be read: {error.strerror}") from error
    if reading.document is None:
        raise NotSound("\n".join(["the document has faults", *map(str, reading.faults)]))
    return compile_monitors(reading.document)


def _ending(command: str, work: Callable[[], Exit]) -> Exit:
    try:
        return ending(command, work)
    except NotSound as error:
        say(command, str(error))
        return Exit.FAILED
