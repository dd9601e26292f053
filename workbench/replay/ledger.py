"""A ledger and its agenda in memory, for the time of a replay."""

from datetime import datetime
from itertools import islice
from typing import Final

from kedge.domain.context import Context, ContextRequest
from kedge.domain.decision import CaseState, Inhibits
from kedge.domain.errors import Conflict
from kedge.domain.notification import GroupState, QueuedNotification, SendRate
from kedge.domain.run import MeasuredRun, Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.silence import Silence
from kedge.domain.source_case import SourceCase
from kedge.domain.target import Target
from kedge.ledger.items import Key
from kedge.ledger.keys import notice_key, run_key, spoken_key, spoken_of
from kedge.ledger.known_endpoints import shows_an_endpoint
from kedge.ports.storage import Commit, Due, NotificationCommit, VersionedContext
from workbench.replay.registers import Registers
from workbench.replay.schedule import Schedule
from workbench.replay.versioned import Versioned

type Case = tuple[Target, Monitor | ChangeKind]

_NEVER_SEEN: Final = (CaseState(), 0)


class MemoryLedger(Registers):
    """Keeps the state that decisions need, but no incident, effect or timeline: a replay prints them instead."""

    def __init__(self) -> None:
        """Start with an empty state."""
        super().__init__()
        self.known: dict[Case, tuple[CaseState, int]] = {}
        self.waiting: dict[str, dict[Key, QueuedNotification]] = {}
        self.silences: dict[str, Silence] = {}
        self._spoken: dict[str, dict[str, SourceCase]] = {}
        self._paces = Versioned[SendRate]()
        self._groups = Versioned[GroupState]()
        self._measured: dict[Case, dict[Key, MeasuredRun]] = {}
        self._inhibitors: dict[str, dict[str, None]] = {}
        self._dues: Schedule[Case] = Schedule(self._due_at)
        self._tellings: Schedule[tuple[str, Key]] = Schedule(self._told_at)

    def load(self, target: Target, monitor: Monitor | ChangeKind) -> tuple[CaseState, int]:
        """Return the state of a case, and its version (0 for a new case)."""
        return self.known.get((target, monitor), _NEVER_SEEN)

    def spoken(self, source_target: Target) -> tuple[SourceCase, ...]:
        """Return the stored cases of a source, and of each of its parts."""
        return tuple(self._spoken.get(spoken_of(source_target), {}).values())

    def load_context(self, asks: ContextRequest) -> VersionedContext:
        """Return the context of a case: the added silences, and what `asks` names."""
        paces, pace_versions = self._paces.read(asks.receivers)
        groups, group_versions = self._groups.read(asks.groups)
        context = Context(
            silences=tuple(self.silences.values()),
            inhibitors={key: tuple(self._inhibitors.get(key, ())) for key in asks.inhibitions},
            paces=paces,
            groups=groups,
        )
        return VersionedContext(context=context, paces=pace_versions, groups=group_versions)

    def commit(self, commit: Commit) -> None:
        """Keep everything of a decision. Raises Conflict if another writer committed in between."""
        decision, case = commit.decision, (commit.target, commit.monitor)
        before, newest = self.known.get(case, (None, 0))
        if commit.version != newest:
            raise Conflict(f"{commit.target} {commit.monitor} is at version {newest}, not {commit.version}")
        notifies = bool(decision.paces or decision.groups or commit.notices)  # nearly every run changes its case alone
        if notifies:
            self._paces.check(decision.paces, commit.against.paces)
            self._groups.check(decision.groups, commit.against.groups)
            self._check_new(commit.notices)
        self.known[case] = (decision.state, newest + 1)
        if shows_an_endpoint(commit):
            self.heard_of(commit.target)
        due = decision.state.due
        if due is not None and (before is None or before.due != due) and isinstance(commit.monitor, Monitor):
            self._dues.add(due, case)
        if (spoken := commit.spoken) is not None:
            key = spoken_key(spoken)
            self._spoken.setdefault(key.pk, {})[key.sk] = spoken
        if (run := commit.measured) is not None:
            key = run_key(commit.target, commit.monitor, run)
            self._measured.setdefault(case, {})[key] = run
        if notifies:
            self._paces.keep(decision.paces)
            self._groups.keep(decision.groups)
            for notice in commit.notices:
                self._wait(notice)
        if decision.inhibits or decision.frees:
            self._inhibit(decision.inhibits, decision.frees)

    def keep_silence(self, silence: Silence) -> bool:
        """Keep a silence in its new state. Returns False if the stored one was changed later."""
        before = self.silences.get(silence.id)
        if before is not None and before.changed is not None and silence.changed and silence.changed < before.changed:
            return False
        self.silences[silence.id] = silence
        return True

    def cases(self, target: Target, monitors: tuple[Monitor, ...]) -> tuple[CaseState, ...]:
        """Return the states of some cases of a target; an empty state for a new case."""
        return tuple([self.known.get((target, monitor), _NEVER_SEEN)[0] for monitor in monitors])

    def measured(self, target: Target, monitor: Monitor, since: datetime) -> tuple[MeasuredRun, ...]:
        """Return the stored runs of a target's monitor that ended since a moment, with their values, the oldest first."""
        kept = self._measured.get((target, monitor), {})
        return tuple(run for _, run in sorted(kept.items()) if run.at >= since)

    def due(self, now: datetime, most: int) -> tuple[Due, ...]:
        """Return the cases that are due by now, the longest waiting first, at most `most`."""
        found = self._dues.until(now, most)
        return tuple(Due(at, target, monitor) for at, (target, monitor) in found if isinstance(monitor, Monitor))

    def receivers(self, now: datetime) -> tuple[str, ...]:
        """Return the receivers with a pending message that may be sent by now, the longest waiting first."""
        return tuple(dict.fromkeys(receiver for _, (receiver, _) in self._tellings.until(now)))

    def notices(self, receiver: str, now: datetime, most: int) -> tuple[QueuedNotification, ...]:
        """Return the pending notices of a receiver that may be sent by now, the oldest incident first, at most `most`."""
        waiting = sorted(self.waiting.get(receiver, {}).items())
        return tuple(islice((notice for _, notice in waiting if notice.due <= now), most))

    def tell(self, telling: NotificationCommit) -> None:
        """Remove the sent notices and keep their replacement. Raises Conflict as `commit` does."""
        told = [notice_key(notice) for notice in telling.told]
        waiting = self.waiting.get(telling.receiver, {})
        if not all(key in waiting for key in told):
            raise Conflict(f"another writer sent what was waiting for {telling.receiver}")
        paces = {} if telling.pace is None else {telling.paced: telling.pace}
        groups = {} if telling.group is None else {telling.told[0].group: telling.group}
        self._paces.check(paces, telling.against.paces)
        self._groups.check(groups, telling.against.groups)
        for key in told:
            del waiting[key]
        if telling.folded is not None:
            self._wait(telling.folded)
        self._paces.keep(paces)
        self._groups.keep(groups)

    def next_due(self) -> datetime | None:
        """Return when the first case is due, or the first message may be sent; None if neither will be.

        It is in the past while a message may be sent but has no room: the caller then checks once a minute.
        """
        due, told = self._dues.next(), self._tellings.next()
        if due is None or told is None:
            return due or told
        return min(due, told)

    def next_case(self) -> datetime | None:
        """Return when the first case is due, or None."""
        return self._dues.next()

    def _due_at(self, case: Case) -> datetime | None:
        return self.known[case][0].due

    def _told_at(self, waiting: tuple[str, Key]) -> datetime | None:
        receiver, key = waiting
        notice = self.waiting.get(receiver, {}).get(key)
        return None if notice is None else notice.due

    def _wait(self, notice: QueuedNotification) -> None:
        key = notice_key(notice)
        self.waiting.setdefault(notice.receiver, {})[key] = notice
        self._tellings.add(notice.due, (notice.receiver, key))

    def _check_new(self, notices: tuple[QueuedNotification, ...]) -> None:
        for notice in notices:
            if notice_key(notice) in self.waiting.get(notice.receiver, {}):
                raise Conflict(f"{notice.id} waits already")

    def _inhibit(self, begin: tuple[Inhibits, ...], end: tuple[Inhibits, ...]) -> None:
        for each in end:
            self._inhibitors.get(each.key, {}).pop(each.incident, None)
        for each in begin:
            self._inhibitors.setdefault(each.key, {})[each.incident] = None
