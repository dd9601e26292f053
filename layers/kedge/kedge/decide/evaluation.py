"""A signal on its way through the pipeline, with all that was known before it."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.decide.alarm_contributors import settled, speaks_for
from kedge.decide.next_evaluation import rescheduled
from kedge.decide.record_counts import is_thin, one_more
from kedge.decide.run_history import KEPT, apart
from kedge.decide.source_retention import newest, without_the_silent
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Reason, SourceState, TooFewRecords
from kedge.domain.ids import mark
from kedge.domain.incident import Incident
from kedge.domain.run import BAD, FAULTS, Reading, Verdict
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.compiled import Policy

_CLOCK_SKEW: Final = timedelta(minutes=5)
_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
# Two spans are the same where they differ by a tenth: jobs wait for machines.
_SAME: Final = 0.1

type Judged = RunFinished | AlarmChanged


class Evaluation(Struct, frozen=True, kw_only=True):
    """What the steps of the pipeline hand on.

    `verdict` is what the signal's own is worth under the policy; `at` and `finished` are the signal's times, with a clock
    that runs ahead set back to `now`. `is_confirmed` says if an authority confirms the signal. `source` is the schedule or alarm that speaks, `last` the newest thing known of it,
    `job` the processing job where there was one, `known_by` the mark of the signal. `open_incident` is that of the case
    while it is open, `draft` the incident that a bad signal would open if nothing were open. `last` is of the confirmed signals of the
    source if this one is confirmed, else of the others.
    """

    policy: Policy
    state: CaseState
    signal: Judged
    around: Context
    now: datetime
    verdict: Verdict
    at: datetime
    finished: datetime
    is_confirmed: bool
    source: str
    job: str | None
    known_by: str
    last: SourceState | None
    open_incident: Incident | None
    draft: Incident | None = None

    @classmethod
    def of(
        cls, policy: Policy, state: CaseState, signal: Judged, verdict: Verdict, now: datetime, around: Context
    ) -> "Evaluation":
        """The case of a signal at the beginning of its way."""
        incident, is_confirmed = state.incident, signal.provenance.is_vouched
        if isinstance(signal, RunFinished):
            source, job, finished = signal.source, signal.job, signal.finished
        else:
            source, job, finished = signal.source, None, signal.at
        return cls(
            policy=policy,
            state=state,
            signal=signal,
            around=around,
            now=now,
            verdict=verdict,
            at=no_later(signal.at, now),
            finished=no_later(finished, now),
            is_confirmed=is_confirmed,
            source=source,
            job=job,
            known_by=mark(signal.id),
            last=state.last_of(source, confirmed=is_confirmed),
            open_incident=incident if incident is not None and incident.is_open else None,
        )

    def speaks_for(self, source: str) -> bool:
        """Whether what the signal says holds for a source: the whole alarm speaks for its contributors."""
        return speaks_for(self.signal, source) if isinstance(self.signal, AlarmChanged) else source == self.source

    @property
    def other_last(self) -> SourceState | None:
        """The newest thing known of the source from signals of the other kind: confirmed, if this one is not."""
        return self.state.last_of(self.source, confirmed=not self.is_confirmed)

    @property
    def measured_nothing(self) -> bool:
        """Whether the monitor or the alarm had nothing to judge by: that says nothing of the model."""
        return self.verdict in FAULTS or (isinstance(self.signal, AlarmChanged) and self.signal.measured_nothing)

    @property
    def is_thin(self) -> bool:
        """Whether it is a run on too few records to be judged whole."""
        return is_thin(self.policy, self.signal)

    @property
    def is_unread(self) -> bool:
        """Whether it is a violation of which the report could not be read: then it is evidence of nothing else."""
        signal = self.signal
        return (
            isinstance(signal, RunFinished)
            and self.verdict is Verdict.VIOLATED
            and signal.evidence.reading is not Reading.READ
        )

    @property
    def history(self) -> str:
        """What the last runs of this source came to, this one included, in the letters of `SourceState.history`."""
        last = self.last
        return ((last.history if last is not None else "") + self._letter)[-KEPT:]

    def remember(self, *, bad: bool, incident: Incident | None) -> CaseState:
        """The state after this signal. An `incident` of None keeps the one that was."""
        return self._known(self._newest_of_source(bad=bad), incident)

    def _newest_of_source(self, *, bad: bool) -> SourceState:
        every, regular = self._rhythm()
        return SourceState(
            # An id may have 4 KB, and anybody may send one that nobody confirms.
            id=self.signal.id if self.is_confirmed else self.known_by,
            at=self.at,
            finished=self.finished,
            verdict=self.verdict,
            bad=bad,
            job=self.job,
            history=self.history,
            apart=apart(self.last, self.at),
            span=self._span(),
            every=every,
            regular=regular,
            voucher=self.signal.provenance.voucher,
            clamped=self._is_clamped,
            thin=self._thin(),
        )

    def _known(self, last: SourceState, incident: Incident | None) -> CaseState:
        """The state in which `last` is the newest thing known of the source."""
        before = self._heard(self.known_by)
        if self.is_confirmed:
            # A confirmed signal is also the last word on what was only said of the same source.
            said = {name: each for name, each in before.unconfirmed.items() if not self.speaks_for(name)}
            return msgspec.structs.replace(
                before,
                incident=incident or before.incident,
                sources=without_the_silent(self._settled({**before.sources, self.source: last}, last), self.source),
                unconfirmed=before.unconfirmed if self.verdict in BAD else said,
            )
        others = self._settled({name: each for name, each in before.unconfirmed.items() if name != self.source}, last)
        sources = before.sources
        if self.last is not None and self.last is sources.get(self.source):
            # A detector that was kept beside the confirmed sources, by a version that did not tell them apart.
            sources = {name: each for name, each in sources.items() if name != self.source}
        return msgspec.structs.replace(
            before,
            incident=incident or before.incident,
            sources=sources,
            unconfirmed=newest({**others, self.source: last}),
        )

    def _settled(self, sources: dict[str, SourceState], last: SourceState) -> dict[str, SourceState]:
        """The sources, of which a whole alarm that is OK settles its contributors."""
        return settled(sources, self.signal, last) if isinstance(self.signal, AlarmChanged) else sources

    def _heard(self, *marks: str) -> CaseState:
        """The state in which the signal is known by some marks."""
        before = self.state
        if (fits := newest(before.unconfirmed)) is not before.unconfirmed:
            before = msgspec.structs.replace(before, unconfirmed=fits)
        return before.seen(*marks, confirmed=self.is_confirmed)

    def told_by(self, *, job: bool) -> str:
        """What marks this run as told of by its job, or by its report alone."""
        return mark(f"{self.source}\n{self.at.isoformat()}\n{self.verdict}\n{job}")

    def kept(self, reason: Reason, because: str, incident: Incident | None, *, bad: bool) -> Decision:
        """A decision that is kept, and of which nobody is told."""
        state = rescheduled(self.policy, self.remember(bad=bad, incident=incident), self.now)
        return Decision(
            reason=reason,
            state=state,
            changed=True,
            because=because,
            verdict=self.verdict,
            incident=incident,
            policy=self.policy.label,
        )

    def record(self, reason: Reason, because: str) -> Decision:
        """A decision that is kept, on the open incident's timeline too if there is one, and told to nobody.

        What is known of the source stays as it is; that it was heard of is remembered.
        """
        incident = self.open_incident
        if incident is not None:
            incident = incident.revised(self.now)
        heard = self._heard(self.known_by, self.told_by(job=self.job is not None))
        remembered = msgspec.structs.replace(heard, incident=incident or self.state.incident)
        return Decision(
            reason=reason,
            state=remembered,
            changed=True,
            because=because,
            verdict=self.verdict,
            incident=incident,
            policy=self.policy.label,
        )

    def record_heard(self, reason: Reason, because: str) -> Decision:
        """A decision as of `record`, after which the source is known to have run: no more is known of it than was."""
        recorded, last = self.record(reason, because), self.last
        if last is not None and self.at <= last.reached:
            return recorded
        now = self._newest_of_source(bad=False)
        if last is None:
            heard = msgspec.structs.replace(now, history="", apart="", span=0)
        else:
            heard = msgspec.structs.replace(last, every=now.every, regular=now.regular, thin=now.thin)
        known = self._known(heard, None)
        state = msgspec.structs.replace(
            recorded.state,
            sources=known.sources,
            unconfirmed=recorded.state.unconfirmed if self.is_confirmed else known.unconfirmed,
        )
        return msgspec.structs.replace(recorded, state=rescheduled(self.policy, state, self.now))

    def quiet(self, reason: Reason, because: str) -> Decision:
        """A decision that keeps nothing and tells nobody."""
        return Decision(
            reason=reason,
            state=self.state,
            changed=False,
            because=because,
            verdict=self.verdict,
            incident=self.open_incident,
            policy=self.policy.label,
        )

    @property
    def _letter(self) -> str:
        if self.verdict not in BAD:
            return "g"
        if self.measured_nothing:
            return "f"
        return "u" if self.is_unread else "v"

    @property
    def _is_clamped(self) -> bool:
        finished = self.signal.finished if isinstance(self.signal, RunFinished) else self.signal.at
        return (self.at, self.finished) != (self.signal.at, finished)

    def _span(self) -> int:
        """The length of the run's window in minutes; an alarm, and a report without one, looked at a moment."""
        window = self.signal.window if isinstance(self.signal, RunFinished) else None
        return 0 if window is None else max(0, (window.end - window.start) // _MINUTE)

    def _thin(self) -> TooFewRecords | None:
        known = self.last.thin if self.last is not None else None
        if not self.is_thin:
            return known if self.verdict in FAULTS else None
        return one_more(known, self.at, self.finished)

    def _rhythm(self) -> tuple[int, int]:
        """The seconds between the last two runs, and how often in a row it was so; of a schedule only."""
        last = self.last
        if last is None or not isinstance(self.signal, RunFinished) or self.signal.window is None:
            return (0, 0) if last is None else (last.every, 0)
        span = (self.at - last.reached) // _SECOND
        if span <= 0:
            return last.every, 0
        if abs(span - last.every) <= last.every * _SAME:
            return last.every, last.regular + 1
        return span, 1


def no_later(at: datetime, now: datetime) -> datetime:
    """When something happened that is said to have happened at `at`: a clock that runs ahead is set back to `now`."""
    return now if at > now and at - now > _CLOCK_SKEW else at
