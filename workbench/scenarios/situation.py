"""A test, completed from its file and from the test that it extends."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.target import Target, TargetKind
from kedge.policy.durations import parse_duration
from workbench.scenarios.document import Expectation, Input, PolicyTest, PolicyTests, SilencePart, TargetPart

ACCOUNT: Final = "111122223333"
REGION: Final = "eu-central-1"
ENDPOINT: Final = "model-prod"


RANGE: Final = re.compile(r"(?P<before>[^{}]*)\{(?P<first>\d+)\.\.(?P<last>\d+)\}(?P<after>[^{}]*)")
"""One name for many endpoints, as a shell writes it: `model-{001..200}`."""


class Place(Struct, frozen=True, kw_only=True):
    """The monitored target, and its tags."""

    target: Target
    tags: dict[str, str] = {}


NOWHERE: Final = Place(target=Target(account=ACCOUNT, region=REGION, kind=TargetKind.ENDPOINT, name=ENDPOINT))
"""The target of a test that does not name one."""


class Situation(Struct, frozen=True, kw_only=True):
    """One test, ready to be played. `number` is its place in the file, from 0."""

    name: str
    number: int
    start: datetime
    environment: str
    interval: timedelta
    place: Place
    input: tuple[Input, ...]
    silences: tuple[SilencePart, ...]
    expect: tuple[Expectation, ...]


def situations(document: PolicyTests) -> tuple[Situation, ...]:
    """Return every test of a file."""
    by_name = {test.name: test for test in document.tests}
    return tuple(_situation(document, by_name, number, test) for number, test in enumerate(document.tests))


def placed(part: TargetPart | None, within: Place) -> Place:
    """Return the target that a part names; absent keys come from another target."""
    if part is None:
        return within
    target = within.target
    if part.endpoint is not None:
        target = msgspec.structs.replace(target, kind=TargetKind.ENDPOINT, name=part.endpoint)
    elif part.schedule is not None:
        target = msgspec.structs.replace(target, kind=TargetKind.SCHEDULE, name=part.schedule)
    target = msgspec.structs.replace(
        target, account=part.account or target.account, region=part.region or target.region
    )
    return Place(target=target, tags=within.tags if part.tags is None else part.tags)


def spread(place: Place) -> Iterator[Place]:
    """Yield every target if the name is a range, else the target itself."""
    found = RANGE.fullmatch(place.target.name)
    if found is None:
        yield place
        return
    for number in range(int(found["first"]), int(found["last"]) + 1):
        name = f"{found['before']}{number:0{len(found['first'])}}{found['after']}"
        yield Place(target=msgspec.structs.replace(place.target, name=name), tags=place.tags)


def _situation(document: PolicyTests, by_name: dict[str, PolicyTest], number: int, test: PolicyTest) -> Situation:
    # The oldest comes first, because the nearer test overrides it.
    line = [test]
    while (before := line[0].extends) is not None:
        line.insert(0, by_name[before])
    place, start, interval, environment = NOWHERE, document.start, document.interval, document.environment
    for each in line:
        place = placed(each.target, place)
        start, interval = each.start or start, each.interval or interval
        environment = environment if each.environment is None else each.environment
    return Situation(
        name=test.name,
        number=number,
        start=datetime.fromisoformat(start).astimezone(UTC),
        environment=environment,
        interval=parse_duration(interval),
        place=place,
        input=tuple(given for each in line for given in each.input),
        silences=tuple(given for each in line for given in each.silences),
        expect=test.expect,
    )
