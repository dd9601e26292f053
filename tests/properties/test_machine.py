"""Random events in random order with random faults: in the end the notifications agree with the truth.

The model does not know how Kedge decides. It knows the truth (`Truth`), the notifications of programs, and the
silences.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, KedgeError, Transient
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AlarmChanged, DecisionMade, OperatorAction, RunFinished, SilenceChanged
from kedge.domain.silence import Silence
from tests.fakes.ledger import MemoryLedger
from tests.properties.world import MONITORS, TARGETS, Rules, Truth, alarm, rules, run, source_of, turned
from tests.support.ring import Ring, Told, told_by
from tests.support.stories import CHURN

RULES = rules()
NAMES = st.sampled_from([target.name for target in TARGETS])
RUNS = st.sampled_from([Verdict.VIOLATED, Verdict.VIOLATED, Verdict.CLEAN, Verdict.NO_DATA, Verdict.FAILED])
ALARMS = st.sampled_from([Verdict.ALARM, Verdict.ALARM, Verdict.OK, Verdict.INSUFFICIENT_DATA])
LATE = st.sampled_from([False, False, False, True])
TROUBLES = (
    "another process takes over",
    "the ledger is throttled",
    "the ledger's answer is lost",
    "another is first",
    "many tell the same people",
    "the channel is down, or up again",
    "the stream tells everything again",
)
MATCHERS = st.sampled_from([("endpoint=churn",), ("severity=warning",), ("monitor=Alarm",), ('target=~".*"',)])


class TroubledLedger(MemoryLedger):
    """A ledger that fails on demand, and where another process may be first."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_before = self.fails_after = self.loses = 0
        self.meanwhile = None
        self.kept = None

    def commit(self, commit):
        self._trouble()
        before, _ = self.load(commit.target, commit.monitor)
        super().commit(commit)
        self.kept(commit.signal_id, before.incident)
        self._answer()

    def tell(self, telling):
        self._trouble()
        super().tell(telling)
        self._answer()

    def _trouble(self):
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        if self.loses:
            self.loses -= 1
            raise Conflict("somebody was first")
        if self.fails_before:
            self.fails_before -= 1
            raise Transient("throttled")

    def _answer(self):
        if self.fails_after:
            self.fails_after -= 1
            raise Transient("timed out, and done all the same")


class Machine(RuleBasedStateMachine):
    """The ring in memory, and all its possible events."""

    @initialize(rules=st.sampled_from(RULES))
    def begin(self, rules: Rules) -> None:
        self.rules = rules
        self.ring = Ring(channels=(ChannelName.PROGRAMS,), ledger=TroubledLedger(), policy=rules.policy)
        self.truth = Truth()
        self.ring.ledger.kept = self._kept
        self.facts: dict[str, RunFinished | AlarmChanged | DecisionMade] = {}
        self.spoken: dict[str, RunFinished | AlarmChanged] = {}
        self.queued: list[object] = []
        self.words: dict[tuple[str, str], list[Told]] = defaultdict(list)
        self.read = 0
        self.quiet_until = self.ring.now

    # Signals

    @rule(
        name=NAMES,
        monitor=st.sampled_from(MONITORS),
        source=st.sampled_from("aab"),
        verdict=RUNS,
        features=st.integers(1, 6),
        late=LATE,
    )
    def a_run_ends(self, name, monitor, source, verdict, features, late):
        self._happened(run(name, monitor, source, verdict, features, self._moment()), late)

    @rule(features=st.integers(1, 3), verdict=st.sampled_from([Verdict.VIOLATED, Verdict.CLEAN]))
    def the_same_shows_everywhere(self, features, verdict):
        for target in TARGETS:
            self._happened(run(target.name, Monitor.DATA_QUALITY, "a", verdict, features, self._moment()), late=False)

    @rule(name=NAMES, what=st.sampled_from(["latency", "errors"]), verdict=ALARMS, late=LATE)
    def an_alarm_changes(self, name, what, verdict, late):
        self._happened(alarm(name, what, verdict, self._moment()), late)

    @precondition(lambda self: self.spoken)
    @rule(which=st.integers(0, 5), features=st.integers(1, 6), late=LATE)
    def what_was_bad_is_well_or_the_other_way_round(self, which, features, late):
        spoken = list(self.spoken.values())[-6:]
        self._happened(turned(spoken[which % len(spoken)], features, self._moment()), late)

    @precondition(lambda self: self.facts)
    @rule(which=st.integers(0, 20))
    def a_signal_comes_again(self, which):
        facts = list(self.facts.values())
        self._arrives(facts[which % len(facts)])

    @precondition(lambda self: self.queued)
    @rule(which=st.integers(0, 5))
    def a_late_signal_comes(self, which):
        self._arrives(self.queued.pop(which % len(self.queued)))

    # People

    @rule(matchers=MATCHERS, minutes=st.sampled_from([0, 5, 20, 90]), ahead=st.sampled_from([0, 0, 10]))
    def somebody_asks_for_quiet_or_ends_it(self, matchers, minutes, ahead):
        """Keep one silence for each set of matchers; a repeated request moves its end, also to now."""
        begins = self.ring.now + timedelta(minutes=ahead)
        silence = Silence(
            id=f"silence of {matchers}",
            matchers=matchers,
            starts_at=begins,
            ends_at=begins + timedelta(minutes=minutes),
            author="oncall",
            comment="upgrade",
        )
        self.quiet_until = max(self.quiet_until, silence.ends_at)
        name = f"{silence.id}/{self._moment()}"
        self.ring.take_in(SilenceChanged(id=name, at=self.ring.now, target=CHURN, silence=silence))

    @precondition(lambda self: self.ring.ledger.incidents)
    @rule(act=st.sampled_from(list(OperatorAction)), which=st.integers(0, 5))
    def somebody_decides(self, act, which):
        incidents = list(self.ring.ledger.incidents.values())[-6:]
        incident = incidents[which % len(incidents)]
        decided = DecisionMade(
            id=f"{incident.id}/{act}/{self._moment().isoformat()}",
            at=self.ring.now,
            target=incident.target,
            monitor=incident.monitor,
            incident=incident.id,
            act=act,
            by="backup",
        )
        self._happened(decided, late=False)

    # Time

    @rule(minutes=st.sampled_from([1, 2, 6, 15, 45]), looking=st.sampled_from([True, True, False]))
    def time_passes(self, minutes, looking):
        if looking:
            self._minutes(minutes)
        else:
            self.ring.wait(60 * minutes)

    # Trouble

    @rule(trouble=st.sampled_from(TROUBLES), name=NAMES, verdict=RUNS)
    def something_breaks(self, trouble, name, verdict):
        ledger = self.ring.ledger
        match trouble:
            case "another process takes over":
                self.ring.restart()
            case "the ledger is throttled":
                ledger.fails_before = 2
            case "the ledger's answer is lost":
                ledger.fails_after = 1
            case "another is first":
                signal = run(name, Monitor.DATA_QUALITY, "a", verdict, 1, self._moment())
                ledger.meanwhile = lambda: self._happened(signal, late=False)
            case "many tell the same people":
                ledger.loses = 6
            case "the channel is down, or up again":
                self.ring.programs.failing = None if self.ring.programs.failing else Transient("throttled")
            case "the stream tells everything again":
                self.ring._carried = 0

    # The rules

    @invariant()
    def no_message_is_sent_twice(self):
        told = Counter((told.message, told.incident) for words in self._words().values() for told in words)
        assert [name for name, times in told.items() if times > 1] == []

    @invariant()
    def nobody_hears_more_than_they_can_bear(self):
        sent = defaultdict(list)
        for effect in self.ring.ledger.outbox:
            sent[effect.receiver].append(effect.at)
        for name, moments in sent.items():
            rule = self.rules.policy.receivers[name]
            for first, beyond in zip(moments, moments[rule.messages :], strict=False):
                assert beyond - first >= rule.per, (name, first, beyond)

    @invariant()
    def nothing_begins_twice_and_nothing_ends_that_did_not_begin(self):
        for (receiver, incident), words in self._words().items():
            fires = [told.state is not IncidentState.RESOLVED for told in words]
            assert fires[0], (receiver, words)
            assert all(before or after for before, after in pairwise(fires)), (receiver, words)
            assert all(told.why is not Reason.FIRST_SEEN for told in words[1:]), (receiver, words)
            assert sorted(words, key=lambda told: told.revision) == words, (receiver, words)
            again = sum(told.why is Reason.REOPENED for told in words)
            assert again <= self.ring.ledger.incidents[incident].reopened, (receiver, words)

    def teardown(self) -> None:
        if hasattr(self, "rules"):
            self._settle()
            self._what_is_open_is_what_is_wrong()
            self._nothing_waits_for_ever()
            for incident in self.ring.ledger.incidents.values():
                self._everybody_knows(incident)

    def _what_is_open_is_what_is_wrong(self):
        if self.rules.plain:
            cases = self.ring.ledger.known.values()
            opened = [state.incident for state, _ in cases if state.incident is not None and state.incident.is_open]
            ours = [incident for incident in opened if incident.monitor is not Monitor.FLEET]
            found = {(incident.target.name, incident.monitor) for incident in ours}
            assert found == self.truth.wrong

    def _nothing_waits_for_ever(self):
        # A reminder may have become due just now, and waits for its group or for room.
        long_ago = self.ring.now - timedelta(minutes=10)
        waiting = [notice for notices in self.ring.ledger.waiting.values() for notice in notices.values()]
        assert [notice for notice in waiting if notice.due <= long_ago] == []
        assert self.ring.ledger.due(self.ring.now, 100) == ()
        for incident in self.ring.ledger.incidents.values():
            if not self._stands_back(incident):
                assert incident.waiting == {}, incident

    def _everybody_knows(self, incident: Incident):
        for receiver in self.rules.receivers.get(incident.target.name, ("ml-oncall",)):
            words = self._words().get((receiver, incident.id), [])
            last = max(words, key=lambda told: told.revision, default=None)
            if self._stands_back(incident):
                continue
            if incident.is_open:
                assert last is not None, (receiver, incident)
                assert last.state is not IncidentState.RESOLVED, (receiver, last, incident)
            else:
                assert last is None or last.state is IncidentState.RESOLVED, (receiver, last, incident)

    def _stands_back(self, incident: Incident) -> bool:
        """Return whether another firing incident represents this one."""
        if self.rules.inhibits:
            return incident.monitor is not Monitor.ALARM and (incident.target.name, Monitor.ALARM) in self.truth.wrong
        part_of = self.ring.ledger.incidents.get(incident.part_of or "")
        return part_of is not None and part_of.is_open

    # Helpers

    def _words(self) -> dict[tuple[str, str], list[Told]]:
        """Return the notifications of each receiver about each incident."""
        for message in self.ring.programs.sent[self.read :]:
            for told in told_by(message):
                self.words[told.receiver, told.incident].append(told)
        self.read = len(self.ring.programs.sent)
        return self.words

    def _happened(self, fact, late):
        self.facts[fact.id] = fact
        if isinstance(fact, RunFinished | AlarmChanged):
            self.spoken[source_of(fact)] = fact
        if late:
            self.queued.append(fact)
        else:
            self._arrives(fact)

    def _arrives(self, signal):
        try:
            self.ring.take_in(signal)
        except KedgeError:
            self.queued.append(signal)

    def _kept(self, name, before):
        """Record that the ledger has committed a decision on a signal, even if its caller does not learn so."""
        fact = self.facts.get(name)
        if isinstance(fact, RunFinished | AlarmChanged):
            self.truth.hears(fact)
        elif (
            fact is not None
            and fact.act is OperatorAction.RESOLVE
            and before is not None
            and before.id == fact.incident
        ):
            self._said_over(fact, before)

    def _said_over(self, fact, incident):
        """Let a person resolve an incident.

        A statement from before it fired again that arrives late is not about the incident that fires now.
        """
        if incident.resolved_before is None or fact.at > incident.resolved_before:
            self.truth.resolves(incident)

    def _moment(self) -> datetime:
        """Return a moment at which nothing else happens."""
        self.ring.wait(1)
        return self.ring.now

    def _look(self):
        done = self.ring.round()
        self.ring.carry()
        self.ring.perform(receives=1)
        return done

    def _minutes(self, number):
        for _ in range(number):
            self.ring.wait(60)
            self._look()

    def _settle(self):
        """Let all faults end, late signals arrive, silences expire, and the longest time pass that the policy allows."""
        ledger = self.ring.ledger
        ledger.fails_before = ledger.fails_after = ledger.loses = 0
        ledger.meanwhile = self.ring.programs.failing = None
        queued, self.queued = self.queued, []
        for signal in queued:
            self._arrives(signal)
        assert self.queued == []
        self.ring.now = max(self.ring.now, self.quiet_until)
        self._minutes(int(self.rules.quick / timedelta(minutes=1)))
        assert self._look().left == []


# Parts of one search, so that several processes share it. Each name gives a seed of its own.
PARTS = ("A", "B", "C", "D")


@pytest.mark.parametrize("part", PARTS)
def test_what_people_heard_in_the_end_agrees_with_what_is_so_whatever_happens(part):
    machine = type(f"Machine{part}", (Machine,), {})
    searched = settings(
        max_examples=400 // len(PARTS),
        stateful_step_count=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=searched)
