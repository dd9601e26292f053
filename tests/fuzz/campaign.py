"""Runs inputs, and finds for each that breaks an invariant the smallest that breaks the same one."""

import json
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from kedge import lint
from kedge.domain.effect import ChannelName
from kedge.entrypoints.intake import summary
from kedge.errors import InputError, Permanent, Transient
from kedge.intake import Intake
from kedge.policy.rules import Policy, compiled, default_policy
from kedge.ports import Commit
from kedge.reports.evidence import parse_inline
from kedge.reports.statistics import records_in_first, statistics_in
from kedge.reports.violations import violations_in
from kedge.sources.reader import Home, Reader, bodies
from tests.cpu import at_most
from tests.fakes.ledger import MemoryLedger
from tests.fuzz.inputs import Input, Kind, made, stories
from tests.fuzz.invariants import Broken, kept, must
from tests.fuzz.world import World

BUDGET: Final = 1.0
"""Seconds of the processor for one input: a hundred times what the slowest takes that is sound."""

EMERGENCY: Final = 10.0
_HERE: Final = Path(__file__).parent
_CHANNELS: Final = (ChannelName.MAIL, ChannelName.CHAT, ChannelName.PROGRAMS)
_ROUNDS: Final = 400


class Failure(NamedTuple):
    """What went wrong: the error, the line of Kedge's that raised it (or the invariant), and the smallest input found."""

    number: int
    kind: Kind
    error: str
    place: str
    says: str
    smallest: tuple[Any, ...] = ()

    @property
    def sort(self) -> tuple[str, str, str]:
        """What tells two faults apart."""
        return self.kind, self.error, self.place


class _Ledger(MemoryLedger):
    """Keeps in memory, and checks everything that is kept."""

    def __init__(self, counts: Counter[str]) -> None:
        super().__init__()
        self._counts = counts

    def commit(self, commit: Commit) -> None:
        self._counts["messages"] += kept(commit)
        super().commit(commit)


class Campaign:
    """Inputs of one seed. `counts` says what came of them."""

    def __init__(self, seed: int, budget: float = BUDGET) -> None:
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0
        self._seed = seed
        self._budget = budget
        self._policy = default_policy("fuzz")

    def run(self, numbers: range) -> Iterator[Failure]:
        """Run inputs, and yield the first failure of each sort, made as small as can be."""
        seen = set()
        for number in numbers:
            one = made(self._seed, number)
            self.counts[one.kind] += 1
            failure = self.failure(number, one)
            if failure is None:
                continue
            self.counts["failures"] += 1
            if failure.sort not in seen:
                seen.add(failure.sort)
                again = partial(Campaign(self._seed, self._budget).failure, number)
                yield failure._replace(smallest=smallest(one, again, failure).parts)

    def failure(self, number: int, one: Input) -> Failure | None:
        """What is wrong with what comes of an input, None if nothing is."""
        start = time.process_time()
        try:
            with at_most(EMERGENCY):
                self._play(one)
        except (Exception, RecursionError) as error:  # noqa: BLE001 - any other than Kedge's own is what is looked for
            return Failure(number, one.kind, type(error).__name__, _place(error), str(error)[:300])
        taken = time.process_time() - start
        self.slowest = max(self.slowest, taken)
        if taken > self._budget:
            return Failure(number, one.kind, "Slow", "", f"took {taken:.1f} s of the processor")
        return None

    def _play(self, one: Input) -> None:
        match one.kind:
            case Kind.EVENTS:
                self._take_in(one, self._policy)
            case Kind.POLICY:
                self._rule(one)
            case Kind.INLINE:
                parse_inline(one.parts[0])
            case Kind.REPORT:
                violations_in(one.parts[0])
            case Kind.STATISTICS:
                statistics_in(one.parts[0])
                records_in_first(one.parts[0])

    def _rule(self, one: Input) -> None:
        """A policy is sound or has faults with their places; a sound one can be decided by."""
        reading = lint.read(one.parts[0], "policy.yaml")
        self.counts["policies with faults"] += reading.document is None
        if reading.document is None:
            must(reading.faults, "a policy that is not sound has a fault")
            return
        draw = Random(one.world)  # noqa: S311 - chance must come again
        story = draw.choice(stories())
        events = one._replace(parts=tuple(event for _, event in story[:6]), began=story[0][0])
        self._take_in(events, compiled(reading.document, "fuzz"))

    def _take_in(self, one: Input, policy: Policy) -> None:
        """Every delivery is read, ignored with a reason, or malformed with a place; nothing else, and never nothing."""
        world, ledger, now = World(one.world), _Ledger(self.counts), one.began
        home = Home("111122223333", "us-east-1")
        for part in one.parts:
            now += timedelta(minutes=1)
            intake = Intake(Reader(world, world, world, home), ledger, lambda: policy, _CHANNELS, "fuzz", lambda: now)  # noqa: B023
            for body in bodies(part):
                world.refused = False
                try:
                    outcomes = intake.take_in(body, now)
                except InputError as fault:
                    self.counts["malformed"] += 1
                    must(fault.path.startswith("$") and fault.why, "what is malformed has a path and a reason")
                    str(fault).encode()
                except (Transient, Permanent) as error:
                    self.counts["not answered by AWS"] += 1
                    must(world.refused or isinstance(error, Transient), f"only what AWS refuses is given up: {error}")
                else:
                    must(outcomes, "a delivery holds at least one thing")
                    for outcome in outcomes:
                        must(
                            (outcome.signal is None) != (outcome.ignored is None), "it is read, or ignored for a reason"
                        )
                        self.counts["ignored" if outcome.signal is None else "read"] += 1
                        json.dumps(summary(outcome), ensure_ascii=False).encode()


def smallest(one: Input, fails: Callable[[Input], Failure | None], failure: Failure) -> Input:
    """The smallest input found that fails in the same way: fewer deliveries, fewer keys and items, shorter texts."""
    for _ in range(_ROUNDS):
        for parts in _smaller_parts(one.parts):
            found = fails(one._replace(parts=parts))
            if found is not None and found.sort == failure.sort:
                one = one._replace(parts=parts)
                break
        else:
            return one
    return one


def _smaller_parts(parts: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if len(parts) > 1:
        yield from (parts[:number] + parts[number + 1 :] for number in range(len(parts)))
    for number, part in enumerate(parts):
        yield from ((*parts[:number], smaller, *parts[number + 1 :]) for smaller in _smaller(part))


def _smaller(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from ({key: each for key, each in value.items() if key != gone} for gone in value)
        for key, inner in value.items():
            yield from ({**value, key: each} for each in _smaller(inner))
    elif isinstance(value, list):
        yield from (value[:number] + value[number + 1 :] for number in range(len(value)))
        for number, inner in enumerate(value):
            yield from ([*value[:number], each, *value[number + 1 :]] for each in _smaller(inner))
    elif isinstance(value, str | bytes):
        yield from _shorter(value)


def _shorter(text: Any) -> Iterator[Any]:
    if isinstance(text, str) and text.startswith(("{", "[")):
        with suppress(ValueError, RecursionError):
            yield from (json.dumps(each) for each in _smaller(json.loads(text)))
        return
    size = len(text)
    for piece in (size // 2, size // 4, size // 8, 1):
        if piece:
            yield from (text[:start] + text[start + piece :] for start in range(0, size, max(piece, size // 40)))


def _place(error: BaseException) -> str:
    """The innermost line of the sources, or the invariant."""
    if isinstance(error, Broken):
        return str(error).partition(":")[0].rstrip("0123456789 ")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "kedge" in Path(frame.filename).parts]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "outside"
