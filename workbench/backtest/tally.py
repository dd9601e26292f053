"""Counts the results of both policies and finds their differences; memory grows only with the cases."""

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Final

from kedge.domain.decision import Decision, Notify
from kedge.domain.incident import Incident, IncidentState, Severity
from kedge.domain.run import BAD, Monitor
from kedge.domain.signal import AnySignal
from kedge.domain.target import Target
from kedge.policy.compiled import Policy
from kedge.services.intake import case_of
from workbench.backtest.counts import Counts, Message, of_effect, of_told
from workbench.backtest.episode import Difference, Episode, Half, difference_of
from workbench.backtest.remedies import Remedies
from workbench.replay.side import Happened, Told

KEPT: Final = 1_000
"""The number of differences that are kept, the worst ones; the others are only counted."""

type Case = tuple[Target, Monitor]


class Tally:
    """The totals of two policies, and the differences between them."""

    def __init__(self, old: Policy, new: Policy) -> None:
        """Start with empty totals."""
        self.policies = (old, new)
        self.counts = (Counts(), Counts())
        self.differing = 0
        self._remedies = (Remedies(old), Remedies(new))
        self._grace = max(old.reopen_within, new.reopen_within)
        self._episodes: dict[Case, Episode] = {}
        self._kept: dict[tuple[int, Case], tuple[datetime, str]] = {}
        self._gathered: dict[tuple[int, str], dict[Case, tuple[datetime, str]]] = {}
        self._worst: list[tuple[tuple[float, ...], int, Difference]] = []
        self._turns = count()

    def hear(self, side: int, happened: Happened) -> None:
        """Record what one side (0 is the old policy, 1 the new) did."""
        if happened.told is not None:
            self._message_of_many(side, happened.told, happened.at)
        outcome = happened.outcome
        if outcome is None or outcome.signal is None or outcome.decision is None:
            return
        if outcome.decision.incident is not None:
            self._incident(side, outcome.decision, outcome.decision.incident, happened.at)
        elif outcome.decision.verdict in BAD:
            self._nothing(side, outcome.signal, outcome.decision, happened.at)

    def close(self) -> None:
        """Compare the open incidents in their current state: the recording has ended."""
        for episode in self._episodes.values():
            self._compare(episode)
        self._episodes.clear()
        self._kept.clear()
        self._gathered.clear()

    def worst(self) -> Iterator[Difference]:
        """Yield the kept differences, the worst first."""
        return (difference for _, _, difference in sorted(self._worst, key=lambda entry: entry[0], reverse=True))

    def _nothing(self, side: int, signal: AnySignal, decision: Decision, at: datetime) -> None:
        monitor = case_of(signal)
        if isinstance(monitor, Monitor):
            case = (signal.target, monitor)
            because = f"{decision.reason}: {decision.because}"
            self._kept[side, case] = (at, because)
            if case in self._episodes and not self._episodes[case].halves[side].incidents:
                self._episodes[case].halves[side].kept = because

    def _incident(self, side: int, decision: Decision, incident: Incident, at: datetime) -> None:
        case = (incident.target, incident.monitor)
        episode = self._episode(case, incident, side, at)
        half, counts = episode.halves[side], self.counts[side]
        if half.see(incident):
            counts.incidents += 1
        episode.changed = at
        for effect in decision.effects:
            if isinstance(effect, Notify):
                message = of_effect(self.policies[side], effect, incident.severity, at)
                paged = _heard(half, message, critical=message.critical)
                counts.send(message, paged=paged)
            else:
                self._gathered.setdefault((side, effect.receiver), {})[case] = (effect.due, effect.group)
        for suppressed in decision.suppressed:
            counts.suppressed[suppressed.quiet] += 1
            half.quiet[suppressed.quiet] += 1
        self._propose(side, half, decision, incident)

    def _propose(self, side: int, half: Half, decision: Decision, incident: Incident) -> None:
        proposal = self._remedies[side].of(incident, decision.state) if incident.is_open else None
        if proposal is not None and not half.remedies[proposal.name]:
            half.remedies[proposal.name] = 1
            self.counts[side].remedies[proposal.name] += 1

    def _message_of_many(self, side: int, told: Told, at: datetime) -> None:
        message = of_told(self.policies[side], told, at)
        waiting = self._gathered.get((side, told.receiver), {})
        paged = False
        for brief in told.briefs:
            case = (brief.target, brief.monitor)
            waiting.pop(case, None)
            critical = brief.severity is Severity.CRITICAL and brief.state is not IncidentState.RESOLVED
            paged = self._listed(side, case, message, critical=critical) or paged
        if told.effect.tally.incidents:
            # The message counts these incidents without listing them, so its reader knows of them.
            alone = next(iter(told.groups)) if len(told.groups) == 1 and not told.digest else None
            due = [case for case, (when, group) in waiting.items() if when <= at and alone in (None, group)]
            for case in due:
                del waiting[case]
                paged = self._listed(side, case, message, critical=None) or paged
        self.counts[side].send(message, paged=paged)

    def _listed(self, side: int, case: Case, message: Message, *, critical: bool | None) -> bool:
        episode = self._episodes.get(case)
        if episode is None:
            return False
        half = episode.halves[side]
        known = half.is_open and half.severity is Severity.CRITICAL
        return _heard(half, message, critical=known if critical is None else critical)

    def _episode(self, case: Case, incident: Incident, side: int, at: datetime) -> Episode:
        known = self._episodes.get(case)
        if known is not None and (known.halves[side].newest == incident.id or known.takes(at, self._grace)):
            return known
        if known is not None:
            self._compare(known)
        episode = Episode(target=case[0], monitor=case[1], began=incident.since, changed=at)
        for each, half in enumerate(episode.halves):
            since, because = self._kept.get((each, case), (at, ""))
            half.kept = because if at - since <= self._grace else ""
        self._episodes[case] = episode
        return episode

    def _compare(self, episode: Episode) -> None:
        difference = difference_of(episode)
        if difference is None:
            return
        self.differing += 1
        entry = (difference.badness, next(self._turns), difference)
        if len(self._worst) < KEPT:
            heapq.heappush(self._worst, entry)
        else:
            heapq.heappushpop(self._worst, entry)


def _heard(half: Half, message: Message, *, critical: bool) -> bool:
    """Count a message of an incident; return True if it is the receiver's first critical one."""
    half.messages[message.receiver] += 1
    half.woken += critical and message.night
    if not critical or message.receiver in half.paged:
        return False
    half.paged.add(message.receiver)
    half.pages += 1
    return True
