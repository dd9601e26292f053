"""A signal in the pipeline, with the state from before it."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.decide.alarm_contributors import settled, speaks_for
from kedge.decide.next_evaluation import rescheduled
from kedge.decide.record_counts import is_thin, one_more
from kedge.decide.run_history import KEPT, apart, minutes_in
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Reason, SourceState, TooFewRecords
from kedge.domain.ids import iso, mark
from kedge.domain.incident import Incident
from kedge.domain.run import BAD, FAULTS, Reading, Verdict
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.compiled import Policy

ROOM: Final = 131_072
"""Bytes of JSON for all confirmed sources of a case: about 400 of them."""

UNCONFIRMED: Final = 128
"""The maximum number of stored unconfirmed sources.

Strangers could name any number; an alarm may have 100 contributors.
"""
UNCONFIRMED_ROOM: Final = 65_536
"""Bytes of JSON for those sources. DynamoDB refuses an item above 400 KB, and confirmed sources must always have room.
"""

# The maximum bytes of JSON of a character, and of a source's other fields: times, numbers, fixed words, field names.
_CHARACTER: Final = 6
_REST: Final = 1_024


def without_the_silent(sources: dict[str, SourceState], speaking: str) -> dict[str, SourceState]:
    """Return the sources within the limit of room; the same object if there is room for all.

    A source that holds an incident open is never removed, nor is the one that has just reported: it takes room from the
    others.
    """
    if _at_most(sources) <= ROOM or (size := len(msgspec.json.encode(sources))) <= ROOM:
        return sources
    kept = dict(sources)
    silent = [name for name, last in sources.items() if not last.bad and name != speaking]
    for name in sorted(silent, key=lambda each: sources[each].finished):
        size -= len(msgspec.json.encode({name: kept.pop(name)})) - 1
        if size <= ROOM:
            break
    return kept


def newest(said: dict[str, SourceState]) -> dict[str, SourceState]:
    """Return the newest sources within the limits; the same object if all fit.

    A bad source holds an incident open: it is removed after all that are well, except the one that has just reported.
    In JSON, a name or an ARN of control characters has six times its length, so a number alone is not a limit.
    """
    if not said or (len(said) <= UNCONFIRMED and _at_most(said) <= UNCONFIRMED_ROOM):
        return said
    last_first = [*reversed(said)]
    first, rest = last_first[:1], last_first[1:]
    room, kept = UNCONFIRMED_ROOM, set[str]()
    for name in [*first, *sorted(rest, key=lambda each: not said[each].bad)]:
        room -= len(msgspec.json.encode({name: said[name]}))
        if room < 0 or len(kept) == UNCONFIRMED:
            break
        kept.add(name)
    return said if len(kept) == len(said) else {name: last for name, last in said.items() if name in kept}


def _at_most(sources: dict[str, SourceState]) -> int:
    """Return the maximum bytes of JSON of the sources, without writing them: every signal needs this."""
    size = 0
    for name, last in sources.items():
        said = len(name) + len(last.id) + (len(last.job) if last.job is not None else 0)
        size += _REST + _CHARACTER * said + len(last.history) + len(last.apart)
    return size


_CLOCK_SKEW: Final = timedelta(minutes=5)
# Two spans are equal if they differ by at most a tenth: jobs wait for machines.
_SAME: Final = 0.1

type Judged = RunFinished | AlarmChanged


class Evaluation(Struct, frozen=True, kw_only=True):
    """The value that the steps of the pipeline pass on.

    `verdict` is the signal's after the policy's evaluation. `at` and `finished` are the signal's times; those of a
    clock that runs ahead are set back to `now`. `is_confirmed` says if an authority confirms the signal. `source` is
    the schedule or alarm of the signal, and `last` its newest known state. `job` is its processing job if it has one,
    `known_by` the mark of the signal. `open_incident` is that of the case while it is open, `draft` the incident that a
    bad signal would open. `last` is from the confirmed signals of the source if this one is confirmed, else from the
    others.
    """

    policy: Policy
    state: CaseState
    signal: Judged
    context: Context
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
        cls, policy: Policy, state: CaseState, signal: Judged, verdict: Verdict, now: datetime, context: Context
    ) -> "Evaluation":
        """Return the evaluation of a signal at the start of the pipeline."""
        incident, is_confirmed = state.incident, signal.provenance.is_vouched
        if isinstance(signal, RunFinished):
            source, job, finished = signal.source, signal.job, signal.finished
        else:
            source, job, finished = signal.source, None, signal.at
        return cls(
            policy=policy,
            state=state,
            signal=signal,
            context=context,
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
        """Return whether the signal covers a source: the whole alarm covers its contributors."""
        return speaks_for(self.signal, source) if type(self.signal) is AlarmChanged else source == self.source

    @property
    def other_last(self) -> SourceState | None:
        """Return the newest state of the source from signals of the other kind: confirmed, if this one is not."""
        return self.state.last_of(self.source, confirmed=not self.is_confirmed)

    @property
    def measured_nothing(self) -> bool:
        """Return whether the monitor or the alarm had no data: then it says nothing about the model."""
        return self.verdict in FAULTS or (type(self.signal) is AlarmChanged and self.signal.measured_nothing)

    @property
    def is_thin(self) -> bool:
        """Return whether it is a run with too few records for a full evaluation."""
        return is_thin(self.policy, self.signal)

    @property
    def is_unread(self) -> bool:
        """Return whether it is a violation with an unreadable report: then it is evidence for nothing else."""
        signal = self.signal
        return (
            isinstance(signal, RunFinished)
            and self.verdict is Verdict.VIOLATED
            and signal.evidence.reading is not Reading.READ
        )

    @property
    def history(self) -> str:
        """Return the results of this source's last runs with this one, in the letters of `SourceState.history`."""
        last = self.last
        return ((last.history if last is not None else "") + self._letter)[-KEPT:]

    def remember(self, *, bad: bool, incident: Incident | None) -> CaseState:
        """Return the state after this signal. An `incident` of None keeps the old one."""
        return self._known(self._newest_of_source(bad=bad), incident)

    def _newest_of_source(self, *, bad: bool) -> SourceState:
        every, regular = self._rhythm()
        return SourceState(
            # An id may have 4 KB, and anyone may send one that no authority confirms.
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
        """Return the state with `last` as the newest state of the source."""
        before = self._heard(self.known_by)
        if self.is_confirmed:
            unconfirmed = before.unconfirmed
            if unconfirmed and self.verdict not in BAD:
                # A confirmed signal also replaces the unconfirmed state of the same source.
                unconfirmed = {name: each for name, each in unconfirmed.items() if not self.speaks_for(name)}
            return msgspec.structs.replace(
                before,
                incident=incident or before.incident,
                sources=without_the_silent(self._settled({**before.sources, self.source: last}, last), self.source),
                unconfirmed=unconfirmed,
            )
        others = self._settled({name: each for name, each in before.unconfirmed.items() if name != self.source}, last)
        sources = before.sources
        if self.last is not None and self.last is sources.get(self.source):
            # A detector that an older version stored among the confirmed sources, because it did not distinguish them.
            sources = {name: each for name, each in sources.items() if name != self.source}
        return msgspec.structs.replace(
            before,
            incident=incident or before.incident,
            sources=sources,
            unconfirmed=newest({**others, self.source: last}),
        )

    def _settled(self, sources: dict[str, SourceState], last: SourceState) -> dict[str, SourceState]:
        """Return the sources; a whole alarm that is OK also ends its contributors."""
        return settled(sources, self.signal, last) if type(self.signal) is AlarmChanged else sources

    def _heard(self, *marks: str) -> CaseState:
        """Return the state with some marks of the signal."""
        before = self.state
        if (fits := newest(before.unconfirmed)) is not before.unconfirmed:
            before = msgspec.structs.replace(before, unconfirmed=fits)
        return before.seen(*marks, confirmed=self.is_confirmed)

    def told_by(self, *, job: bool) -> str:
        """Return the mark of this run as reported by its job, or by its report alone."""
        return mark(f"{self.source}\n{iso(self.at)}\n{self.verdict}\n{job}")

    def kept(self, reason: Reason, because: str, incident: Incident | None, *, bad: bool) -> Decision:
        """Return a decision that is stored without a notification."""
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
        """Return a decision without a notification that is stored, and added to the timeline of the open incident.

        The state of the source stays unchanged, but the signal counts as received.
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
        """Return a decision as `record` does, after which the source is known to have run. Nothing else changes."""
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
        """Return a decision that stores nothing and notifies no receiver."""
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
        return self.at != self.signal.at or self.finished != finished

    def _span(self) -> int:
        """Return the length of the run's window in minutes; an alarm, and a report without a window, have a moment."""
        window = self.signal.window if isinstance(self.signal, RunFinished) else None
        return 0 if window is None else max(0, minutes_in(window.end - window.start))

    def _thin(self) -> TooFewRecords | None:
        known = self.last.thin if self.last is not None else None
        if not self.is_thin:
            return known if self.verdict in FAULTS else None
        return one_more(known, self.at, self.finished)

    def _rhythm(self) -> tuple[int, int]:
        """Return the seconds between the last two runs, and how often in a row they were equal; only for a schedule."""
        last = self.last
        if last is None or not isinstance(self.signal, RunFinished) or self.signal.window is None:
            return (0, 0) if last is None else (last.every, 0)
        between = self.at - last.reached
        span = between.days * 86_400 + between.seconds
        if span <= 0:
            return last.every, 0
        if abs(span - last.every) <= last.every * _SAME:
            return last.every, last.regular + 1
        return span, 1


def no_later(at: datetime, now: datetime) -> datetime:
    """Return the time `at` of an event; a clock that runs ahead is set back to `now`."""
    return now if at > now and at - now > _CLOCK_SKEW else at
