"""Every recording under tests/recordings comes to what lies beside it in `expected.jsonl`.

Expectations are whole objects, with two freedoms: a text `<name>` stands for any text, always the same one for one name and
different ones for different names; a text with `*` at an end stands for any text that has the rest in it, and `*` alone for
anything.
"""

import json
from pathlib import Path

import msgspec
import pytest

from kedge.policy.compiled import default_policy
from workbench.cli.policy_files import policy_in
from workbench.recordings.recording import Recording
from workbench.replay.loop import Replay
from workbench.replay.wire import line_of

RECORDINGS = Path(__file__).parents[3] / "recordings"
CASES = sorted(folder.name for folder in RECORDINGS.iterdir())


def differences(expected: object, got: object, names: dict[str, str], path: str = "$") -> list[str]:
    """Where two decoded JSON values differ."""
    if isinstance(expected, dict) and isinstance(got, dict):
        if expected.keys() != got.keys():
            return [f"{path}: keys {sorted(expected)} expected, got {sorted(got)}"]
        return [found for key in expected for found in differences(expected[key], got[key], names, f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = enumerate(zip(expected, got, strict=True))
        return [found for index, (want, have) in pairs for found in differences(want, have, names, f"{path}[{index}]")]
    return [] if same(expected, got, names) else [f"{path}: {expected!r} expected, got {got!r}"]


def same(expected: object, got: object, names: dict[str, str]) -> bool:
    if expected == "*":
        return True
    if isinstance(expected, str) and isinstance(got, str):
        if expected.startswith("<") and expected.endswith(">"):
            if expected not in names and got in names.values():
                return False
            return names.setdefault(expected, got) == got
        if expected.startswith("*"):
            return expected.strip("*") in got
    return expected == got


def replayed(folder: Path) -> list[bytes]:
    recording = Recording.open(folder)
    policy = policy_in(recording.policy) if recording.policy else default_policy()
    return [line_of(played) for played in Replay(recording, policy).play()]


@pytest.mark.parametrize("case", CASES)
def test_a_recording_comes_to_what_is_expected_of_it(case: str):
    expected = [json.loads(line) for line in (RECORDINGS / case / "expected.jsonl").read_text().splitlines()]
    got = [msgspec.json.decode(line) for line in replayed(RECORDINGS / case)]
    names: dict[str, str] = {}
    wrong = [
        f"line {number} {found}"
        for number, (want, have) in enumerate(zip(expected, got, strict=False), start=1)
        for found in differences(want, have, names)
    ]
    assert wrong == []
    assert len(got) == len(expected)


@pytest.mark.parametrize("case", CASES)
def test_replaying_a_recording_again_prints_the_same_bytes(case: str):
    assert replayed(RECORDINGS / case) == replayed(RECORDINGS / case)
