"""The ring under faults: every notification arrives, and only a death in between repeats one."""

from collections import Counter, deque

from hypothesis import assume, given
from hypothesis import strategies as st

from kedge.domain.effect import ChannelName
from kedge.domain.errors import KedgeError, Transient
from kedge.domain.run import Monitor, Verdict
from kedge.ledger.timeline import EntryKind
from tests.fakes.channels import MemoryChannel
from tests.fakes.ledger import MemoryDeliveries, MemoryLedger
from tests.support.ring import Ring, body_of, record
from tests.support.stories import CHURN, drift, run

POINTS = (
    "before commit",
    "after commit",
    "before telling",
    "after telling",
    "refused",
    "died after sending",
    "not recorded",
    "carried again",
)
# For each of these points: whether it breaks there the first time, the second time, and so on, and never after that.
BREAKS = st.fixed_dictionaries({point: st.lists(st.booleans(), max_size=4) for point in POINTS})
SIGNALS = st.lists(
    st.sampled_from(
        [run(f"{hour:02}:00", Verdict.VIOLATED, drift("age")) for hour in range(8, 12)]
        + [run(f"{hour:02}:00", Verdict.CLEAN) for hour in range(8, 12)]
    ),
    min_size=1,
    max_size=8,
)


class Died(Exception):
    """The process ended, and nothing in it catches this."""


class Script:
    """The faults by point, and how often each happened."""

    def __init__(self, breaks):
        self._left = {point: deque(times) for point, times in breaks.items()}
        self.broke = Counter()

    def breaks(self, point):
        broken = bool(self._left[point]) and self._left[point].popleft()
        self.broke[point] += broken
        return broken


class BreakingLedger(MemoryLedger):
    def __init__(self, script):
        super().__init__()
        self._script = script

    def commit(self, commit):
        if self._script.breaks("before commit"):
            raise Transient("throttled")
        super().commit(commit)
        if self._script.breaks("after commit"):
            raise Transient("timed out")

    def tell(self, telling):
        if self._script.breaks("before telling"):
            raise Transient("throttled")
        super().tell(telling)
        if self._script.breaks("after telling"):
            raise Transient("timed out")


class BreakingDeliveries(MemoryDeliveries):
    def __init__(self, ledger, script):
        super().__init__(ledger)
        self._script = script

    def delivered(self, effect, message_id, now, but=None):
        if self._script.breaks("not recorded"):
            raise Transient("timed out")
        super().delivered(effect, message_id, now, but)


class BreakingChannel(MemoryChannel):
    def __init__(self, script):
        super().__init__()
        self._script = script

    def send(self, message):
        if self._script.breaks("refused"):
            raise Transient("throttled")
        told = super().send(message)
        if self._script.breaks("died after sending"):
            raise Died
        return told


def go_round(signals, script):
    """Bring every signal to its end, as queues and a stream do: a failure is delivered again, and some items come twice."""
    ring = Ring(ledger=BreakingLedger(script))
    ring.mail = ring.dispatch._channels[ChannelName.MAIL] = BreakingChannel(script)
    ring.dispatch._deliveries = BreakingDeliveries(ring.ledger, script)
    waiting, carried = deque(signals), 0
    while waiting or ring.queue.bodies or carried < len(ring.ledger.outbox) or any(ring.ledger.waiting.values()):
        if waiting:
            signal = waiting.popleft()
            try:
                ring.take_in(signal)
            except KedgeError:
                waiting.append(signal)
        ring.round()
        start = 0 if script.breaks("carried again") else carried
        effects = ring.ledger.outbox[start:]
        ring.relay.carry([record(start + number, body_of(effect)) for number, effect in enumerate(effects)])
        carried = len(ring.ledger.outbox)
        bodies, ring.queue.bodies = ring.queue.bodies, []
        for body in bodies:
            try:
                ring.dispatch.perform(body, last=False)
            except (KedgeError, Died):
                ring.queue.bodies.append(body)
        ring.wait(180)
    return ring


@given(SIGNALS, BREAKS)
def test_everything_is_told_and_nothing_twice_unless_somebody_died_between_telling_and_recording(signals, breaks):
    script = Script(breaks)
    ring = go_round(signals, script)
    ids = [effect.id for effect in ring.ledger.outbox]
    assert len(set(ids)) == len(ids)
    told = Counter(name for mail in ring.mail.sent for name in ids if name in mail.body)
    assert set(told) == set(ids)
    assert told.total() == len(ids) + script.broke["died after sending"] + script.broke["not recorded"]


@given(SIGNALS, BREAKS)
def test_each_message_is_once_on_the_timeline(signals, breaks):
    ring = go_round(signals, Script(breaks))
    delivered = Counter(
        entry.effect
        for timeline in ring.ledger.timelines.values()
        for entry in timeline
        if entry.what is EntryKind.DELIVERED
    )
    assert delivered == Counter(effect.id for effect in ring.ledger.outbox)


@given(SIGNALS, BREAKS)
def test_what_broke_on_the_way_leaves_no_mark_on_what_is_known(signals, breaks):
    # Two verdicts of one hour are not a story: the first to arrive decides which of them counts.
    assume(len({signal.id for signal in signals}) == len({signal.at for signal in signals}))
    broken, whole = go_round(signals, Script(breaks)), go_round(signals, Script(dict.fromkeys(POINTS, ())))

    def verdicts(ring):
        state, _ = ring.ledger.load(CHURN, Monitor.DATA_QUALITY)
        return {name: (last.at, last.verdict) for name, last in state.sources.items()}, (
            state.incident is not None and state.incident.is_open
        )

    assert verdicts(broken) == verdicts(whole)
