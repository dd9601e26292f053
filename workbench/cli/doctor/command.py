"""Runs the checks of `kedge doctor`, with progress, and returns its exit code."""

from collections.abc import Iterator

from rich.console import Console

from workbench.cli.connection.ending import ending
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.doctor.health import HEALTH
from workbench.cli.doctor.live import LIVE
from workbench.cli.doctor.looking import Check, Looking, run
from workbench.cli.doctor.permissions import check_permissions
from workbench.cli.doctor.result import CheckResult, CheckState
from workbench.cli.doctor.screen import print_json, print_table
from workbench.cli.doctor.watched import monitoring_of
from workbench.cli.exits import Exit

_OWN: tuple[tuple[str, Check], ...] = (*HEALTH, ("permission", check_permissions))


def doctor(
    endpoint: str | None,
    stack: str,
    region: str | None,
    profile: str | None,
    *,
    live: bool,
    as_json: bool,
) -> Exit:
    """Run the checks and return the exit code.

    It is FAILED if a check found a fault, and REFUSED if none did and AWS refused one.
    """

    def work() -> Exit:
        at = Looking(DeployedStack(stack, region, profile))
        checks = (*_OWN, *(LIVE if live else ()), ("monitoring", monitoring_of(endpoint)))
        results = list(_with_progress(at, checks))
        (print_json if as_json else print_table)(results)
        return _exit(results)

    return ending("doctor", work)


def _with_progress(at: Looking, checks: tuple[tuple[str, Check], ...]) -> Iterator[CheckResult]:
    notes = Console(stderr=True, highlight=False)
    if not notes.is_terminal:
        for name, check in checks:
            yield from run(name, check, at)
        return
    with notes.status("") as status:
        for number, (name, check) in enumerate(checks, 1):
            status.update(f"check {number} of {len(checks)}: {name}")
            yield from run(name, check, at)


def _exit(results: list[CheckResult]) -> Exit:
    states = {each.state for each in results}
    if CheckState.FAULT in states:
        return Exit.FAILED
    return Exit.REFUSED if CheckState.UNKNOWN in states else Exit.DONE
