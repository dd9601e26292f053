"""Compares the notified and the suppressed receivers: expected beside got, each once."""

from collections.abc import Iterable, Iterator
from typing import Final

from kedge.domain.decision import Suppressed
from workbench.scenarios.document import HeardPart, HushedPart
from workbench.scenarios.row import NOBODY, Row
from workbench.scenarios.story import Told

_SHOWN: Final = 10


def notified(expected: tuple[str | HeardPart, ...], got: tuple[Told, ...]) -> Iterator[Row]:
    """Yield each expected receiver beside the actual one, and each receiver that was notified unexpectedly."""
    wanted = [HeardPart(receiver=each) if isinstance(each, str) else each for each in expected]
    left = list(got)
    pairs: list[tuple[HeardPart, Told | None]] = []
    for each in sorted(wanted, key=lambda part: part.why is None):
        fits = next((told for told in left if _fits(each, told)), None)
        if fits is not None:
            left.remove(fits)
        pairs.append((each, fits))
    pairs.sort(key=lambda pair: (pair[1] is None, wanted.index(pair[0])))
    for each, found in pairs:
        near = found or next((told for told in left if told.receiver == each.receiver), None)
        if found is None and near is not None:
            left.remove(near)
        yield Row("notify", _heard_part(each), NOBODY if near is None else _heard(near), found is not None)
    yield from (Row("notify", NOBODY, _heard(told), ok=False) for told in left[:_SHOWN])
    if len(left) > _SHOWN:
        yield Row("notify", NOBODY, f"and {len(left) - _SHOWN} more", ok=False)
    if not wanted and not got:
        yield Row("notify", NOBODY, NOBODY, ok=True)


def _fits(expected: HeardPart, told: Told) -> bool:
    return (
        expected.receiver == told.receiver
        and expected.why in (None, told.why)
        and expected.incidents in (None, told.incidents)
    )


def _heard_part(part: HeardPart) -> str:
    many = None if part.incidents is None else f"{part.incidents} incident{'' if part.incidents == 1 else 's'}"
    return ", ".join(str(each) for each in (part.receiver, part.why, many) if each is not None)


def _heard(told: Told) -> str:
    return f"{told.receiver}, {told.why}" + (f", {told.incidents} incidents" if told.incidents > 1 else "")


def suppressed(expected: tuple[str | HushedPart, ...], got: Iterable[Suppressed]) -> Iterator[Row]:
    """Yield each expected suppression, with its reason, beside the actual one."""
    found = list(dict.fromkeys((each.receiver, each.quiet) for each in got))
    for each in expected:
        part = HushedPart(receiver=each) if isinstance(each, str) else each
        fits = [pair for pair in found if pair[0] == part.receiver and part.quiet in (None, pair[1])]
        # A receiver without a reason may match several suppressions; a receiver with a reason matches exactly that one.
        found = [pair for pair in found if pair not in fits]
        near = fits or [pair for pair in found if pair[0] == part.receiver][:1]
        shown = "; ".join(f"{receiver}, {quiet}" for receiver, quiet in near) or NOBODY
        wanted = part.receiver if part.quiet is None else f"{part.receiver}, {part.quiet}"
        found = [pair for pair in found if pair not in near]
        yield Row("quiet", wanted, shown, bool(fits))
    yield from (Row("quiet", NOBODY, f"{receiver}, {quiet}", ok=False) for receiver, quiet in found)
    if not expected and not found:
        yield Row("quiet", NOBODY, NOBODY, ok=True)
