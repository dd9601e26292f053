"""Sends a detector's report, signed, to the stack's intake."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console

from kedge.domain.run import Monitor
from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit

LARGEST: Final = 4_000_000
"""The maximum bytes of a report. Lambda accepts 6 MB in a call, which also holds other fields."""


def send_report(
    file: Path,
    monitor: str,
    endpoint: str | None,
    kind: Monitor | None,
    at: str | None,
    stack: str,
    region: str | None,
    profile: str | None,
    *,
    as_json: bool,
) -> Exit:
    """Send a report, print the result, and return the exit code.

    If the stack does not believe the sender, a sentence on stderr says so.
    """

    def work() -> Exit:
        call = {"monitoringScheduleName": monitor, "violationReport": _report(file), "timestamp": _moment(at)}
        call |= {"endpointName": endpoint} if endpoint else {}
        call |= {"monitoringType": str(kind)} if kind else {}
        answer = DeployedStack(stack, region, profile).report(call)
        return _shown(answer, as_json=as_json)

    return ending("report send", work)


def _report(file: Path) -> Any:
    """Return the report as JSON. Raises Unwise."""
    if (size := file.stat().st_size) > LARGEST:
        raise Unwise(f"{file} has {size:,} bytes, and a call holds {LARGEST:,}: write it to the bucket of the reports")
    try:
        found = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Unwise(f"{file} is not JSON: {error}") from error
    if not isinstance(found, dict | list):
        raise Unwise(f"{file} is not a violations report: it must be an object, or a list of violations")
    return found


def _moment(text: str | None) -> str:
    if text is None:
        return datetime.now(UTC).isoformat()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unwise(f"{text!r} is not a time in ISO 8601, such as 2026-11-20T10:00:00Z") from error
    if moment.tzinfo is None:
        raise Unwise(f"{text!r} has no zone: end it with Z or +01:00")
    return moment.isoformat()


def _shown(answer: dict[str, Any], *, as_json: bool) -> Exit:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    else:
        console = Console(highlight=False, soft_wrap=True)
        for outcome in answer["outcomes"]:
            console.print(f"{outcome['reason']}: {outcome['because']}", markup=False)
    proof = answer.get("proof") or {"believed": False, "says": "the stack is older than this command"}
    believed, says = proof["believed"], proof["says"]
    say("report send", f"sent as {says}" if believed else f"Kedge took the report, but does not act on it: {says}")
    return Exit.DONE
