"""From a promise about false pages to the level of each check.

The promise: at most `false_pages` on average within N weeks. R is the number of runs a week, H that of checks a run. The
expected number of false pages is at most the sum over runs and checks, whatever the dependence between features. So one run may
page at the level 1/(R*N*H). If the same check must be flagged in two of three runs, each run has two earlier ones to go with.
Then the level sqrt(1/(2*R*N*H)) keeps the same promise. That needs independence between windows, but not between features.

For one page in 26 weeks of hourly runs and 20 checks the levels are 1.1e-5 and 2.3e-3.
"""

import math
from dataclasses import dataclass
from typing import Final

from kedge_monitor.compare.settings import CompareSettings

_MOST: Final = 0.05  # no level is milder, however seldom a monitor runs
_AT_ONCE_SHARE: Final = 0.1  # of the promise: an overwhelming change pages in its first run
_SMALL_WINDOW: Final = 20  # the two-of-three rule needs a baseline of at least this number of windows


@dataclass(frozen=True, slots=True)
class FalsePageBudget:
    """The false pages that one run may have on average, and how many checks each check stands for because of joined windows.

    `repeats` says that a run knows the flags of the runs before it. Otherwise each check pages at once or never.
    """

    per_run: float
    factor: float = 1.0
    repeats: bool = True

    def find_at_once(self, checks: int) -> float:
        """Find the level of a check that pages by itself in one run, if `checks` checks share the budget."""
        return min(_MOST, self.per_run / (max(1, checks) * self.factor))

    def find_repeated(self, checks: int) -> float:
        """Find the level of a check that pages when it is flagged in two of three runs.

        A tenth of the budget is kept for `find_immediate`.
        """
        if not self.repeats:
            return self.find_at_once(checks)
        return min(_MOST, math.sqrt((1 - _AT_ONCE_SHARE) * self.per_run / (2 * max(1, checks) * self.factor)))

    def find_immediate(self, checks: int) -> float:
        """Find the level at which a check of the two-of-three rule pages in its first run."""
        return (_AT_ONCE_SHARE if self.repeats else 1.0) * self.find_at_once(checks)


def find_budget(settings: CompareSettings, rollup_runs: float = 0.0) -> FalsePageBudget:
    """Find what one run may spend of the promise.

    Args:
        settings: the promise and the runs a week.
        rollup_runs: joined windows per run, on average: each is one more check of every feature.
    """
    promise = settings.promise
    return FalsePageBudget(
        promise.false_pages / (promise.weeks * settings.runs_per_week), 1 + rollup_runs, settings.keeps_history
    )


def allows_two_of_three(records: float, baseline: float) -> bool:
    """Return whether a window is small enough beside the baseline for the two-of-three rule: n <= m/20.

    The sampling error of the baseline is in all runs alike. In a large window it makes two flags in a row no longer independent;
    such a window does not need the milder level either.
    """
    return records * _SMALL_WINDOW <= baseline
