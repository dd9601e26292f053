"""Strangers may send any text: an item of DynamoDB holds 400 KB, and confirmed facts always fit into it."""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kedge.decide.deployment_ledger import MONITORS, record_signal
from kedge.decide.evaluation import UNCONFIRMED_ROOM
from kedge.decide.fleet import fleet_of
from kedge.decide.next_evaluation import SAID
from kedge.decide.pipeline import decide
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.deployment import Deployments
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Permanent
from kedge.domain.finding import Check, Finding
from kedge.domain.provenance import EntryPoint, Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AlarmChanged, EndpointChanged, FeaturesDrifted, RunFinished
from kedge.ledger.items import Write, encode
from kedge.ledger.writes import writes_of
from kedge.ports.storage import Commit
from kedge.sources.size_limits import LONGEST_ID, LONGEST_NAME
from tests.fakes.ledger import MemoryLedger
from tests.properties.world import TARGETS, alarm, run
from tests.support.ledgers import NOW
from tests.support.ring import Ring
from tests.support.stories import BY_SAGEMAKER, CHURN, policy_of

MOST = 409_600
"""Bytes of an item with its key."""

A_FILE = Provenance(entry_point=EntryPoint.EVENTS, says="a file in s3://uploads")
A_MESSAGE = Provenance(entry_point=EntryPoint.TOPIC, says="a message on the alarms topic")
FLEET = fleet_of(CHURN)


class Table(MemoryLedger):
    """A table that refuses the items that DynamoDB refuses."""

    def commit(self, commit: Commit) -> None:
        for change in writes_of(commit):
            if isinstance(change, Write):
                size = sum(len(part.encode()) for part in (change.item.body, change.key.pk, change.key.sk))
                if size > MOST:
                    raise Permanent(
                        f"Item size has exceeded the maximum allowed size: {size} bytes of {change.item.kind}"
                    )
        super().commit(commit)


class Flood(NamedTuple):
    """A stranger's repeated messages: names of one letter, with the maximum length or a part of it."""

    letter: str
    part: float
    messages: int
    monitor: Monitor
    on_many: bool


def _name(letter: str, most: int, number: int) -> str:
    return f"{number}".ljust(7, "-") + letter * ((most - 7) // len(letter.encode()))


def _said(flood: Flood, number: int, ring: Ring) -> RunFinished | AlarmChanged:
    """Return a stranger's message with texts of the maximum length at the entry points."""
    longest = _name(flood.letter, max(8, int(LONGEST_NAME * flood.part)), number)
    names = {"id": _name(flood.letter, LONGEST_ID, number)}
    if flood.monitor is Monitor.ALARM:
        heard = alarm("churn", "a", Verdict.ALARM, ring.now)
        texts = {"reason": longest, "metric": longest, "namespace": longest}
        said: RunFinished | AlarmChanged = msgspec.structs.replace(
            heard, **names, **texts, alarm=longest, dimensions={"VariantName": longest}, provenance=A_MESSAGE
        )
    else:
        features = (f"{number % 5}-{each}-{flood.letter * 200}" for each in range(20 if flood.on_many else 250))
        findings = tuple(Finding(check=Check.DRIFT, feature=name, said=longest, metric=longest) for name in features)
        ran = run("churn", flood.monitor, "a", Verdict.VIOLATED, 1, ring.now)
        evidence = msgspec.structs.replace(ran.evidence, findings=findings, uri=longest, why=longest)
        said = msgspec.structs.replace(
            ran, **names, source=longest, job=longest, said=longest, evidence=evidence, provenance=A_FILE
        )
    if flood.on_many:
        target = msgspec.structs.replace(said.target, name=f"made-up-{number}")
        said = msgspec.structs.replace(said, target=target)
    return said


FLOODS = st.builds(
    Flood,
    letter=st.sampled_from(["\x01", "x", '"', "\U0001f6a2"]),
    part=st.sampled_from([0.01, 0.1, 0.5, 1.0]),
    messages=st.integers(1, 50),
    monitor=st.sampled_from([Monitor.ALARM, Monitor.DATA_QUALITY]),
    on_many=st.booleans(),
)


@settings(max_examples=10, deadline=None)
@given(st.lists(FLOODS, min_size=1, max_size=3))
@example([Flood("\x01", 1.0, 80, Monitor.ALARM, on_many=False), Flood("\x01", 0.1, 80, Monitor.ALARM, on_many=False)])
@example([Flood("\x01", 1.0, 80, Monitor.DATA_QUALITY, on_many=False)])
@example([Flood("\x01", 1.0, 850, Monitor.DATA_QUALITY, on_many=True)])
def test_whatever_strangers_send_what_is_confirmed_is_taken_in_kept_and_told(floods):
    policy = policy_of(evidence={"upstream": {"targets": 2, "within": "2h"}, "flapping": None})
    ring = Ring(ledger=Table(), policy=policy, channels=(ChannelName.PROGRAMS,))
    number = 0
    for flood in floods:
        for _ in range(flood.messages):
            number += 1
            ring.take_in(_said(flood, number, ring))
    ring.wait(1)
    for target in TARGETS:
        ring.take_in(alarm(target.name, "honest", Verdict.ALARM, ring.now))
        ring.take_in(run(target.name, Monitor.DATA_QUALITY, "honest", Verdict.VIOLATED, 5, ring.now))
    ring.minutes(30)
    cases = [(target, monitor) for target in TARGETS for monitor in (Monitor.ALARM, Monitor.DATA_QUALITY)]
    for target, monitor in [*cases, (FLEET, Monitor.FLEET)]:
        state, _ = ring.ledger.load(target, monitor)
        assert len(encode(state).encode()) < 400_000
        assert len(encode(state.unconfirmed).encode()) <= UNCONFIRMED_ROOM
        assert state.incident is not None, f"{target} {monitor} is not taken in"
        assert state.incident.is_open
        assert state.incident.is_confirmed
    told = {each.incident for each in ring.told}
    for target in TARGETS:
        assert ring.ledger.load(target, Monitor.ALARM)[0].incident.id in told
    assert ring.ledger.load(FLEET, Monitor.FLEET)[0].incident.id in told


def _sighting(number: int, letter: str, at: datetime, provenance: Provenance) -> FeaturesDrifted:
    target = msgspec.structs.replace(CHURN, name=f"endpoint-{number}")
    features = tuple(f"{number % 5}-{each}-".ljust(128, letter) for each in range(20))
    return FeaturesDrifted(
        id=f"{number}/{provenance.entry_point}",
        at=at,
        target=FLEET,
        member=target,
        features=features,
        provenance=provenance,
    )


def test_a_fleet_of_any_size_fits_and_what_is_only_said_of_it_takes_no_room_from_what_is_confirmed():
    policy = policy_of(evidence={"upstream": {"targets": 300, "within": "2h"}})
    alone, beside = CaseState(), CaseState()
    for number in range(490):
        said = _sighting(number, "\x01", NOW + timedelta(seconds=number), A_FILE)
        shown = _sighting(number, "x", NOW, BY_SAGEMAKER)
        alone = decide(policy, alone, shown, NOW).state
        for signal in (said, shown) if number % 4 == 0 else (shown,):
            beside = decide(policy, beside, signal, NOW).state
    confirmed = {
        feature: {member: at for member, at in members.items() if not member.startswith(SAID)}
        for feature, members in beside.sightings.items()
    }
    assert {feature: members for feature, members in confirmed.items() if members} == alone.sightings
    assert len(encode(beside).encode()) < 400_000
    assert any(member.startswith(SAID) for members in beside.sightings.values() for member in members)


def test_the_runs_that_are_only_said_of_an_endpoint_leave_room_for_what_it_ran():
    names = [_name("\x01", LONGEST_NAME, number) for number in range(10)]
    lasts = {name: SourceState(id="x", at=NOW, finished=NOW, history="g", span=1) for name in names}
    known = Deployments()
    for number in range(60):
        at = NOW + timedelta(hours=number)
        runs = tuple(
            CaseState(unconfirmed={name: msgspec.structs.replace(last, at=at) for name, last in lasts.items()})
            for _ in MONITORS
        )
        told = EndpointChanged(
            id=f"{number}", at=at, target=CHURN, status="InService", config=f"c-{number}", provenance=BY_SAGEMAKER
        )
        known = record_signal(known, told, at, runs, None)
    assert len(encode(known).encode()) < 200_000
    assert [each.config for each in known.history] == [f"c-{number}" for number in range(10, 60)]
    assert any(each.unconfirmed for each in known.history)
