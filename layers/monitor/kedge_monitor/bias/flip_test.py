"""The flip test: would records of the disadvantaged facet be predicted otherwise among their nearest neighbours of the other one?"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kedge_monitor.batch import Floats

NAME: Final = "FT"
DESCRIPTION: Final = "Flip Test (FT)"
MOST_RECORDS: Final = 20_000
"""Each record of the facet is compared with each other record: the work grows with the square of their number."""
_NEIGHBOURS: Final = 5
_FEW: Final = 9  # up to this number of advantaged records, Clarify uses one neighbour
_PIECE: Final = 2**20


class Flips(NamedTuple):
    """FT and its standard error, as if the neighbours were fixed."""

    value: float
    error: float


def flip_test(features: Floats, is_facet: NDArray[np.bool_], is_positive: NDArray[np.bool_]) -> Flips:
    """Return FT = (flips to negative - flips to positive) / n_d, as the open code of Clarify computes it.

    Each record of the facet gets the majority prediction of its 5 nearest records outside of the facet. If there are at
    most 9 of them, the nearest one decides. The distance is the Euclidean one of the features as they are. A flip to
    negative is a record that was predicted positive but whose neighbours are not. If neighbours have the same distance,
    the first in the order of features and prediction counts; Clarify's order is not defined there. Source: Black, Yeom
    and Fredrikson 2020, "FlipTest", and `smclarify` posttraining.

    Args:
        features: shape (n, k), finite, without facet, label and prediction.
        is_facet: which records belong to the disadvantaged facet, shape (n,).
        is_positive: which are predicted positive, shape (n,).
    """
    others, facet = features[~is_facet], features[is_facet]
    # A fixed order makes the result independent of the order of the records.
    order = np.lexsort((is_positive[~is_facet], *others.T[::-1]))
    others, other_positive = others[order], is_positive[~is_facet][order]
    neighbours = _NEIGHBOURS if len(others) > _FEW else 1
    votes = np.empty(len(facet), np.bool_)
    step = max(_PIECE // max(len(others), 1), 1)
    for start in range(0, len(facet), step):
        piece = facet[start : start + step]
        distances, part = np.zeros((len(piece), len(others))), np.empty((len(piece), len(others)))
        for column in range(features.shape[1]):
            np.subtract(piece[:, column, None], others[None, :, column], out=part)
            distances += np.multiply(part, part, out=part)
        votes[start : start + step] = _count_positive(distances, other_positive, neighbours) > neighbours / 2
    flips = is_positive[is_facet].astype(np.float64) - votes
    value = float(flips.mean())
    return Flips(value, math.sqrt(max(float((flips**2).mean()) - value * value, 0.0) / len(facet)))


def _count_positive(distances: Floats, is_positive: NDArray[np.bool_], neighbours: int) -> NDArray[np.int64]:
    """Return how many of each row's nearest records are positive; of equal distances, the first ones count."""
    # The partition alone would choose between equal distances as it likes, so it only finds the farthest one that counts.
    farthest = np.partition(distances, neighbours - 1, axis=1)[:, neighbours - 1 : neighbours]
    nearer = distances < farthest
    found = (nearer & is_positive).sum(axis=1)
    rows, places = np.nonzero(distances == farthest)
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    counts = rank < (neighbours - nearer.sum(axis=1))[rows]
    return found + np.bincount(rows[counts & is_positive[places]], minlength=len(distances))
