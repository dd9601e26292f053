"""`kedge replay` prints each decision and its reason."""

import gc
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kedge.domain.errors import MalformedPolicy
from kedge.policy.compiled import Policy, default_policy
from workbench.cli.exits import Exit
from workbench.recordings.recording import Recording, RecordingMissing
from workbench.replay.loop import Played, Replay
from workbench.replay.wire import line_of

_WORTH_TIMING: Final = 1_000
# The objects that a replay releases hold no cycles: frequent searches for them would cost time for millions of runs.
_OBJECTS_BETWEEN_LOOKS: Final = 1_000_000
# One kind of work for some runs in a row stays in the processor's caches. Between two decisions, it does not.
_TOGETHER: Final = 64


def replay(folders: Sequence[Path], policy: Path | None, *, environment: str = "", as_json: bool) -> Exit:
    """Play recordings, each from an empty state, and print them: results to standard output, notes to standard error."""
    try:
        found = [Recording.open(folder) for folder in folders]
        ruled = [(recording, rules(recording, policy, environment)) for recording in found]
    except (RecordingMissing, MalformedPolicy) as error:
        _note(f"kedge replay: {error}")
        return Exit.USAGE
    gc.freeze()  # the modules live until the end
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    sound = True
    for recording, its_policy in ruled:
        if len(ruled) > 1 and not as_json:
            _print_name(recording)
        run = Replay(recording, its_policy)
        sound = (_as_json(run) if as_json else _as_text(run)) and sound and not run.faults
        for fault in run.faults:
            _note(f"kedge replay: {fault}")
    return Exit.DONE if sound else Exit.FAILED


def rules(recording: Recording, chosen: Path | None, environment: str) -> Policy:
    """Return the chosen policy, or the recording's own, or the default. Raises MalformedPolicy."""
    file = chosen or recording.policy
    if file is None:
        return default_policy(environment)
    from workbench.cli.policy_files import policy_in  # which loads a reader of YAML

    return policy_in(file, environment)


def _as_json(run: Replay) -> bool:
    sound = True
    waiting: list[Played] = []
    try:
        for played in run.play():
            waiting.append(played)
            sound = sound and not played.failed
            if len(waiting) == _TOGETHER:
                _print(waiting)
    finally:
        _print(waiting)
        sys.stdout.buffer.flush()
    return sound


def _print(waiting: list[Played]) -> None:
    sys.stdout.buffer.writelines(map(line_of, waiting))
    waiting.clear()


# `--json` prints without rich, whose import takes as long as 200 runs.
def _as_text(run: Replay) -> bool:
    from rich.console import Console

    from workbench.replay.timeline import Timeline

    sound = True
    timeline = Timeline(Console(highlight=False))
    began = time.monotonic()
    for played in run.play():
        timeline.show(played)
        sound = sound and not played.failed
    seconds = time.monotonic() - began
    timeline.sum_up()
    if timeline.signals >= _WORTH_TIMING:
        _note(f"{timeline.signals:,} signals in {seconds:.1f} s: {timeline.signals / seconds:,.0f} a second")
    return sound


def _print_name(recording: Recording) -> None:
    from rich.console import Console

    Console(highlight=False).print(f"{recording.folder}", markup=False, soft_wrap=True)


def _note(text: str) -> None:
    from rich.console import Console

    Console(stderr=True, soft_wrap=True, highlight=False).print(text, markup=False)
