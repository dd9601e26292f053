"""Standard deviations by repeated draws: Model Monitor's subsampling, and the sampling error that Kedge decides with.

Model Monitor draws 80 % of the records 5 times without replacement and writes the deviation of the 5 values. Such a
draw shares most of its records with the window. Its deviation is therefore sqrt((1 - 0.8) / 0.8) = 1/2 of the standard
error of the metric. This is the finite-population correction (Cochran 1977, "Sampling Techniques", section 2.6). And 5
values know it only within about 35 %. So Kedge writes this deviation to the files and decides with a standard error of
its own.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kedge_monitor.batch import Counts, Floats

DRAWS: Final = 5
SHARE: Final = 0.8
FEWEST_RECORDS: Final = 200
SUBSAMPLE_TO_ERROR: Final = 0.5
"""A deviation of subsamples divided by the standard error of the same metric, for SHARE = 0.8."""
_SEED: Final = 20_230_805
_MOST_EXACT: Final = 1_000_000_000  # numpy refuses hypergeometric draws from more records


def seeded(purpose: int) -> np.random.Generator:
    """Return a generator whose numbers depend on nothing but the purpose: each run of a window gives the same files."""
    return np.random.default_rng((_SEED, purpose))


def draw_counts(counts: Counts, generator: np.random.Generator) -> Iterator[Counts]:
    """Yield the cells of 5 random draws of 80 % of the records, given the number of records in each cell.

    The cells of a draw without replacement follow the multivariate hypergeometric distribution, so records need not be
    kept. Above 10^9 records, each record is drawn with probability 0.8, which differs by less than 1e-4 of a deviation.
    """
    total = int(counts.sum())
    for _ in range(DRAWS):
        if total < _MOST_EXACT:
            yield generator.multivariate_hypergeometric(counts, round(SHARE * total), method="marginals")
        else:
            yield generator.binomial(counts, SHARE)


def draw_rows(records: int, generator: np.random.Generator) -> Iterator[NDArray[np.bool_]]:
    """Yield 5 masks that each select 80 % of the records at random."""
    mask = np.zeros(records, np.bool_)
    mask[: round(SHARE * records)] = True
    for _ in range(DRAWS):
        generator.shuffle(mask)
        yield mask


def deviation_of(values: list[float] | Floats) -> float:
    """Return the sample standard deviation (divisor n - 1); NaN if a value is not finite or there are fewer than 2."""
    found = np.asarray(values, np.float64)
    return float(found.std(ddof=1)) if found.size > 1 and bool(np.isfinite(found).all()) else float("nan")
