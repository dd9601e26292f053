"""The verdict of the mode `promise`: a check is violated if its change is significant and matters."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from kedge_monitor.compare.candidates import CheckCandidate, list_candidates
from kedge_monitor.compare.history import DriftHistory, WindowSpan, estimate_dispersion, was_flagged
from kedge_monitor.compare.measurement import FeatureMeasurement
from kedge_monitor.compare.promise import FalsePageBudget, allows_two_of_three, find_budget
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.compare.significance import (
    apply_holm,
    compute_effective,
    count_reachable,
    find_records_needed,
    find_smallest_ks,
)
from kedge_monitor.compare.verdict import FeatureCheck

_TOO_FEW_TO_TELL: Final = 0.5  # a window that cannot show a distance of one half says nothing
_SMALL_BASELINE: Final = 1000
_FIRST_FLAG: Final = "This is the first flag: the check is violated if a second of three runs has one."


def judge_candidates(
    candidates: Sequence[CheckCandidate],
    history: DriftHistory,
    budget: FalsePageBudget,
    hours: float | None = None,
) -> list[FeatureCheck]:
    """Judge the checks of a window, in the order given.

    The level of a check depends on how many checks could reach it at all (Tarone 1990). It also depends on how many with a smaller
    p-value were rejected before it (Holm 1979).

    Args:
        candidates: the checks of the window.
        history: the flags of the runs before.
        budget: the false pages that one run may have.
        hours: the length of a joined window, None for the window itself. Joined windows page at once.
    """
    tested = [candidate for candidate in candidates if candidate.p is not None]
    repeated = [hours is None and allows_two_of_three(item.records, item.baseline) for item in tested]
    count = count_reachable([item.least for item in tested], budget.find_repeated)
    mildest = budget.find_repeated(count)
    reachable = [place for place, item in enumerate(tested) if item.least <= mildest]

    def find_level(place: int, remaining: int) -> float:
        return budget.find_repeated(remaining) if repeated[place] else budget.find_at_once(remaining)

    def find_immediate(place: int, remaining: int) -> float:
        return budget.find_immediate(remaining) if repeated[place] else budget.find_at_once(remaining)

    p_values = [item.p or 0.0 for item in tested]
    levels = [find_level(place, count) for place in range(len(tested))]
    immediate = [find_immediate(place, count) for place in range(len(tested))]
    chosen = [p_values[place] for place in reachable]
    for found, find in ((levels, find_level), (immediate, find_immediate)):
        steps = apply_holm(chosen, count, partial(_find_at, find, reachable))
        for place, level in zip(reachable, steps, strict=True):
            found[place] = level
    by_candidate = {id(item): (levels[i], immediate[i]) for i, item in enumerate(tested)}
    return [_judge(item, by_candidate.get(id(item)), history, hours) for item in candidates]


def _find_at(find: Callable[[int, int], float], places: Sequence[int], index: int, remaining: int) -> float:
    return find(places[index], remaining)


def _judge(
    item: CheckCandidate, levels: tuple[float, float] | None, history: DriftHistory, hours: float | None
) -> FeatureCheck:
    if item.p is None or levels is None:
        flagged = violated = item.matters
        level = None
    else:
        level, immediate = levels
        flagged = item.p <= level and item.matters
        violated = flagged and (item.p <= immediate or was_flagged(history, item.key))
    return FeatureCheck(
        feature=item.feature,
        check=item.check,
        violated=violated,
        flagged=flagged,
        sentence=item.say(violated=True) if violated else _explain(item, level, flagged=flagged),
        observed=item.observed,
        limit=item.limit,
        effect=item.effect,
        material=item.material,
        p_value=item.p,
        level=level,
        records=item.records,
        smallest=None if item.smallest is None or level is None else item.smallest(level),
        method=item.method,
        hours=hours,
    )


def _explain(item: CheckCandidate, level: float | None, *, flagged: bool) -> str:
    """Return the sentence of a check that is not violated, with the reason if its effect alone would be large enough."""
    sentence = item.say(violated=False)
    if flagged:
        return f"{sentence.rstrip('.')}. {_FIRST_FLAG}"
    if level is None or item.p is None or not item.matters:
        return sentence
    reason = f"The change is not significant: p = {item.p:.2g}, level {level:.2g}, {item.records} records."
    return f"{sentence.rstrip('.')}. {reason}"


class PromisedWindow:
    """One window under the promise: its checks, those of the windows that it is joined to, and what they could not show.

    `checks` are those of the window, `is_small` says that joined windows must be judged, `too_few` that no change could be seen.
    """

    def __init__(
        self,
        measured: Sequence[FeatureMeasurement],
        history: DriftHistory,
        settings: CompareSettings,
        records: int,
        reference: int,
        span: WindowSpan | None,
    ) -> None:
        """Judge the window.

        Args:
            measured: its features.
            history: what is known from the runs before.
            settings: the promise and the schedule.
            records: records of the window.
            reference: records of the baseline, or of the same hour of earlier weeks if the distributions are compared with it.
            span: the times of the window, None if no window is ever joined.
        """
        self._history, self._settings, self._records, self._reference = history, settings, records, reference
        self._dispersion = estimate_dispersion(history)
        self._plans = [item.plan for item in measured]
        self._threshold = min((plan.threshold for plan in self._plans if plan.compare), default=0.1) or 0.1
        level = find_budget(settings).find_repeated(len(measured))
        self._needed = find_records_needed(self._threshold, level, reference, self._dispersion or 1.0)
        self._joined: dict[float, int] = {}
        self.is_small = records < self._needed
        self._budget = find_budget(settings, self._count_joined(span) if self.is_small else 0.0)
        self.checks = self._judge(measured, None)
        levels = [check.level for check in self.checks if check.level is not None]
        self._smallest = self._find_smallest(records, max(levels, default=level))
        self.too_few = self._smallest >= _TOO_FEW_TO_TELL
        self._violated = {(check.feature, check.check) for check in self.checks if check.violated}

    def judge_joined(self, hours: float, records: int, measured: Sequence[FeatureMeasurement]) -> list[FeatureCheck]:
        """Judge a joined window, the shortest first. Return its violations that no shorter window has."""
        self._joined[hours] = records
        found = self._judge(measured, hours)
        fresh = [check for check in found if check.violated and (check.feature, check.check) not in self._violated]
        self._violated |= {(check.feature, check.check) for check in fresh}
        smallest = self._find_smallest(records, self._budget.find_at_once(len(found)))
        self.too_few = self.too_few and smallest >= _TOO_FEW_TO_TELL
        return fresh

    def write_notes(self, season: int | None) -> tuple[str, ...]:
        """Write what the promise assumes, and what the window was too small for.

        Args:
            season: records of the same hour of earlier weeks that the window was compared with, None if it was not.
        """
        notes = [*self._write_size(season=season is not None), *self._write_dependence()]
        if season is not None:
            notes.append(f"The distributions are compared with the same hour of earlier weeks: {season} records.")
        elif self._settings.seasonal_weeks is not None:
            notes.append(
                f"Seasonality is on, but fewer than {self._settings.seasonal_weeks} clean weeks of this hour are known. "
                "The distributions are compared with the baseline."
            )
        fixed = [plan.name for plan in self._plans if plan.compare and plan.method.fixed]
        if fixed:
            notes.append(f"A fixed limit decides outside of the promise: {', '.join(fixed)}.")
        return tuple(notes)

    def _write_size(self, *, season: bool) -> list[str]:
        notes = []
        if self.is_small:
            verdict = "too few to tell: they are " if self.too_few else ""
            larger = "Only more earlier weeks" if season else "Only a larger baseline"
            remedy = f"{self._needed:.0f} records" if math.isfinite(self._needed) else larger
            notes.append(
                f"{self._records} records are {verdict}too few to see less than D = {self._smallest:.2f}. "
                f"{remedy} would show D = {self._threshold:g}."
            )
        notes += [f"The joined window of {hours:g} hours has {count} records." for hours, count in self._joined.items()]
        if self._reference < _SMALL_BASELINE:
            what = "The same hour of earlier weeks has" if season else "The baseline has"
            notes.append(
                f"{what} {self._reference} records. Fewer than {_SMALL_BASELINE} cannot show changes below D = 0.1."
            )
        return notes

    def _write_dependence(self) -> list[str]:
        if self._dispersion is None:
            return ["The promise assumes independent records: fewer than 24 clean windows are known."]
        if self._dispersion > 1:
            return [f"Records depend on each other: {self._dispersion:.2f} count as one, by the clean windows."]
        return []

    def _judge(self, measured: Sequence[FeatureMeasurement], hours: float | None) -> list[FeatureCheck]:
        mildest = self._budget.find_repeated(1) if hours is None else self._budget.find_at_once(1)
        candidates = list_candidates(measured, self._dispersion or 1.0, mildest, strict=self._settings.strict_types)
        return judge_candidates(candidates, self._history, self._budget, hours)

    def _count_joined(self, span: WindowSpan | None) -> float:
        """Return how many joined windows there are per run: one of h hours ends every h hours."""
        if span is None:
            return 0.0
        return sum(span.hours / hours for hours in self._settings.rollups if hours >= 2 * span.hours)

    def _find_smallest(self, records: int, level: float) -> float:
        return find_smallest_ks(float(compute_effective(records, self._reference)) / (self._dispersion or 1.0), level)
