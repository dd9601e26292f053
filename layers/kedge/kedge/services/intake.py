"""Takes in a raw event: reads its references, decides, and commits before any notification."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kedge.decide.drill import is_of_drill
from kedge.decide.fleet import fleet_of, sighting_of
from kedge.decide.measurements import measured_of
from kedge.decide.pipeline import assess, context_request
from kedge.domain.action import WakeWorkflow
from kedge.domain.context import Context, ContextRequest
from kedge.domain.decision import CaseState, Decision
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.errors import Conflict, KedgeError, Permanent, Transient
from kedge.domain.ids import mark
from kedge.domain.incident import Incident
from kedge.domain.provenance import OWN, EntryPoint, Provenance, stored
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import (
    ActionMoved,
    AlarmChanged,
    AnySignal,
    ChangeKind,
    ConfigMarked,
    DecisionMade,
    DeploymentChanged,
    DrillRequested,
    EndpointChanged,
    EndpointRead,
    FeaturesDrifted,
    Ignored,
    ModelPackageChanged,
    PersonSignal,
    PipelineFinished,
    PolicyRead,
    RunFinished,
    ScheduleChanged,
    SilenceChanged,
    TimerFired,
)
from kedge.ledger.outbox import notices, outbox
from kedge.policy.compiled import Policy
from kedge.ports.storage import Commit, Ledger, VersionedContext
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.deleted_targets import DeletedTargets
from kedge.services.endpoint_context import EndpointContextReader, Unread
from kedge.services.fact_reader import FactReader
from kedge.services.source_lookup import SourceLookup, spoken_by
from kedge.sources.event_header import always
from kedge.sources.reader import Reader
from kedge.sources.timestamps import moment

_BY_PEOPLE: Final = (PersonSignal, ActionMoved)
_OF_NOBODY: Final = frozenset({RunFinished, TimerFired})  # nearly every signal
_TOLD_BY_REPORT: Final = (
    Monitor.DATA_QUALITY,
    Monitor.MODEL_QUALITY,
    Monitor.MODEL_BIAS,
    Monitor.MODEL_EXPLAINABILITY,
)
# Twice the number of parallel intakes of the queue (MaximumConcurrency): each conflict means that another one is done.
# The queue retries more of them later; a direct caller has no queue, and would get an error for being one of eight at
# once.
_ATTEMPTS: Final = 10
# A receiver's pace is shared by all its notifications. After this many conflicts, intake gathers instead, which is sent
# within a minute.
_CROWDED: Final = 4
# The facts may show another cause, which needs other facts. After the fourth read there is nothing left to ask; then
# only receivers and groups can still be missing.
_LOOKS: Final = 4
_PASSES: Final = _LOOKS + 2
_NOTHING: Final = ContextRequest()


class IntakeOutcome(Struct, frozen=True, kw_only=True):
    """The result of one event: ignored for a reason, or a signal and the decision on it.

    `before` is the state of the decision, and `context` its context: with the signal, these are all its inputs.
    """

    signal: AnySignal | None = None
    ignored: Ignored | None = None
    decision: Decision | None = None
    before: CaseState | None = None
    context: Context | None = None


class Intake:
    """The first half of the ring: it takes a signal, stores the decision, and puts effects into the outbox."""

    def __init__(
        self,
        reader: Reader,
        ledger: Ledger,
        policy: Callable[[], Policy],
        channels: tuple[ChannelName, ...],
        environment: str,
        clock: Callable[[], datetime],
        facts: FactReader | None = None,
        unread: Unread = lambda *_: None,
        confirming: AlarmConfirmation | None = None,
        unheard: Unread = lambda *_: None,
        ending: DeletedTargets | None = None,
    ) -> None:
        """Connect the ports.

        `policy` returns the active one, `channels` are the configured ones. Without `facts` nothing is planned;
        `unread` receives an endpoint that could not be read. Without `confirming` no alarm is confirmed. `unheard`
        receives a target whose run the fleet could not store. Without `ending` no target is found deleted by a
        question.
        """
        self._reader = reader
        self._ledger = ledger
        self._policy = policy
        self._channels = channels
        self._environment = environment
        self._clock = clock
        self._confirming = confirming
        self._unheard = unheard
        self._source_lookup = SourceLookup(ledger, confirming)
        self._ending = ending
        self._endpoints = EndpointContextReader(ledger, facts, clock, unread)
        self._unread = unread

    def take_in(
        self,
        raw: object,
        received: datetime,
        entry_point: EntryPoint = EntryPoint.DIRECT,
        proven: Callable[[], bool] = always,
        detector: str = "",
    ) -> tuple[IntakeOutcome, ...]:
        """Handle one raw event (it may contain several records) that arrived at `received` (UTC) by an entry point.

        `proven` returns whether the signals queue knows the message; see `Reader.read`. `detector` names the detector
        that made the call, if that is proven. A repetition of the same event changes nothing.

        Raises:
            MalformedSignal: the event cannot be read.
            Transient: it may be readable later.
            Permanent: AWS refuses.
        """
        return tuple(
            IntakeOutcome(ignored=read) if isinstance(read, Ignored) else self.settle(read)
            for read in self._reader.read(raw, received, entry_point, proven, detector)
        )

    def settle(self, signal: AnySignal) -> IntakeOutcome:
        """Decide on one signal and store the decision. Raises Transient, Permanent."""
        if type(signal) is SilenceChanged:
            return self._keep(signal)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._decide_and_commit(signal, crowded=attempt > _CROWDED)
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _keep(self, signal: SilenceChanged) -> IntakeOutcome:
        """Store the new state of a silence, unless it was changed later: a late or repeated signal must not restore it."""
        changed = min(signal.at, self._clock())
        if self._ledger.keep_silence(msgspec.structs.replace(signal.silence, changed=changed)):
            return IntakeOutcome(signal=signal)
        because = f"the silence {signal.silence.id} was changed later than that"
        late = Decision(
            reason=Reason.SUPERSEDED, state=CaseState(), changed=False, because=because, policy=self._policy().label
        )
        return IntakeOutcome(signal=signal, decision=late)

    def _decide_and_commit(self, signal: AnySignal, *, crowded: bool) -> IntakeOutcome:
        policy = self._policy()
        monitor, state, version = self._case(signal, case_of(signal))
        if is_of_drill(signal):
            return self._drill(policy, signal, state, version)
        if self._ending is not None and (gone := self._ending.found(policy, signal, state, self._clock())):
            signal = gone
        known = self._source_lookup.known(signal, state)
        if (placed := self._source_lookup.placed(signal, known)) is not signal:
            return self._decide_and_commit(placed, crowded=crowded)
        ended = self._source_lookup.ended(signal, known, state)
        left = tuple([self.settle(each) for each in ended]) if ended else ()
        own = Context(upstream=self._upstream(policy, signal, state), crowded=crowded)
        own = self._endpoints.gather(signal, state, own)
        if self._confirming is not None:
            own = self._confirming.suppressions(signal, state, own)
        now = self._clock()
        decision, against = self._decide(policy, state, signal, now, own)
        if self._confirming is not None:
            confirmed = self._confirming.confirmed(policy, signal, state, decision.state)
            if confirmed is not signal:
                return self._decide_and_commit(confirmed, crowded=crowded)
        if decision.changed:
            commit = msgspec.structs.replace(
                self._commit_of(policy, signal, decision, against, version, now),
                monitor=monitor,
                workflow_requests=(*decision.workflow_requests, *_wakes(signal, against.context)),
                spoken=spoken_by(signal, monitor, decision.state, known),
                measured=measured_of(signal, decision.verdict),
            )
            self._ledger.commit(commit)
        self._follow_up(signal, decision)
        return _told_most(IntakeOutcome(signal=signal, decision=decision, before=state, context=against.context), left)

    def _drill(self, policy: Policy, signal: AnySignal, state: CaseState, version: int) -> IntakeOutcome:
        """Decide on a signal of a drill. It needs no facts, and nothing follows from it."""
        now = self._clock()
        routed, against = assess(policy, state, signal, now), VersionedContext(context=Context())
        decision = routed(against.context)
        if (wanted := context_request(policy, decision)) is not None:
            against = self._ledger.load_context(wanted)
            decision = routed(against.context)
        if decision.changed:
            self._ledger.commit(self._commit_of(policy, signal, decision, against, version, now))
        return IntakeOutcome(signal=signal, decision=decision, before=state, context=against.context)

    def _commit_of(
        self,
        policy: Policy,
        signal: AnySignal,
        decision: Decision,
        against: VersionedContext,
        version: int,
        now: datetime,
    ) -> Commit:
        by, comment, provenance = _said_by(signal)
        return Commit(
            decision=decision,
            signal_id=signal.id,
            target=signal.target,
            monitor=case_of(signal),
            version=version,
            effects=self._outbox(policy, decision, now),
            notices=notices(decision, self._environment) if decision.effects else (),
            against=against,
            now=now,
            by=by,
            comment=comment,
            provenance=provenance,
        )

    def _outbox(self, policy: Policy, decision: Decision, now: datetime) -> tuple[Effect, ...]:
        if not decision.effects:
            return ()  # nearly every run
        return outbox(decision, self._channels, self._environment, now, policy.channels)

    def _decide(
        self, policy: Policy, state: CaseState, signal: AnySignal, now: datetime, own: Context
    ) -> tuple[Decision, VersionedContext]:
        """Decide, and decide again while the decision needs facts or other cases that were not read for it.

        Most signals need one decision. A second one has everything that the first requested: the endpoint's config, its
        earlier runs, the state of receivers and groups. More follow only if those facts change the cause, and so the
        required context. The signal is assessed again only if facts about its endpoint were read.
        """
        routed = assess(policy, state, signal, now, own)
        decision = routed(own)
        asked, is_assessed_anew = _NOTHING, True
        against = VersionedContext(context=own)
        for turn in range(_PASSES):
            # The routing does not change which facts about the endpoint a decision needs.
            looked = self._look(policy, signal, decision, own) if is_assessed_anew and turn < _LOOKS else own
            wanted = context_request(policy, decision, again=asked != _NOTHING)
            if looked is own and asked.covers(wanted):
                break
            if not asked.covers(wanted):
                asked = asked.joined(wanted)
                against = self._ledger.load_context(asked)
            is_assessed_anew = looked is not own
            if is_assessed_anew:
                routed = assess(policy, state, signal, now, looked)
            own, against = looked, against.beside(looked)
            decision = routed(against.context)
        return decision, against

    def _look(self, policy: Policy, signal: AnySignal, decision: Decision, own: Context) -> Context:
        """Return the context with AWS's facts about the endpoint if they may change the decision; else the same object."""
        looked, found = self._endpoints.look(policy, signal, decision, own)
        if found is None:
            return looked
        try:
            self.settle(found)
            return self._endpoints.reloaded(signal.target, looked)
        except KedgeError as error:
            self._unread(signal.target, error)
            return self._endpoints.without_facts(own, error)

    def _follow_up(self, signal: AnySignal, decision: Decision) -> None:
        """Settle the signals that follow from one: the parts of a new config, and the end of a deleted endpoint's cases."""
        for each in self._endpoints.follow_ups(signal, decision):
            if not isinstance(each, EndpointRead):
                self.settle(each)
                continue
            try:
                self.settle(each)
            except KedgeError as error:
                self._unread(signal.target, error)

    def _upstream(self, policy: Policy, signal: AnySignal, state: CaseState) -> Incident | None:
        """Return the incident of the fleet after the fleet received this run.

        After a crash between the fleet's decision and the target's, the queue repeats the signal: the fleet ignores a
        repetition. If the fleet cannot store it, now or at all, the run's own decision is made without it. One item for
        a whole fleet can be busy for long, and no target waits for it.
        """
        sighting = sighting_of(policy, state, signal, self._clock())
        if sighting is not None:
            try:
                decision = self.settle(sighting).decision
            except Permanent as error:
                self._unheard(sighting.target, error)
                return None
            except Transient as error:
                self._unheard(sighting.target, error)
                return self._ledger.load(fleet_of(signal.target), Monitor.FLEET)[0].incident
            return decision.state.incident if decision is not None else None
        if state.incident is not None and state.incident.part_of is not None:
            return self._ledger.load(fleet_of(signal.target), Monitor.FLEET)[0].incident
        return None

    def _case(self, signal: AnySignal, monitor: Monitor | ChangeKind) -> tuple[Monitor | ChangeKind, CaseState, int]:
        """Return the case of a signal, and its state.

        A detector that SageMaker does not know is named by the content of its report. A clean report is empty: its good
        news belongs to the case that its bad news opened.
        """
        if type(signal) is RunFinished and monitor is Monitor.CUSTOM and signal.verdict is Verdict.CLEAN:
            for other in _TOLD_BY_REPORT:
                state, version = self._ledger.load(signal.target, other)
                last = state.last_of(signal.source, confirmed=signal.provenance.is_vouched)
                if last is not None and last.bad:
                    return other, state, version
        return monitor, *self._ledger.load(signal.target, monitor)


def _told_most(own: IntakeOutcome, left: tuple[IntakeOutcome, ...]) -> IntakeOutcome:
    """Return the outcome in the signal's own case or, if that has no incident, in one that its source left."""
    if not left:
        return own
    shown = (each for each in (own, *left) if each.decision is not None and each.decision.incident is not None)
    return next(shown, own)


def arrival(sent: object, now: datetime) -> datetime:
    """Return when a message arrived that says when it was `sent`: at `now` (UTC) at the latest.

    Anyone who may invoke the function can make up a message; it must not put its own arrival into the future.
    """
    told = moment(sent)
    return now if told is None else min(told, now)


def case_of(signal: AnySignal) -> Monitor | ChangeKind:
    """Return the subject of a signal, which together with its target identifies its case."""
    match signal:
        case RunFinished() | ScheduleChanged() | TimerFired() | DecisionMade() | ActionMoved() | DrillRequested():
            return signal.monitor
        case AlarmChanged():
            return Monitor.ALARM
        case FeaturesDrifted() | SilenceChanged():
            return Monitor.FLEET
        case PolicyRead():
            return Monitor.POLICY
        case EndpointChanged() | DeploymentChanged() | EndpointRead() | ConfigMarked():
            return ChangeKind.ENDPOINT
        case PipelineFinished():
            return ChangeKind.PIPELINE
        case ModelPackageChanged():
            return ChangeKind.MODEL_PACKAGE


def _said_by(signal: AnySignal) -> tuple[str | None, str, Provenance]:
    """Return the person behind a signal (None if there is none), the comment, and the provenance, for the timeline."""
    if type(signal) in _OF_NOBODY or not isinstance(signal, _BY_PEOPLE):
        return None, "", signal.provenance
    by = stored(signal.by, proven=signal.proven) if isinstance(signal, PersonSignal) else signal.by
    return by, signal.comment, OWN


def _wakes(signal: AnySignal, context: Context) -> tuple[WakeWorkflow, ...]:
    """Return the requests that wake the actions that wait for this signal."""
    if not context.awaiting:
        return ()
    digests = dict.fromkeys(context.awaiting.values())
    return tuple(
        WakeWorkflow(id=f"{digest}/{mark(signal.id)}", digest=digest, signal=mark(signal.id)) for digest in digests
    )
