"""`kedge replay`: prints each decision and why."""

import sys
from pathlib import Path

from rich.console import Console

from kedge.errors import MalformedPolicy
from kedge.policy.document import Policy
from workbench.exits import Exit
from workbench.policies import policy_in
from workbench.recordings.recording import Recording, RecordingMissing
from workbench.replay.loop import Replay
from workbench.replay.timeline import Timeline
from workbench.replay.wire import line_of


def replay(folder: Path, policy: Path | None, *, as_json: bool) -> Exit:
    """Play a recording and print it: results to standard output, notes to standard error."""
    notes = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        recording = Recording.open(folder)
        rules = _rules(recording, policy)
    except (RecordingMissing, MalformedPolicy) as error:
        notes.print(f"kedge replay: {error}", markup=False)
        return Exit.USAGE
    run = Replay(recording, rules)
    sound = _as_json(run) if as_json else _as_text(run)
    for fault in run.faults:
        notes.print(f"kedge replay: {fault}", markup=False)
    return Exit.DONE if sound and not run.faults else Exit.FAILED


def _rules(recording: Recording, policy: Path | None) -> Policy:
    chosen = policy or recording.policy
    return policy_in(chosen) if chosen is not None else Policy()


def _as_json(run: Replay) -> bool:
    sound = True
    for played in run.play():
        sys.stdout.buffer.write(line_of(played))
        sound = sound and not played.failed
    sys.stdout.buffer.flush()
    return sound


def _as_text(run: Replay) -> bool:
    sound = True
    timeline = Timeline(Console(highlight=False))
    for played in run.play():
        timeline.show(played)
        sound = sound and not played.failed
    timeline.sum_up()
    return sound
