"""The happenings of a test, each at its moment."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from kedge.domain.action import Answer
from kedge.domain.errors import MalformedPolicy
from kedge.domain.run import Monitor
from kedge.domain.signal import PolicyRead, RunFinished, SilenceChanged
from kedge.domain.silence import Silence
from kedge.domain.target import Target, TargetKind
from kedge.policy.durations import parse_duration
from workbench.cli.policy_files import policy_in
from workbench.scenarios.checks import POLICY_WORDS
from workbench.scenarios.deploying import deployed
from workbench.scenarios.document import Input, SilencePart
from workbench.scenarios.entry_points import By, folder_of
from workbench.scenarios.events import alarm_event, alarm_message
from workbench.scenarios.happening import Happening
from workbench.scenarios.living import lived
from workbench.scenarios.outcomes import answered, ended, registered
from workbench.scenarios.people import PERSON, by_a_person
from workbench.scenarios.ring import Ring, Unplayable
from workbench.scenarios.runs import captured, runs_of, source_of
from workbench.scenarios.situation import Place, Situation, placed, spread
from workbench.scenarios.world import detectors_call, object_created, schedule_named

_STACK: Final = "kedge"


def happenings(situation: Situation, folder: Path) -> tuple[Happening, ...]:
    """Return all happenings of a test in order of time.

    At one moment, silences and the world come first, then runs, then the rest. Paths are relative to `folder`. A
    happening raises Unplayable if it is impossible.
    """
    # Silences and the world come first: a silence that begins with an alarm must exist before the alarm arrives.
    found = [
        each for number, part in enumerate(situation.silences) for each in _silenced(situation.start, part, number)
    ]
    found += [each for given in situation.input if given.world is not None for each in _world(situation, given)]
    found += [Happening(at, partial(_run, run=run)) for at, run in runs_of(situation)]
    for number, given in enumerate(situation.input):
        if given.at is not None and given.values is None and given.world is None:
            at = situation.start + parse_duration(given.at)
            for place in spread(placed(given.target, situation.place)):
                found += _one(given, place, folder, number, at)
    return tuple(sorted(found, key=lambda each: each.at))


def _world(situation: Situation, given: Input) -> Iterator[Happening]:
    at = situation.start + parse_duration(given.at or "0")
    for place in spread(placed(given.target, situation.place)):
        yield Happening(at, partial(_change, given=given, place=place))


def _change(ring: Ring, given: Input, place: Place) -> None:
    if given.world is not None:
        ring.world.change(place.target, given.world, ring.now)


def _run(ring: Ring, run: RunFinished) -> None:
    ring.world.tag(run.target, run.tags)
    run = captured(ring.world.endpoints, run)
    ring.world.ran(run)
    ring.settle(run)


def _one(given: Input, place: Place, folder: Path, number: int, at: datetime) -> Iterator[Happening]:
    if given.deployment is not None:
        yield from deployed(given.deployment, place.target, at, given.by)
    elif given.deleted is not None or given.made is not None:
        yield from lived(given, place, at)
    elif given.alarm is not None:
        heard = at + parse_duration(given.late or "0")
        yield Happening(heard, partial(_alarm, given=given, place=place, at=at))
    else:
        yield Happening(at, partial(_happen, given=given, place=place, folder=folder, number=number))


def _alarm(ring: Ring, given: Input, place: Place, at: datetime) -> None:
    """Deliver that an alarm changed its state at an earlier or at this moment."""
    if given.alarm is None:
        return
    ring.world.tag(place.target, place.tags)
    tell = alarm_message if given.by is By.TOPIC else alarm_event
    told = tell(given.alarm, place.target, at)
    if given.by in (None, By.EVENTS):
        ring.world.knows_alarm_of(told)
    ring.take_in(told, given.alarm.name, given.by)


def _happen(ring: Ring, given: Input, place: Place, folder: Path, number: int) -> None:
    ring.world.tag(place.target, place.tags)
    if given.event is not None:
        _event(ring, given, folder)
    elif given.report is not None:
        _report(ring, given, place, folder, number)
    elif given.policy is not None:
        _policy(ring, place.target, number, given.policy, folder)
    else:
        _about_a_plan(ring, given, place)
        by_a_person(ring, given, place, number)


def _about_a_plan(ring: Ring, given: Input, place: Place) -> None:
    for answer, vote in ((Answer.APPROVE, given.approve), (Answer.REJECT, given.reject)):
        if vote is not None:
            answered(ring, place.target, given.monitor, answer, vote)
    if given.pipeline is not None:
        ended(ring, place.target, given.pipeline, given.by)
    if given.package is not None:
        registered(ring, place.target, given.package, given.by)


def _report(ring: Ring, given: Input, place: Place, folder: Path, number: int) -> None:
    target, source = place.target, source_of(place, given.monitor or Monitor.CUSTOM, given)
    endpoint = target.name if target.kind is TargetKind.ENDPOINT else None
    ring.world.schedules[source] = schedule_named(source, target, given.monitor, endpoint)
    _lay(ring, given, folder)
    path = folder_of(endpoint, source, ring.now)
    if given.by is By.CALL:
        ring.take_in(detectors_call(target, endpoint, source, path, ring.now), given.report or "", given.by)
        return
    if given.by is By.EVENTS:
        ring.world.wrote(source, target, path, ring.now, number)
    ring.take_in(object_created(target, path, ring.now, number), given.report or "", given.by)


def _event(ring: Ring, given: Input, folder: Path) -> None:
    _lay(ring, given, folder)
    name = given.event or ""
    try:
        raw = msgspec.json.decode((folder / name).read_bytes())
    except msgspec.DecodeError as error:
        raise Unplayable(f"{name} is no JSON: {error}") from error
    if given.by in (None, By.EVENTS):
        ring.world.knows_job_of(raw, ring.now)
        ring.world.knows_alarm_of(raw)
    ring.take_in(raw, name, given.by)


def _lay(ring: Ring, given: Input, folder: Path) -> None:
    ring.world.report = (folder / given.report).read_bytes() if given.report is not None else None
    ring.world.statistics = (folder / given.statistics).read_bytes() if given.statistics is not None else None


def _policy(ring: Ring, target: Target, number: int, becomes: str, folder: Path) -> None:
    if becomes.startswith("kill_switch"):
        ring.switch(off=becomes == "kill_switch_on")
        return
    if becomes not in POLICY_WORDS:
        try:
            ring.publish(policy_in(folder / becomes, ring.environment))
        except MalformedPolicy as error:
            raise Unplayable(f"{becomes} cannot be published: {error}") from error
        return
    broken = becomes == "broken"
    where = Target(account=target.account, region=target.region, kind=TargetKind.POLICY, name=_STACK)
    fault = "policy.yaml:1:1: this cannot be read" if broken else None
    signal = PolicyRead(id=f"policy/{number}", at=ring.now, target=where, version=str(number), fault=fault)
    ring.settle(signal)


def _silenced(start: datetime, part: SilencePart, number: int) -> Iterator[Happening]:
    begins = start + parse_duration(part.from_)
    silence = Silence(
        id=f"silence-{number + 1}",
        matchers=part.matchers,
        starts_at=begins,
        ends_at=begins + parse_duration(part.for_),
        author=part.by,
        comment=part.comment,
        created=begins,
        proven=True,
    )
    yield Happening(begins, partial(_keep, silence=silence, turn=0))
    if part.expire_at is not None:
        ends = max(start + parse_duration(part.expire_at), begins + timedelta(seconds=1))
        expired = msgspec.structs.replace(silence, ends_at=ends)
        yield Happening(ends, partial(_keep, silence=expired, turn=1))


def _keep(ring: Ring, silence: Silence, turn: int) -> None:
    words = f"{silence.author} silenced {', '.join(silence.matchers)}" if turn == 0 else f"{silence.author} ended it"
    ring.story.remark(ring.now, silence.id, words)
    target = Target(account="", region="", kind=TargetKind.FLEET, name="silences")
    ring.settle(
        SilenceChanged(id=f"{silence.id}/{turn}", at=ring.now, target=target, silence=silence, provenance=PERSON)
    )
