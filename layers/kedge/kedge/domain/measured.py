"""A run with the numbers that it measured: what is kept of it for 90 days, so that later runs can be compared with it."""

from datetime import datetime

from msgspec import Struct

from kedge.domain.run import Measure, Verdict


class Measured(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run that an authority confirms, or a change of an alarm, with its numbers.

    `start` and `at` are the ends of its window (UTC), the same moment for an alarm. `values` holds statistics under their names, never
    a captured value.
    """

    source: str
    at: datetime
    start: datetime
    verdict: Verdict
    records: int | None = None
    values: tuple[Measure, ...] = ()

    def value_of(self, name: str) -> Measure | None:
        """Return the statistic of a name; None if the run did not measure it."""
        return next((each for each in self.values if each.name == name), None)
