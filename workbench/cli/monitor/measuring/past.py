"""Windows of past records, judged by one set of rules and counted as pages of the default policy."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.finding import SCHEMA_CHECKS
from kedge.policy.compiled import Policy
from kedge_monitor.baseline import Baseline
from kedge_monitor.batch import Schema
from kedge_monitor.capture.window import CaptureWindow
from kedge_monitor.compare.comparison import compare
from kedge_monitor.compare.history import DriftHistory, WindowSpan, find_rollups, find_season
from kedge_monitor.compare.settings import CompareMode, CompareSettings
from kedge_monitor.compare.verdict import Outcome, WindowComparison
from kedge_monitor.engines.embedded import only_columns
from kedge_monitor.profile.dataset import DatasetProfile, merge_profiles
from workbench.cli.monitor.measuring.settings import WEEK
from workbench.cli.monitor.measuring.slots import ANCHOR, SlotProfile, SlotStore

_OF_SCHEMA: Final = frozenset(check.value for check in SCHEMA_CHECKS)


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When windows end, and how long they are."""

    every: timedelta
    window: timedelta


class PastCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A violated check of a past window."""

    feature: str
    check: str
    observed: float | None
    limit: float | None
    p_value: float | None


class PastWindow(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of a past window.

    `pages` says whether it opens an incident that notifies, and `seasonal` whether it was compared with earlier weeks.
    """

    start: datetime
    end: datetime
    outcome: Outcome
    records: int
    violations: tuple[PastCheck, ...] = ()
    pages: bool = False
    seasonal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Profiles of past records, and what they are compared with. `excluded` are the columns that were not read."""

    store: SlotStore
    baseline: Baseline
    span: CaptureWindow
    excluded: tuple[str, ...]
    records: int

    def play(
        self, schedule: Schedule, settings: CompareSettings, policy: Policy, step: Callable[[], None]
    ) -> list[PastWindow]:
        """Return all windows of the span in their order, each judged with the history of those before.

        Args:
            schedule: when windows end, and how long they are.
            settings: the rules; the number of runs a week follows from the schedule.
            policy: its evidence decides which windows page.
            step: is called after each window.
        """
        settings = msgspec.structs.replace(
            settings, runs_per_week=WEEK / schedule.every, excluded=(*settings.excluded, *self.excluded)
        )
        history, windows = DriftHistory(), []
        for end in ends_of(self.span, schedule):
            span = WindowSpan(end - schedule.window, end)
            found = self.store.find(span.start, span.end)
            if found is None:
                windows.append(PastWindow(start=span.start, end=end, outcome=Outcome.NO_DATA, records=0))
            else:
                joined = self._joined(history, span, settings)
                season = self._season(history, span, settings)
                comparison, history = compare(
                    self.baseline, _shown(found), history, settings, span=span, joined=joined or None, season=season
                )
                windows.append(_window(span, comparison, seasonal=season is not None))
            step()
        return mark_pages(windows, policy_for(settings, policy))

    def _joined(
        self, history: DriftHistory, span: WindowSpan, settings: CompareSettings
    ) -> dict[float, DatasetProfile]:
        joined = {}
        for hours, spans in find_rollups(history, span, settings).items():
            found = self.store.find(spans[0].start, span.end)
            if found is not None:
                joined[hours] = _shown(found)
        return joined

    def _season(self, history: DriftHistory, span: WindowSpan, settings: CompareSettings) -> DatasetProfile | None:
        found = [self.store.find(each.start, each.end) for each in find_season(history, span, settings)]
        profiles = [each.profile for each in found if each is not None]
        return merge_profiles(profiles) if profiles else None


def ends_of(span: CaptureWindow, schedule: Schedule) -> list[datetime]:
    """Return the ends of all windows that lie in a span."""
    number = -((ANCHOR - span.start - schedule.window) // schedule.every)
    found = []
    while (end := ANCHOR + number * schedule.every) <= span.end:
        found.append(end)
        number += 1
    return found


def policy_for(settings: CompareSettings, policy: Policy) -> Policy:
    """Return the policy for verdicts of a mode: a promise allows for the number of records itself."""
    if settings.mode is not CompareMode.PROMISE:
        return policy
    return msgspec.structs.replace(policy, minimum_records=0, minimum_schema_records=0)


def mark_pages(windows: Sequence[PastWindow], policy: Policy) -> list[PastWindow]:
    """Return the windows with those marked that page under a policy: a new incident, or one that returns.

    A window is bad if a check is violated and it has enough records for this kind of check. The first bad window opens an
    incident, a clean one ends it. An incident that flaps does not page. Rules of persistence with matchers are not counted.
    """
    runs, of = next(((rule.runs, rule.of) for rule in policy.persistence if not rule.matchers), (1, 1))
    marked, recent = list[PastWindow](), deque[bool](maxlen=of)
    turns: list[datetime] = []
    is_open = False
    for each in windows:
        bad = _is_bad(each, policy)
        if not bad and (each.outcome is not Outcome.CLEAN or each.records < policy.minimum_records):
            marked.append(each)  # no data, or too few records: such a window opens nothing and ends nothing
            continue
        recent.append(bad)
        fires = bad and sum(recent) >= runs
        opens, ends = fires and not is_open, is_open and not bad
        if opens or ends:
            turns.append(each.end)
        marked.append(msgspec.structs.replace(each, pages=opens and not _flaps(turns, policy)))
        is_open = (is_open or fires) and not ends
    return marked


def _flaps(turns: Sequence[datetime], policy: Policy) -> bool:
    rule = policy.flapping
    return rule is not None and sum(turn > turns[-1] - rule.within for turn in turns) >= rule.changes


def _is_bad(window: PastWindow, policy: Policy) -> bool:
    least = (
        policy.minimum_schema_records if check.check in _OF_SCHEMA else policy.minimum_records
        for check in window.violations
    )
    return any(window.records >= number for number in least)


def _shown(found: SlotProfile) -> DatasetProfile:
    """Return a profile without the columns that no record has."""
    columns = tuple(column for column in found.profile.schema.columns if column.name in found.seen)
    return only_columns(found.profile, Schema(columns=columns))


def _window(span: WindowSpan, comparison: WindowComparison, *, seasonal: bool) -> PastWindow:
    return PastWindow(
        start=span.start,
        end=span.end,
        outcome=comparison.outcome,
        records=comparison.records,
        seasonal=seasonal,
        violations=tuple(
            PastCheck(
                feature=check.feature,
                check=check.check,
                observed=check.observed,
                limit=check.limit,
                p_value=check.p_value,
            )
            for check in comparison.violations
        ),
    )
