"""`kedge model status`: one table of what is watched by what."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table as Ledger
from kedge.domain.run import Monitor
from kedge.monitors.definitions import MonitorDefinition, compile_monitors
from kedge.monitors.due_windows import next_due
from kedge.monitors.lint import read
from kedge.monitors.schedule_expressions import parse_schedule
from kedge.monitors.spec import MonitoringType
from workbench.cli.connection.ending import ending
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.incident.screen import console
from workbench.cli.model.plan import remark_of
from workbench.cli.model.reading import Alarms, all_endpoints, list_alarms, read_endpoint
from workbench.cli.model.selection import Where, names_of
from workbench.cli.model.stack_reading import baseline_made, published_text
from workbench.cli.model.state import AlarmState, EndpointState, ScheduleState

STATUS: Final = "model status"
_NARROW: Final = 110
_STYLES: Final = {
    "clean": "green", "ok": "green", "OK": "green", "Completed": "green",
    "violated": "bold red", "ALARM": "bold red", "CompletedWithViolations": "bold red",
    "failed": "red", "Failed": "red", "no_data": "red", "stopped": "red",
}  # fmt: skip


class Watched(Struct, frozen=True, kw_only=True):
    """The monitors and alarms of the whole account, which are read once for all endpoints."""

    definitions: tuple[MonitorDefinition, ...]
    alarms: Alarms


class WatchRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that watches an endpoint. Moments are UTC; `capture_share` is in percent.

    `source` is Kedge, Model Monitor, alarm, or none if nothing watches the endpoint.
    """

    endpoint: str
    source: str
    name: str = ""
    type: str = ""
    last_run: datetime | None = None
    last_verdict: str = ""
    next_run: datetime | None = None
    baseline_made: datetime | None = None
    capture_share: int = 0
    remark: str = ""


def status(where: Where, *, as_json: bool) -> Exit:
    """Print what watches some endpoints, or each endpoint of the account, and return the exit code."""

    def work() -> Exit:
        deployed, now = DeployedStack(where.stack, where.region, where.profile), datetime.now(UTC)
        names = names_of(deployed, where) if where.names or where.tag else all_endpoints(deployed.client)
        watched = Watched(definitions=_definitions(deployed), alarms=list_alarms(deployed.client))
        rows = [row for each in names for row in rows_of(deployed, each, watched, now)]
        if as_json:
            sys.stdout.buffer.write(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
            sys.stdout.buffer.flush()
        else:
            _print(rows, now)
        return Exit.DONE

    return ending(STATUS, work)


def rows_of(stack: DeployedStack, name: str, watched: Watched, now: datetime) -> list[WatchRow]:
    """Return a row for each thing that watches an endpoint, or one that says that nothing does.

    Raises Unwise if there is no such endpoint, or AwsRefused.
    """
    state = read_endpoint(stack.client, name, now, traffic=False, listed=watched.alarms)
    share = state.capture.share if state.capture.is_on else 0
    rows = [
        *_of_kedge(stack, state, watched, share, now),
        *(_of_schedule(stack, state, each, share, now) for each in state.schedules),
        *(_of_alarm(state, each, share) for each in state.alarms),
    ]
    if rows:
        return rows
    remark = remark_of(state) or f"nothing watches it: kedge model onboard {name}"
    return [WatchRow(endpoint=name, source="none", capture_share=share, remark=remark)]


def _of_kedge(
    stack: DeployedStack, state: EndpointState, watched: Watched, share: int, now: datetime
) -> Iterator[WatchRow]:
    ledger = DynamoLedger(Ledger(stack.client("dynamodb"), stack.outputs["TableName"]))
    target = stack.endpoint(state.name)
    for made in watched.definitions:
        if made.target.name != state.name:
            continue
        for kind in made.types:
            # The runs of the table are those that measured something. The case also knows failed runs and empty windows.
            case, _ = ledger.load(target, kind.monitor)
            last = case.last_of(made.source_of(kind), confirmed=True)
            yield WatchRow(
                endpoint=state.name,
                source="Kedge",
                name=made.name,
                type=str(kind),
                last_run=None if last is None else last.at,
                last_verdict="" if last is None else str(last.verdict or ""),
                next_run=next_due(made, now),
                baseline_made=baseline_made(stack, made.baseline_of(kind)) if _has_constraints(kind) else None,
                capture_share=share,
                remark="" if share else "data capture is off",
            )


def _definitions(stack: DeployedStack) -> tuple[MonitorDefinition, ...]:
    """Return the monitors of the published document, or those in force if it has faults or there is none."""
    text = published_text(stack)
    reading = None if text is None else read(text.encode(), "monitors.yaml").document
    return (stack.monitors if reading is None else compile_monitors(reading)).definitions


def _has_constraints(kind: MonitoringType) -> bool:
    return kind in (MonitoringType.DATA_QUALITY, MonitoringType.MODEL_QUALITY)


def _of_schedule(
    stack: DeployedStack, state: EndpointState, schedule: ScheduleState, share: int, now: datetime
) -> WatchRow:
    folder, _, file = schedule.baseline.rpartition("/")
    return WatchRow(
        endpoint=state.name,
        source="Model Monitor",
        name=schedule.name,
        type={each.monitor: str(each) for each in MonitoringType}.get(Monitor(schedule.type), schedule.type),
        last_run=schedule.last_run,
        last_verdict=schedule.last_status,
        next_run=_following(schedule, now),
        baseline_made=baseline_made(stack, folder) if file == "constraints.json" else None,
        capture_share=share,
        remark="" if schedule.status == "Scheduled" else f"the schedule is {schedule.status}",
    )


def _following(schedule: ScheduleState, now: datetime) -> datetime | None:
    """Return the next run of a schedule; None if it is stopped, or its expression is not one that repeats."""
    if schedule.status != "Scheduled":
        return None
    try:
        return parse_schedule(schedule.expression).following(now)
    except ValueError:
        return None


def _of_alarm(state: EndpointState, alarm: AlarmState, share: int) -> WatchRow:
    return WatchRow(
        endpoint=state.name,
        source="alarm",
        name=alarm.name,
        type=alarm.metric,
        last_run=alarm.updated,
        last_verdict=alarm.state,
        capture_share=share,
    )


def _print(rows: list[WatchRow], now: datetime) -> None:
    screen = console()
    if not rows:
        screen.print("No endpoint.")
        return
    for endpoint in dict.fromkeys(row.endpoint for row in rows):
        own = [row for row in rows if row.endpoint == endpoint]
        screen.print(Text(endpoint, style="bold"))
        if screen.width < _NARROW:
            for row in own:
                _print_block(screen, row, now)
        else:
            _print_table(screen, own, now)
    for remark in dict.fromkeys(f"{row.name or row.endpoint}: {row.remark}" for row in rows if row.remark):
        screen.print(Text(remark, style="yellow"), soft_wrap=True)


def _print_table(screen: Console, rows: list[WatchRow], now: datetime) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("source", "name", "type", "last run", "verdict", "next run", "baseline", "capture"):
        table.add_column(column, no_wrap=column not in {"name", "type"}, overflow="fold")
    for row in rows:
        table.add_row(_source(row), Text(row.name), Text(row.type), *_cells(row, now))
    screen.print(table)


def _print_block(screen: Console, row: WatchRow, now: datetime) -> None:
    """Print a row in 2 lines: 9 columns do not fit into a narrow terminal."""
    screen.print(Text.assemble(_source(row), f"  {row.name}  {row.type}"))
    names = ("last", "verdict", "next", "baseline", "capture")
    parts = [Text.assemble(f"{name} ", cell) for name, cell in zip(names, _cells(row, now), strict=True) if cell]
    screen.print(Padding(Text(", ").join(parts), (0, 0, 0, 2)))


def _cells(row: WatchRow, now: datetime) -> tuple[Text, ...]:
    return (
        _when(row.last_run, now),
        Text(row.last_verdict, style=_STYLES.get(row.last_verdict, "")),
        _when(row.next_run, now),
        Text(_age(now - row.baseline_made) if row.baseline_made else ""),
        Text(f"{row.capture_share} %" if row.capture_share else "off"),
    )


def _age(age: timedelta) -> str:
    """Return the age of a baseline in days, or in hours on its first day."""
    return f"{age.days} d old" if age.days else f"{age // timedelta(hours=1)} h old"


def _source(row: WatchRow) -> Text:
    return Text(row.source, style="bold red" if row.source == "none" else "")


def _when(moment: datetime | None, now: datetime) -> Text:
    """Return a moment in minutes: the time alone if it is of the same day."""
    if moment is None:
        return Text("")
    return Text(f"{moment:%H:%M}" if moment.date() == now.date() else f"{moment:%Y-%m-%d %H:%M}")
