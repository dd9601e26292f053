"""Remedies under random faults: each runs once or never, never without approval, and its end is always notified.

The model (`Law`) does not know how Kedge decides. It knows people's statements, SageMaker's accepted updates, and the
policy at that moment.
"""

from datetime import timedelta

import msgspec
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

from kedge.domain.action import Answer
from kedge.domain.finding import Check, Finding
from kedge.domain.run import Evidence, Monitor, Reading, Verdict, Window
from kedge.domain.signal import AlarmChanged, DecisionMade, EndpointRead, OperatorAction, RunFinished
from tests.properties.faults import FAULTS, UPDATE
from tests.properties.fleet import ALLOWED, MADE
from tests.properties.remedial_law import Law, Said
from tests.properties.remedial_policies import NAMES, RULES, TARGETS, WITH, policy
from tests.properties.remedial_ring import RemedialRing
from tests.support.stories import BY_SAGEMAKER, hour

HOUR = timedelta(hours=1)
PEOPLE = st.sampled_from(["responder", "responder", "robin", "kedge", "mallory"])
YES = st.sampled_from([Answer.APPROVE, Answer.APPROVE, Answer.APPROVE, Answer.REJECT])
ASKED = st.sampled_from(
    [("responder", "robin"), ("responder",), ("robin", "robin"), ("kedge", "responder"), ("kedge", "mallory")]
)
LOST = [
    "the update's answer is lost",
    "the caller of the update dies after it",
    "the caller of the update dies before it",
]
MEANWHILE = (
    "another worker does the same step",
    "somebody approves",
    "somebody rejects",
    "the kill switch is thrown",
    "somebody deploys",
    "a run ends badly",
    "the workflow request comes again",
)
EVENTS = ("come", "come", "come twice", "come late", "are lost", "come from the future")
OUT = st.sampled_from(["sagemaker", "ledger", "actions", "workflows"])


class Machine(RuleBasedStateMachine):
    """Three endpoints with a bad deployment, their remedies, and all events that may happen meanwhile."""

    @initialize(rules=RULES, ill=st.sampled_from([1, 1, 3]), well=st.booleans())
    def begin(self, rules: tuple[str, int, int, float], ill: int, *, well: bool) -> None:
        self.rules, self.switches, self.well = rules, {}, well
        self.ring = RemedialRing(policy(*rules), TARGETS)
        self.law = Law(self.ring)
        self.events, self.late, self.known = "come", [], []
        self.number = 0
        self.ring.fleet.tells = self._event
        for name in WITH:
            self._history(name)
        for name in list(WITH)[:ill]:
            self._moment()
            self._happens(self._run(name, Verdict.VIOLATED))

    def _history(self, name: str) -> None:
        """Let a config have clean runs, and deploy another one 2 hours ago."""
        ring, target = self.ring, WITH[name]
        good, bad = f"{name}-1", f"{name}-2"
        ring.now = hour("00:10")
        ring.fleet.create(name, good, ring.now)
        ring.intake.settle(self._read(target, good))
        for at in range(2, 7):
            ring.now = hour(f"{at:02}:00")
            ring.intake.settle(self._run(name, Verdict.CLEAN))
        ring.now = hour("07:00")
        ring.fleet.create(name, bad, ring.now)
        ring.intake.settle(self._read(target, bad))
        ring.now = hour("09:15")

    def _read(self, target, config):
        return EndpointRead(
            id=f"read/{config}",
            at=self.ring.now,
            target=target,
            status="InService",
            config=config,
            made=MADE,
            provenance=BY_SAGEMAKER,
        )

    # Signals

    @rule(name=NAMES, verdict=st.sampled_from([Verdict.VIOLATED, Verdict.VIOLATED, Verdict.CLEAN]))
    def a_run_ends(self, name, verdict):
        self._moment()
        self._happens(self._run(name, verdict))

    @rule(verdict=st.sampled_from([Verdict.VIOLATED, Verdict.CLEAN]))
    def runs_end_everywhere(self, verdict):
        self._runs(verdict)

    @rule(name=NAMES, verdict=st.sampled_from([Verdict.ALARM, Verdict.OK]))
    def an_alarm_changes(self, name, verdict):
        self._moment()
        before = Verdict.OK if verdict is Verdict.ALARM else Verdict.ALARM
        alarm = f"{name}-latency"
        self._happens(
            AlarmChanged(
                id=f"{alarm}/{self.number}",
                at=self.ring.now,
                target=WITH[name],
                alarm=alarm,
                verdict=verdict,
                previous=before,
            )
        )

    @precondition(lambda self: self.late)
    @rule(which=st.integers(0, 5))
    def a_late_signal_comes(self, which):
        self._happens(self.late.pop(which % len(self.late)))

    @precondition(lambda self: self.known)
    @rule(which=st.integers(0, 9))
    def a_signal_comes_again(self, which):
        self._happens(self.known[-(which % len(self.known)) - 1])

    @rule(events=st.sampled_from(EVENTS))
    def events_of_endpoints(self, events):
        self.events = events

    # People

    @precondition(lambda self: self.ring.actions.moved)
    @rule(by=PEOPLE, answer=YES, which=st.integers(0, 3), wrong=st.sampled_from([False, False, False, True]))
    def somebody_answers(self, by, answer, which, wrong):
        digests = list(dict.fromkeys(action.digest for action in reversed(self.ring.actions.moved)))
        digest = digests[which % len(digests)]
        if wrong:
            digest = digest[:-1] + ("0" if digest[-1] != "0" else "1")
        self._answers(digest, by, answer)

    @rule(who=ASKED)
    def those_who_are_asked_approve(self, who):
        self.ring.goes_on(timedelta(minutes=2))
        for action in self.ring.actions.open(10):
            for by in who:
                self._answers(action.digest, by, Answer.APPROVE)

    @rule(switch=st.sampled_from(["kill", "dry"]), on=st.sampled_from([True, False, False]))
    def somebody_throws_a_switch(self, switch, on):
        self._switch(switch, on)

    @rule(name=NAMES, again=st.booleans())
    def somebody_deploys(self, name, again):
        self._deploys(name, again=again)

    @rule(name=NAMES)
    def an_endpoint_scales(self, name):
        self.ring.fleet.touch(name)

    @rule(name=NAMES, allowed=st.sampled_from([True, True, False]))
    def a_team_allows_remedies_or_not(self, name, allowed):
        self.ring.fleet.tagged[name] = dict(ALLOWED) if allowed else {}

    @precondition(lambda self: self.ring.ledger.incidents)
    @rule(act=st.sampled_from([OperatorAction.ACKNOWLEDGE, OperatorAction.RESOLVE]), which=st.integers(0, 5))
    def somebody_decides(self, act, which):
        self._moment()
        incidents = list(self.ring.ledger.incidents.values())
        incident = incidents[-(which % len(incidents)) - 1]
        self._happens(
            DecisionMade(
                id=f"{incident.id}/{act}/{self.number}",
                at=self.ring.now,
                target=incident.target,
                monitor=incident.monitor,
                incident=incident.id,
                act=act,
                by="backup",
            )
        )

    # Time

    @rule(minutes=st.sampled_from([1, 3, 15, 25, 70]))
    def time_passes(self, minutes):
        self.ring.goes_on(timedelta(minutes=minutes))

    @rule(verdict=st.sampled_from([Verdict.CLEAN, Verdict.CLEAN, Verdict.VIOLATED]))
    def the_next_runs_end(self, verdict):
        self.ring.goes_on(timedelta(minutes=75))
        self._runs(verdict)

    # Trouble

    @rule(
        fault=st.sampled_from(list(FAULTS)),
        after=st.integers(0, 40),
        times=st.sampled_from([1, 1, 2, 5, 12]),
        meanwhile=st.sampled_from(MEANWHILE),
        name=NAMES,
    )
    def something_will_break(self, fault, after, times, meanwhile, name):
        happens = "something else" in fault
        if FAULTS[fault] == UPDATE:
            after = 0
        self.ring.faults.add(
            fault, after, 1 if happens else times, (lambda: self._meanwhile(meanwhile, name)) if happens else None
        )

    @rule(port=OUT, minutes=st.sampled_from([2, 10, 50]))
    def a_service_is_out_of_order(self, port, minutes):
        self.ring.faults.out_until[port] = self.ring.now + timedelta(minutes=minutes)

    @rule(works=st.booleans(), took=st.sampled_from([20, 500]), behind=st.sampled_from([0, 0, 20]))
    def updates_are_undone_or_quick_or_seen_late(self, works, took, behind):
        fleet = self.ring.fleet
        fleet.works, fleet.took, fleet.behind = works, timedelta(seconds=took), timedelta(seconds=behind)

    @rule(fault=st.sampled_from(LOST), works=st.booleans(), took=st.sampled_from([20, 500]))
    def nobody_will_hear_whether_an_update_was_taken(self, fault, works, took):
        self.ring.faults.add(fault, 0)
        self.ring.fleet.works, self.ring.fleet.took = works, timedelta(seconds=took)

    @rule(trouble=st.sampled_from(["another process", "the stream again", "an answer is lost"]))
    def something_else_goes_wrong(self, trouble):
        match trouble:
            case "another process":
                self.ring.restart()
            case "the stream again":
                self.ring._carried = self.ring.workflow_requests_carried = 0
            case "an answer is lost":
                self.ring.loses_answers += 1

    # The rules

    @invariant()
    def nothing_is_done_that_must_not_be(self):
        if hasattr(self, "law"):
            assert self.law.broken == [], self.ring.faults.happened
            assert self.ring.unforeseen == []

    def teardown(self) -> None:
        if hasattr(self, "law"):
            ring = self.ring
            ring.faults.end()
            ring.fleet.behind, ring.loses_answers = timedelta(), 0
            self.events = "come"
            late, self.late = self.late, []
            for signal in late:
                assert ring.happens(signal)
            if self.well:
                ring.goes_on(timedelta(minutes=95))
                self._runs(Verdict.CLEAN)
            ring.goes_on(timedelta(hours=3))
            # A limit may end meanwhile, and an action that it held back may begin.
            for _ in range(24):
                if ring.is_still():
                    break
                ring.goes_on(HOUR)
            self.law.settled()

    # Helpers

    def _moment(self) -> None:
        self.number += 1
        self.ring.wait(1)

    def _run(self, name: str, verdict: Verdict) -> RunFinished:
        at, source = self.ring.now, f"{name}-mq"
        said = "auc 0.71 is less than 0.80"
        findings = (Finding(check=Check.DRIFT, feature="auc", said=said),) if verdict is Verdict.VIOLATED else ()
        return RunFinished(
            id=f"{source}/{at:%d-%H%M%S}",
            at=at,
            target=WITH[name],
            monitor=Monitor.MODEL_QUALITY,
            source=source,
            verdict=verdict,
            finished=at,
            evidence=Evidence(reading=Reading.READ, findings=findings, records=4_000, features=24),
            window=Window(at - HOUR, at),
            job=f"arn:{name}/{at:%d-%H%M%S}",
        )

    def _runs(self, verdict: Verdict) -> None:
        self._moment()
        for name in WITH:
            self._happens(self._run(name, verdict))

    def _happens(self, signal) -> None:
        self.known.append(signal)
        if not self.ring.happens(signal):
            self.late.append(signal)

    def _event(self, signal) -> None:
        """Deliver SageMaker's event of an endpoint, best effort."""
        match self.events:
            case "are lost":
                return
            case "come from the future":
                signal = msgspec.structs.replace(signal, at=signal.at + HOUR)
            case "come twice":
                self.ring.inbox.append(signal)
            case "come late":
                self.late.append(signal)
                return
        self.ring.inbox.append(signal)

    def _answers(self, digest: str, by: str, answer: Answer) -> None:
        self.law.said.append(Said(digest, by, answer, self.ring.now))
        self.ring.answers(digest, by, answer)

    def _switch(self, switch: str, on: bool) -> None:
        self.switches[switch] = on
        self.ring.policy = policy(*self.rules, **self.switches)

    def _deploys(self, name: str, *, again: bool) -> None:
        self.number += 1
        now = self.ring.fleet.truth(name)
        if now.status == "InService":
            self.ring.fleet.update(name, f"{name}-1" if again else f"{name}-{self.number + 10}")

    def _meanwhile(self, what: str, name: str) -> None:
        ring = self.ring
        opened = ring.actions.open(10)
        match what:
            case "another worker does the same step":
                ring.lives_or_not(ring.doing)
            case "somebody approves" if opened:
                self._answers(opened[-1].digest, "responder", Answer.APPROVE)
            case "somebody rejects" if opened:
                self._answers(opened[-1].digest, "robin", Answer.REJECT)
            case "the kill switch is thrown":
                self._switch("kill", on=True)
            case "somebody deploys":
                self._deploys(name, again=False)
            case "a run ends badly":
                self._happens(self._run(name, Verdict.VIOLATED))
            case "the workflow request comes again":
                ring.workflow_requests_carried = 0


# Parts of one search, so that several processes share it. Each name gives a seed of its own.
PARTS = ("A", "B", "C", "D")


@pytest.mark.parametrize("part", PARTS)
def test_whatever_happens_a_remedy_keeps_the_law(part):
    machine = type(f"Machine{part}", (Machine,), {})
    searched = settings(
        max_examples=400 // len(PARTS),
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=searched)
