"""Compares expected with got, row by row."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from kedge.domain.incident import Incident
from kedge.messages import write
from kedge.ports.channels import Message
from workbench.scenarios.answering import answered, standing
from workbench.scenarios.document import Conditions, IncidentPart, MessagePart
from workbench.scenarios.looking import last_signal, newest
from workbench.scenarios.receivers import notified, suppressed
from workbench.scenarios.row import NONE, Row
from workbench.scenarios.situation import Place, placed, spread
from workbench.scenarios.story import Story, Told


class Since(Struct):
    """The position in the story where the last expectation ended, for each key that counts from the one before."""

    told: int = 0
    quiet: int = 0
    acts: int = 0


def rows_of(story: Story, expected: Conditions, within: Place, since: Since) -> tuple[Row, ...]:
    """Return all rows of an expectation and advance `since`."""
    before = msgspec.structs.replace(since)
    rows = [*_of_incident(story, expected, within), *_since(story, expected, since)]
    if expected.message is not None:
        rows += _message(expected.message, told_since(story, 0))
    if expected.any_of:
        rows += _any_of(_each(story, expected.any_of, within, before, since))
    if expected.not_ is not None:
        (found,) = _each(story, (expected.not_,), within, before, since)
        rows.append(_not(found))
    return tuple(rows)


def _of_incident(story: Story, expected: Conditions, within: Place) -> Iterator[Row]:
    """Yield the rows about the incidents at this moment."""
    target = next(spread(placed(expected.target, within))).target
    incident = newest(story, target, expected.monitor)
    if not isinstance(expected.incident, UnsetType):
        yield from _incident(expected.incident, incident)
    if expected.open is not UNSET:
        still = sum(each.is_open for each in story.incidents())
        yield _row("open", expected.open, still)
    if expected.reason is not UNSET:
        entry = last_signal(story, target, expected.monitor)
        decision = entry.decision if entry is not None else None
        yield _row("reason", expected.reason, NONE if decision is None else decision.reason)
    if not isinstance(expected.remedies, UnsetType):
        yield from answered(expected.remedies, incident, story.plans)
    if not isinstance(expected.standing, UnsetType):
        yield from standing(expected.standing, story.incidents())


def _since(story: Story, expected: Conditions, since: Since) -> Iterator[Row]:
    """Yield the rows about the time since the previous expectation, and advance `since`."""
    if not isinstance(expected.notify, UnsetType):
        yield from notified(expected.notify, told_since(story, since.told))
        since.told = len(story.entries)
    if not isinstance(expected.quiet, UnsetType):
        yield from suppressed(
            expected.quiet, (each for entry in story.entries[since.quiet :] for each in entry.suppressed)
        )
        since.quiet = len(story.entries)
    if not isinstance(expected.acts, UnsetType):
        yield from _acts(expected.acts, tuple(story.acts[since.acts :]))
        since.acts = len(story.acts)


def told_since(story: Story, first: int) -> tuple[Told, ...]:
    """Return every message from an entry of the story on."""
    return tuple(told for entry in story.entries[first:] for told in entry.told)


def _each(
    story: Story, every: tuple[Conditions, ...], within: Place, before: Since, since: Since
) -> tuple[tuple[Row, ...], ...]:
    """Return the rows of each of several conditions, and advance `since`.

    All conditions begin at the same place in the story, and `since` advances as far as they read.
    """
    found = []
    for each in every:
        own = msgspec.structs.replace(before)
        found.append(rows_of(story, each, within, own))
        for key in since.__struct_fields__:
            setattr(since, key, max(getattr(since, key), getattr(own, key)))
    return tuple(found)


def _any_of(every: tuple[tuple[Row, ...], ...]) -> tuple[Row, ...]:
    """Return the rows of the first condition that holds; if none holds, the rows that fail in each."""
    so = next((rows for rows in every if all(row.ok for row in rows)), None)
    if so is not None:
        return so
    return tuple(
        msgspec.structs.replace(row, what=f"any_of {number} {row.what}")
        for number, rows in enumerate(every, 1)
        for row in rows
        if not row.ok
    )


def _not(rows: tuple[Row, ...]) -> Row:
    """Return the row that the conditions as a whole do not hold."""
    words = "; ".join(f"{row.what} {row.expected}" for row in rows)
    is_so = all(row.ok for row in rows)
    return Row("not", words, "it is so" if is_so else "it is not so", ok=not is_so)


def _incident(expected: IncidentPart | None, got: Incident | None) -> Iterator[Row]:
    if expected is None or got is None:
        shown = NONE if got is None else f"{got.state}, {got.severity}, {got.cause}"
        wanted = NONE if expected is None else ", ".join(_given(expected).values()) or "one"
        yield Row("incident", wanted, shown, expected is None and got is None)
        return
    for name, value in _given(expected).items():
        found = got.problem.findings if name == "findings" else getattr(got, name)
        yield _row(name, value, found)
    told = " ".join(got.evidence)
    yield from (Row("evidence", text, told or NONE, text.lower() in told.lower()) for text in expected.evidence)


def _given(part: Struct) -> dict[str, str]:
    """Return the fields that a part states, as text."""
    named = {name: getattr(part, name) for name in part.__struct_fields__ if name != "evidence"}
    return {name: _text(value) for name, value in named.items() if value is not UNSET}


def _acts(expected: tuple[str, ...], got: tuple[str, ...]) -> Iterator[Row]:
    """Yield each expected call to AWS beside the actual one, in order."""
    for number in range(max(len(expected), len(got), 1)):
        wanted, done = (each[number] if number < len(each) else NONE for each in (expected, got))
        yield Row("acts", wanted, done, wanted == done)


def _message(expected: MessagePart, got: tuple[Told, ...]) -> Iterator[Row]:
    told = next((each for each in reversed(got) if expected.receiver in (None, each.receiver)), None)
    effect = told.effects.get(expected.channel) if told is not None else None
    if effect is None:
        to = f" to {expected.receiver}" if expected.receiver is not None else ""
        yield Row("message", f"one by {expected.channel}{to}", NONE, ok=False)
        return
    message = write(effect, "")
    if expected.subject is not None:
        yield _row("subject", expected.subject, message.subject or NONE)
    for text in expected.contains:
        yield _contained(text, message)


def _contained(text: str, message: Message) -> Row:
    # A mail breaks its lines at the width of the screen, so the text may cross a line break.
    whole = " ".join(message.body.split())
    found = " ".join(text.split()) in whole
    return Row("contains", text, "it does" if found else f"it does not:\n{message.body}", found)


def _row(what: str, expected: object, got: object) -> Row:
    return Row(what, _text(expected), _text(got), _text(expected) == _text(got))


def _text(value: object) -> str:
    match value:
        case None:
            return NONE
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
    return str(msgspec.to_builtins(value))
