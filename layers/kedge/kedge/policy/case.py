"""A signal on its way through the pipeline, with all that was known before it."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.decision import Decision, Last, Reason, State
from kedge.domain.ids import mark
from kedge.domain.incident import Incident
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged, RunFinished
from kedge.policy.document import Policy

REMEMBERED: Final = 32

type Judged = RunFinished | AlarmChanged


class Case(Struct, frozen=True, kw_only=True):
    """What the steps of the pipeline hand on.

    `verdict` is what the signal's own is worth under the policy; `at` and `finished` are the signal's times, with a clock
    that runs ahead set back to `now`.
    """

    policy: Policy
    state: State
    signal: Judged
    now: datetime
    verdict: Verdict
    at: datetime
    finished: datetime

    @property
    def source(self) -> str:
        """The schedule or alarm that speaks."""
        return self.signal.source if isinstance(self.signal, RunFinished) else self.signal.alarm

    @property
    def job(self) -> str | None:
        """The processing job, where there was one."""
        return self.signal.job if isinstance(self.signal, RunFinished) else None

    @property
    def last(self) -> Last | None:
        """The newest thing known of this source."""
        return self.state.sources.get(self.source)

    @property
    def open_incident(self) -> Incident | None:
        """The incident of this case, while it is open."""
        incident = self.state.incident
        return incident if incident is not None and incident.is_open else None

    def remember(self, *, bad: bool, incident: Incident | None) -> State:
        """The state after this signal. An `incident` of None keeps the one that was."""
        last = Last(id=self.signal.id, at=self.at, finished=self.finished, verdict=self.verdict, bad=bad, job=self.job)
        return State(
            incident=incident or self.state.incident,
            sources={**self.state.sources, self.source: last},
            recent=(*self.state.recent, mark(self.signal.id))[-REMEMBERED:],
        )

    def told_by(self, *, job: bool) -> str:
        """What marks this run as told of by its job, or by its report alone."""
        return mark(f"{self.source}\n{self.at.isoformat()}\n{self.verdict}\n{job}")

    def record(self, reason: Reason, because: str) -> Decision:
        """A decision that is kept, on the open incident's timeline too if there is one, and told to nobody.

        What is known of the source stays as it is; that it was heard of is remembered.
        """
        incident = self.open_incident
        if incident is not None:
            incident = msgspec.structs.replace(incident, changed=self.now, revision=incident.revision + 1)
        heard = (mark(self.signal.id), self.told_by(job=self.job is not None))
        remembered = State(
            incident=incident or self.state.incident,
            sources=self.state.sources,
            recent=(*self.state.recent, *heard)[-REMEMBERED:],
        )
        return Decision(
            reason=reason, state=remembered, changed=True, because=because, verdict=self.verdict, incident=incident
        )

    def quiet(self, reason: Reason, because: str) -> Decision:
        """A decision that keeps nothing and tells nobody."""
        return Decision(
            reason=reason,
            state=self.state,
            changed=False,
            because=because,
            verdict=self.verdict,
            incident=self.open_incident,
        )
