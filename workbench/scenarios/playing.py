"""Plays tests: carries out their happenings and checks their expectations, each at its moment."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from msgspec import Struct

from kedge.policy.compiled import Policy
from kedge.policy.durations import parse_duration
from workbench.cli.policy_files import policy_in
from workbench.scenarios.comparing import Since, rows_of
from workbench.scenarios.happenings import happenings
from workbench.scenarios.reading import Sheet
from workbench.scenarios.ring import Ring, Unplayable
from workbench.scenarios.row import Row
from workbench.scenarios.situation import Situation, situations
from workbench.scenarios.story import Entry


class Looked(Struct, frozen=True, kw_only=True):
    """The result of an expectation: its moment, its line in the file, and its rows."""

    after: timedelta
    at: datetime
    line: int
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Return whether everything is as expected."""
        return all(row.ok for row in self.rows)


class Result(Struct, frozen=True, kw_only=True):
    """The result of one test under one policy. `broken` is the reason if it could not be played to its end.

    `start` is None for a test of routes, which does not take time.
    """

    file: Path
    policy: str
    name: str
    line: int
    looked: tuple[Looked, ...] = ()
    broken: str = ""
    start: datetime | None = None
    entries: tuple[Entry, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether it passed."""
        return not self.broken and all(each.ok for each in self.looked) and all(row.ok for row in self.rows)


type Play = partial[Result]


def plays(sheet: Sheet) -> Iterator[tuple[str, Play]]:
    """Yield every test of a file under each of its policies, with its name, ready to be played.

    Raises:
        MalformedPolicy: a policy cannot be read.
    """
    folder, document = sheet.file.parent, sheet.document
    for written in document.policy_files:
        policies = _Policies(folder / written)
        named = written if len(document.policy_files) > 1 else ""
        policies.read("")
        for situation in situations(document):
            yield situation.name, partial(_play, sheet, situation, policies, named)
        for number, each in enumerate(document.routes):
            name = f"route of {', '.join(f'{label}={value}' for label, value in each.labels.items()) or 'nothing'}"
            yield name, partial(_route, sheet, number, name, policies, named)


class _Policies:
    """A policy file, compiled once for each environment."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Policy] = {}

    def read(self, environment: str) -> Policy:
        if environment not in self._known:
            self._known[environment] = policy_in(self._file, environment)
        return self._known[environment]


def _play(sheet: Sheet, situation: Situation, policies: _Policies, named: str) -> Result:
    policy = policies.read(situation.environment)
    ring = Ring(policy, situation.start)
    looked: list[Looked] = []
    broken = ""
    try:
        looked += _looks(sheet, situation, ring)
    except Unplayable as error:
        broken = str(error)
    return Result(
        file=sheet.file,
        policy=named,
        name=situation.name,
        line=sheet.line_of_test(situation.number),
        looked=tuple(looked),
        broken=broken,
        start=situation.start,
        entries=tuple(ring.story.entries),
    )


def _looks(sheet: Sheet, situation: Situation, ring: Ring) -> Iterator[Looked]:
    coming = list(happenings(situation, sheet.file.parent))
    since = Since()
    in_time = sorted(enumerate(situation.expect), key=lambda pair: parse_duration(pair[1].at))
    for number, expected in in_time:
        at = situation.start + parse_duration(expected.at)
        while coming and coming[0].at <= at:
            happening = coming.pop(0)
            ring.run_until(happening.at)
            happening.do(ring)
        ring.run_until(at)
        yield Looked(
            after=parse_duration(expected.at),
            at=at,
            line=sheet.line_of(situation.number, number),
            rows=rows_of(ring.story, expected, situation.place, since),
        )


def _route(sheet: Sheet, number: int, name: str, policies: _Policies, named: str) -> Result:
    test = sheet.document.routes[number]
    policy = policies.read(test.labels.get("environment", ""))
    labels = {label: (value,) for label, value in test.labels.items()}
    got = tuple(dict.fromkeys(route.receiver for route in policy.route.leading(labels)))
    expected = ", ".join(test.receivers) or "nobody"
    return Result(
        file=sheet.file,
        policy=named,
        name=name,
        line=sheet.line_of_route(number),
        rows=(Row("receivers", expected, ", ".join(got), sorted(test.receivers) == sorted(got)),),
    )
