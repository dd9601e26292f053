"""`kedge replay --against`: the results of another policy for the same signals."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from kedge.domain.errors import MalformedPolicy
from workbench.backtest.run import Backtest
from workbench.backtest.table import show
from workbench.backtest.wire import object_of
from workbench.cli.exits import Exit
from workbench.cli.policy_files import policy_in
from workbench.recordings.recording import Recording, RecordingMissing
from workbench.replay.command import rules

_MOST_FAULTS: Final = 20
_WORTH_TIMING: Final = 1_000


def backtest(
    folders: Sequence[Path], policy: Path | None, against: Path, *, environment: str = "", as_json: bool
) -> Exit:
    """Play recordings under two policies, print the differences, and return the exit code.

    It is FAILED if something could not be read. Without a name, the old policy is the first recording's own, or the
    default.
    """
    notes = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        recordings = [Recording.open(folder) for folder in folders]
        run = Backtest(rules(recordings[0], policy, environment), policy_in(against, environment))
    except (RecordingMissing, MalformedPolicy) as error:
        notes.print(f"kedge replay: {error}", markup=False)
        return Exit.USAGE
    began = time.monotonic()
    run.play(recordings)
    seconds = time.monotonic() - began
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(object_of(run, [str(folder) for folder in folders])) + b"\n")
        sys.stdout.buffer.flush()
    else:
        show(Console(highlight=False), run)
    for fault in run.faults[:_MOST_FAULTS]:
        notes.print(f"kedge replay: {fault}", markup=False)
    if len(run.faults) > _MOST_FAULTS:
        notes.print(f"kedge replay: and {len(run.faults) - _MOST_FAULTS:,} more that cannot be read", markup=False)
    rate = f": {run.runs / seconds:,.0f} a second" if run.runs >= _WORTH_TIMING else ""
    notes.print(f"{run.runs:,} run{'' if run.runs == 1 else 's'} under two policies in {seconds:.1f} s{rate}")
    return Exit.FAILED if run.faults else Exit.DONE
