"""States of bias and attribution as bytes, so that parts of a window can be merged. The format is MessagePack."""

from typing import Final

import msgspec
import numpy as np

from kedge_monitor.bias.attribution import AttributionState
from kedge_monitor.bias.settings import BiasColumns
from kedge_monitor.bias.state import BiasState
from kedge_monitor.quality.stored import StateUnreadable

VERSION: Final = 2


class _StoredRows(msgspec.Struct, frozen=True, array_like=True):
    features: bytes
    predicted: bytes
    facets: dict[str, list[str]]


class _StoredBias(msgspec.Struct, frozen=True, array_like=True):
    version: int
    columns: BiasColumns
    records: int
    incomplete: int
    with_features: int
    maxima: dict[str, float]
    counts: dict[str, tuple[tuple[str, bool, bool, str, int], ...]]
    rows: tuple[_StoredRows, ...] | None


class _StoredAttributions(msgspec.Struct, frozen=True, array_like=True):
    version: int
    mapping: dict[str, str]
    records: int
    sums: dict[str, str]  # whole numbers of any size, in hexadecimal


def encode_bias(state: BiasState) -> bytes:
    """Return a state as bytes."""
    counts = {
        name: tuple((*key, count) for key, count in sorted(found.items()) if count)
        for name, found in state.counts.items()
    }
    rows = None
    if state.rows is not None:
        rows = tuple(
            _StoredRows(features.astype("<f8").tobytes(), predicted.tobytes(), facets)
            for features, predicted, facets in state.rows
        )
    stored = _StoredBias(
        VERSION, state.columns, state.records, state.incomplete, state.with_features, state.maxima, counts, rows
    )
    return msgspec.msgpack.encode(stored)


def decode_bias(data: bytes) -> BiasState:
    """Return the state of these bytes.

    Raises:
        StateUnreadable: the bytes are no state, or one of another version.
    """
    stored = _decode(data, _StoredBias)
    state = BiasState(stored.columns)
    state.records, state.incomplete, state.maxima = stored.records, stored.incomplete, dict(stored.maxima)
    state.with_features = stored.with_features
    for name, cells in stored.counts.items():
        state.counts[name].update({(value, label, said, group): count for value, label, said, group, count in cells})
    state.rows = None
    if stored.rows is not None:
        width = len(stored.columns.feature_attributes)
        state.rows = [
            (
                np.frombuffer(part.features, "<f8").astype(np.float64).reshape(-1, width),
                np.frombuffer(part.predicted, np.bool_),
                part.facets,
            )
            for part in stored.rows
        ]
    return state


def encode_attributions(state: AttributionState) -> bytes:
    """Return a state as bytes."""
    sums = {feature: format(total, "x") for feature, total in state.sums.items()}
    return msgspec.msgpack.encode(_StoredAttributions(VERSION, state.mapping, state.records, sums))


def decode_attributions(data: bytes) -> AttributionState:
    """Return the state of these bytes.

    Raises:
        StateUnreadable: the bytes are no state, or one of another version.
    """
    stored = _decode(data, _StoredAttributions)
    state = AttributionState(stored.mapping)
    state.records = stored.records
    state.sums = {feature: int(text, 16) for feature, text in stored.sums.items()}
    return state


def _decode[Stored: (_StoredBias, _StoredAttributions)](data: bytes, kind: type[Stored]) -> Stored:
    try:
        stored = msgspec.msgpack.decode(data, type=kind)
    except msgspec.DecodeError as problem:
        raise StateUnreadable(f"The state cannot be read: {problem}. Measure this part again.") from None
    if stored.version != VERSION:
        raise StateUnreadable(
            f"The state has version {stored.version}; this Kedge reads {VERSION}. Measure this part again."
        )
    return stored
