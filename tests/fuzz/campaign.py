"""Run inputs, and find for each broken invariant the smallest input that breaks the same one."""

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

import msgspec

from kedge.domain.effect import ChannelName
from kedge.domain.errors import InputError, MalformedSignal, Permanent, Transient
from kedge.domain.provenance import EntryPoint
from kedge.domain.remedy import Mode, RemedyName
from kedge.lambdas.intake import summary
from kedge.policy import lint
from kedge.policy.compiled import Policy, compile_policy, default_document, default_policy
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.ports.storage import Commit
from kedge.reports.evidence import parse_inline
from kedge.reports.statistics import records_in_first, statistics_in
from kedge.reports.violations import violations_in
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.approval import ballot_of, chat_ballot_of
from kedge.services.intake import Intake, IntakeOutcome
from kedge.services.people import People
from kedge.sources.reader import Home, Reader, bodies
from tests.fakes.ledger import MemoryLedger
from tests.fuzz import monitors
from tests.fuzz.inputs import Delivery, Input, Kind, delivery, made, stories
from tests.fuzz.invariants import MOST_OF_A_FAULT, Broken, explained, kept, must
from tests.fuzz.world import World
from tests.support.cpu import at_most

BUDGET: Final = 1.0
"""Seconds of the processor for one input: a hundred times what the slowest takes that is sound."""

EMERGENCY: Final = 10.0
_HOME: Final = Home("111122223333", "us-east-1")
_BUCKETS: Final = frozenset({"sagemaker-us-east-1-111122223333"})
_TOPIC: Final = "arn:aws:sns:us-east-1:111122223333:kedge-alarms"
_HERE: Final = Path(__file__).parent
_CHANNELS: Final = (ChannelName.MAIL, ChannelName.CHAT, ChannelName.PROGRAMS)
_ROUNDS: Final = 400


class Failure(NamedTuple):
    """A failure: the error, the line of Kedge that raised it (or the invariant), and the smallest input found."""

    number: int
    kind: Kind
    error: str
    place: str
    says: str
    smallest: tuple[Any, ...] = ()

    @property
    def sort(self) -> tuple[str, str, str]:
        """Return the values that distinguish two faults."""
        return self.kind, self.error, self.place


class _Ledger(MemoryLedger):
    """A ledger in memory that checks every commit."""

    def __init__(self, counts: Counter[str]) -> None:
        super().__init__()
        self._counts = counts

    def commit(self, commit: Commit) -> None:
        self._counts["messages"] += kept(commit)
        super().commit(commit)


class Campaign:
    """The inputs of one seed. `counts` holds the number of each outcome."""

    def __init__(self, seed: int, budget: float = BUDGET) -> None:
        self.counts: Counter[str] = Counter()
        self.slowest = 0.0
        self._seed = seed
        self._budget = budget
        self._policies = (default_policy("fuzz"), _acting())

    def run(self, numbers: range) -> Iterator[Failure]:
        """Run inputs, and yield the first failure of each sort, reduced to the smallest input."""
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
        """Return the failure of an input, None if there is none."""
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
                self._take_in(one, self._policies[one.world % len(self._policies)])
            case Kind.POLICY:
                self._rule(one)
            case Kind.MONITORS:
                monitors.publish(one.parts[0], one.world, one.began, self.counts)
            case Kind.ANSWER:
                self._answer(one.parts[0])
            case Kind.INLINE:
                parse_inline(one.parts[0])
            case Kind.REPORT:
                violations_in(one.parts[0])
            case Kind.STATISTICS:
                statistics_in(one.parts[0])
                records_in_first(one.parts[0])

    def _rule(self, one: Input) -> None:
        """Check that a policy is sound, or has faults with their places. A sound policy must allow decisions."""
        reading = lint.read(one.parts[0], "policy.yaml")
        self.counts["policies with faults"] += reading.document is None
        if reading.document is None:
            must(reading.faults, "a policy that is not sound has a fault")
            return
        draw = Random(one.world)  # noqa: S311 - chance must come again
        story = draw.choice(stories())
        events = one._replace(parts=tuple(delivery(event) for _, event in story[:6]), began=story[0][0])
        self._take_in(events, compile_policy(reading.document, "fuzz"))

    def _take_in(self, one: Input, policy: Policy) -> None:
        """Check that every delivery is read, ignored with a reason, or malformed with a place."""
        world, now = World(one.world), one.began
        draw = Random(one.world)  # noqa: S311 - chance must come again
        reader = Reader(
            world,
            world,
            world,
            _HOME,
            draw.choice((None, world)),
            buckets=draw.choice((None, _BUCKETS)),
            alarms_topic=draw.choice((None, _TOPIC)),
        )
        confirming = draw.choice((None, AlarmConfirmation(world)))
        intake = Intake(
            reader, _Ledger(self.counts), lambda: policy, _CHANNELS, "fuzz", lambda: now, confirming=confirming
        )
        people = People(intake.settle, world, _HOME, lambda: now)
        for part in one.parts:
            now += timedelta(minutes=1)
            self.counts[f"by {part.entry_point}"] += 1
            if part.entry_point is EntryPoint.PEOPLE:
                self._each(world, lambda part=part: self._heard(people, part))
                continue
            for body in bodies(part.body):
                self._each(
                    world,
                    lambda part=part, body=body, now=now: intake.take_in(
                        body, now, part.entry_point, world.proven, part.detector
                    ),
                )

    def _heard(self, people: People, part: Delivery) -> tuple[IntakeOutcome, ...]:
        """Return the outcomes of a person's command: it counts, or is refused with a reason."""
        heard = people.hear(part.body)
        must((heard.outcome is None) == bool(heard.refused), "what a person says counts, or is refused with a reason")
        self.counts["refused" if heard.outcome is None else "heard"] += 1
        heard.refused.encode()
        heard.unproven.encode()
        return (IntakeOutcome(signal=heard.signal),) if heard.outcome is None else (heard.outcome,)

    def _each(self, world: World, deliver: Callable[[], tuple[IntakeOutcome, ...]]) -> None:
        world.refused = False
        try:
            outcomes = deliver()
        except InputError as fault:
            self.counts["malformed"] += 1
            explained(fault)
        except (Transient, Permanent) as error:
            self.counts["not answered by AWS"] += 1
            must(world.refused or isinstance(error, Transient), f"only what AWS refuses is given up: {error}")
        else:
            must(outcomes, "a delivery holds at least one thing")
            for outcome in outcomes:
                must((outcome.signal is None) != (outcome.ignored is None), "it is read, or ignored for a reason")
                self.counts["ignored" if outcome.signal is None else "read"] += 1
                json.dumps(summary(outcome), ensure_ascii=False).encode()

    def _answer(self, event: object) -> None:
        """Check that an answer is a ballot for one plan at either entry point, or malformed with the field and a short message."""
        for read in (ballot_of, chat_ballot_of):
            try:
                ballot = read(event)
            except MalformedSignal as fault:
                self.counts["malformed answers"] += 1
                explained(fault)
                must(
                    len(str(fault)) < MOST_OF_A_FAULT,
                    f"what is wrong with an answer takes {MOST_OF_A_FAULT} characters",
                )
            else:
                self.counts["answers"] += 1
                must(ballot.by or ballot.proof is not None, "an answer has a name or a proof")
                must((ballot.by + ballot.reason).isprintable(), "name and reason of an answer can be printed")


def _acting() -> Policy:
    """Return a policy that carries out a remedy for every incident without approval."""
    document = default_document()
    remedies = (RemedyRuleSpec(remedy=RemedyName.ROLL_BACK, mode=Mode.AUTO),)
    limits = msgspec.structs.replace(document.limits, dry_run=False)
    return compile_policy(msgspec.structs.replace(document, remedies=remedies, limits=limits), "fuzz")


def smallest(one: Input, fails: Callable[[Input], Failure | None], failure: Failure) -> Input:
    """Return the smallest input found that fails in the same way: fewer deliveries, fewer keys and items, shorter texts."""
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
    if isinstance(value, Delivery):
        yield from (value._replace(body=each) for each in _smaller(value.body))
    elif isinstance(value, dict):
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
    """Return the innermost line of the sources, or the invariant."""
    if isinstance(error, Broken):
        return str(error).partition(":")[0].rstrip("0123456789 ")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "kedge" in Path(frame.filename).parts]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "outside"
