"""States of model quality as bytes, so that parts of a window from several hosts, partitions or hours can be merged.

The format is MessagePack. Arrays are little-endian bytes. States with the same records give the same bytes.
"""

from typing import Final

import msgspec
import numpy as np

from kedge_monitor.batch import Floats
from kedge_monitor.errors import MonitorError
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.regression import RegressionState, ResidualMoments
from kedge_monitor.quality.scores import BINS, ScoreCounts
from kedge_monitor.quality.state import QualityState

VERSION: Final = 1


class StateUnreadable(MonitorError):
    """Bytes that are no state of this version."""


class _StoredScores(msgspec.Struct, frozen=True, array_like=True):
    exact: int
    values: bytes
    bins: tuple[bytes, bytes] | None  # places and counts of the bins that are not empty


class _StoredResiduals(msgspec.Struct, frozen=True, array_like=True):
    rows: bytes
    exact: tuple[str, ...]  # whole numbers of any size, in hexadecimal
    moments: tuple[float, ...] | None


class _StoredQuality(msgspec.Struct, frozen=True, array_like=True):
    version: int
    columns: QualityColumns
    known_labels: tuple[str, ...]
    unlabelled: int
    unpredicted: int
    pairs: tuple[tuple[str, str, int], ...]
    positive: _StoredScores
    negative: _StoredScores
    residuals: _StoredResiduals


def encode_quality(state: QualityState) -> bytes:
    """Return a state as bytes."""
    pairs = tuple((actual, predicted, count) for (actual, predicted), count in sorted(state.pairs.items()) if count)
    stored = _StoredQuality(
        VERSION,
        state.columns,
        state.known_labels,
        state.unlabelled,
        state.unpredicted,
        pairs,
        _store_scores(state.scores.positive),
        _store_scores(state.scores.negative),
        _store_residuals(state.residuals),
    )
    return msgspec.msgpack.encode(stored)


def decode_quality(data: bytes) -> QualityState:
    """Return the state of these bytes.

    Raises:
        StateUnreadable: the bytes are no state, or one of another version.
    """
    try:
        stored = msgspec.msgpack.decode(data, type=_StoredQuality)
    except msgspec.DecodeError as problem:
        raise StateUnreadable(
            f"The state of model quality cannot be read: {problem}. Measure this part again."
        ) from None
    if stored.version != VERSION:
        raise StateUnreadable(
            f"The state has version {stored.version}; this Kedge reads {VERSION}. Measure this part again."
        )
    state = QualityState(stored.columns, stored.known_labels)
    state.unlabelled, state.unpredicted = stored.unlabelled, stored.unpredicted
    state.pairs.update({(actual, predicted): count for actual, predicted, count in stored.pairs})
    state.scores.positive, state.scores.negative = _load_scores(stored.positive), _load_scores(stored.negative)
    _load_residuals(stored.residuals, state.residuals)
    return state


def _store_scores(scores: ScoreCounts) -> _StoredScores:
    """Return probabilities in the form that is stored."""
    if scores.bins is None:
        return _StoredScores(scores.exact, scores.sorted().astype("<f8").tobytes(), None)
    used = np.flatnonzero(scores.bins)
    return _StoredScores(scores.exact, b"", (used.astype("<u4").tobytes(), scores.bins[used].astype("<i8").tobytes()))


def _load_scores(stored: _StoredScores) -> ScoreCounts:
    """Return probabilities from the form that is stored."""
    scores = ScoreCounts(stored.exact)
    if stored.bins is None:
        scores.add(_floats(stored.values))
        return scores
    scores.bins = np.zeros(BINS, np.int64)
    places, counts = (np.frombuffer(part, kind) for part, kind in zip(stored.bins, ("<u4", "<i8"), strict=True))
    scores.bins[places] = counts
    return scores


def _store_residuals(state: RegressionState) -> _StoredResiduals:
    exact = tuple(format(getattr(state.exact, name), "x") for name in state.exact.__slots__)
    found = state.moments
    moments = None if found is None else (float(found.count), found.mean, found.absolute, *found.moved(found.mean))
    return _StoredResiduals(state.sorted().astype("<f8").tobytes(), exact, moments)


def _load_residuals(stored: _StoredResiduals, state: RegressionState) -> None:
    rows = _floats(stored.rows).reshape(2, -1)
    state.parts, state.kept = [rows], rows.shape[1]
    for name, text in zip(state.exact.__slots__, stored.exact, strict=True):
        setattr(state.exact, name, int(text, 16))
    if stored.moments is not None:
        count, mean, absolute, *sums = stored.moments
        state.moments = ResidualMoments(int(count), mean, absolute, tuple(sums))


def _floats(data: bytes) -> Floats:
    return np.frombuffer(data, "<f8").astype(np.float64)
