"""Mutations: they turn a sound input into a hostile one. All chance comes from the generator that the caller passes."""

import json
from random import Random
from typing import Any, Final

TEXTS: Final = (
    "", " ", "\0", "\r\nBcc: x@example.com", "\ud800", "a\udfffb", "\u202egnp.exe", "<!channel>", "<@U1>", "<#C1>",
    "<https://evil.example.com|runbook>", "`x`|*b*", "../../etc", "a" * 10_000, "1" * 1_023, "x" + " " * 3_000 + "x",
    "{0.__class__}", "%n%s", "{{x}}{% y %}", "2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59",
    "NaN", "1e400", "arn:aws:sagemaker:us-east-1:111122223333:endpoint/x", "arn:aws:::::", "s3://b/../../x", "s3://",
    "ALARM", "OK", "Completed", "InService", "\ufeff{}", "[]", "{", "null", "critical", "DataQuality", "\U0001f600" * 50,
    "\x7f\x80\x9f", "e\u0301" * 300, "\ufb01", "\u0130", "\ufffe\uffff", "churn-prod", "111122223333", "us-east-1",
    "x/2099/01/01/00/constraint_violations.json", "x/0001/01/01/00/constraint_violations.json", "/" * 500, "-" * 3_000,
)  # fmt: skip
NUMBERS: Final = (
    0, -1, 1e308, -1e308, 10**300, 10**400, float("nan"), float("inf"), 2**63, 2**64, 1e-320, True, False, None,
    253402300799000, 253402300800000, -62135596800000, 1795169520000, 1e11, 99999999999, 4102444800000,
)  # fmt: skip
ODD: Final[tuple[Any, ...]] = ([], {}, [None], {"a": 1}, [[[]]], [{}, {}, {}], {"": ""}, [""])
PIECES: Final = (
    b"\xff", b"\0", b"NaN", b"1e999", b"[" * 50, b'"\\ud800"', b"9" * 500, b"{", b'"', b"\xef\xbb\xbf", b"\\", b"null",
    b"Infinity", b"\xed\xa0\x80", b"\r\n", b"&a *a", b"!!python/object:os.system", b"    ", b": ", b"- ",
)  # fmt: skip

_MOST_PARTS: Final = 5_000

LARGEST: Final = 262_144
"""Bytes that a queue, a topic and an event carry."""


def leaf(draw: Random) -> Any:
    """Return a value that belongs somewhere else."""
    chance = draw.random()
    if chance < 0.5:
        return draw.choice(TEXTS)
    return draw.choice(NUMBERS) if chance < 0.8 else draw.choice(ODD)


def value(draw: Random, sound: Any) -> Any:
    """Return a copy of a JSON value with some of its parts replaced, removed or repeated."""
    if draw.random() < 0.03:
        return leaf(draw)
    if isinstance(sound, dict):
        return _object(draw, sound)
    if isinstance(sound, list):
        kept = [value(draw, each) for each in sound if draw.random() > 0.02]
        more = draw.choice((2, 20)) if draw.random() < 0.03 else 1
        # Nested lists that are repeated at each depth would grow to a million times their size.
        return (kept * more)[:60] if _parts(kept) * more <= _MOST_PARTS else kept
    return _text(draw, sound) if isinstance(sound, str) else sound


def text_of(draw: Random, sound: bytes) -> bytes:
    """Return a copy of a file with some of its bytes replaced, removed or added."""
    data = bytearray(sound)
    for _ in range(draw.choice((1, 1, 2, 5))):
        place, chance = draw.randrange(len(data) + 1), draw.random()
        if chance < 0.3 and data:
            data[place % len(data)] = draw.randrange(256)
        elif chance < 0.5:
            del data[place : place + draw.choice((1, 5, 50))]
        elif chance < 0.8:
            data[place:place] = draw.choice(PIECES)
        else:
            data[place:place] = data[max(0, place - 30) : place] * 3
    return bytes(data)


def _parts(value: Any) -> int:
    """Return the number of values inside a value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_parts, inner))


def _object(draw: Random, sound: dict[str, Any]) -> dict[str, Any]:
    changed = {}
    for key, inner in sound.items():
        chance = draw.random()
        if chance >= 0.02:
            changed[draw.choice(TEXTS) if chance < 0.03 else key] = value(draw, inner)
    if draw.random() < 0.02:
        changed[draw.choice(TEXTS)] = leaf(draw)
    return changed


def _text(draw: Random, sound: str) -> str:
    if sound.startswith("{") and draw.random() < 0.5:
        try:
            return json.dumps(value(draw, json.loads(sound)))
        except (ValueError, RecursionError):
            return sound
    if draw.random() < 0.03:
        place = draw.randrange(len(sound) + 1)
        return sound[:place] + draw.choice(TEXTS) + sound[place:]
    return sound
