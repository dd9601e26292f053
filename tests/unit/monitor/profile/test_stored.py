import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge_monitor.batch import Classes, Column, Kind
from kedge_monitor.errors import MonitorError
from kedge_monitor.profile.categories import CategoryCounts
from kedge_monitor.profile.column import ColumnProfile, Histogram, NumberSummary
from kedge_monitor.profile.dataset import DatasetProfile, DatasetState, merge_profiles
from kedge_monitor.profile.distinct import HyperLogLog
from kedge_monitor.profile.fit import fit_edges
from kedge_monitor.profile.kll import KllSketch
from kedge_monitor.profile.stored import VERSION, ProfileUnreadable, decode_profile, encode_profile
from tests.support.batches import batch_of, schema_of

RANDOM = np.random.default_rng(1)


def profile_of(records: int, *, edges: bool = True) -> DatasetProfile:
    columns = {
        "price": RANDOM.lognormal(size=records),
        "few": RANDOM.integers(0, 9, records) * 1.0,
        "id": [f"id {i}" for i in RANDOM.integers(0, 5000, records)],
        "state": [f"é{i}" for i in RANDOM.integers(0, 50, records)],
    }
    fitted = {"price": fit_edges(RANDOM.lognormal(size=5000)), "few": np.arange(9.0)} if edges else None
    state = DatasetState(schema_of(columns, ["id", "state"]), fitted)
    state.add(batch_of(columns, ["id", "state"]))
    return state.profile()


def made_by_another_tool() -> DatasetProfile:
    """Return a baseline of a file of Model Monitor: no exact sums."""
    sketch = KllSketch()
    sketch.add(np.arange(10.0))
    numbers = NumberSummary(
        count=10,
        total=45.0,
        mean=4.5,
        m2=82.5,
        minimum=0.0,
        maximum=9.0,
        sketch=sketch,
        histogram=Histogram(edges=np.array([4.0]), counts=np.array([5, 5]), sums=np.array([10.0, 35.0])),
    )
    column = ColumnProfile(
        column=Column(name="x", kind=Kind.NUMBER),
        missing=0,
        classes=Classes(integral=10),
        numbers=numbers,
        categories=CategoryCounts(),
        distinct=HyperLogLog(),
    )
    return DatasetProfile(schema=schema_of({"x": []}), records=10, columns=(column,))


@pytest.mark.parametrize("records", [0, 1, 700, 30_000])
@pytest.mark.parametrize("edges", [True, False])
def test_a_profile_comes_back_to_the_last_bit(records: int, edges: bool):
    profile = profile_of(records, edges=edges)
    data = encode_profile(profile)
    again = decode_profile(data)
    assert encode_profile(again) == data
    assert again.schema == profile.schema
    for ours, theirs in zip(profile.columns, again.columns, strict=True):
        assert (ours.missing, ours.classes, ours.categories.counts) == (
            theirs.missing,
            theirs.classes,
            theirs.categories.counts,
        )
        assert ours.categories.singletons == theirs.categories.singletons
        assert ours.distinct.estimate() == theirs.distinct.estimate()
        if ours.numbers and theirs.numbers:
            assert (ours.numbers.total, ours.numbers.mean, ours.numbers.m2) == (
                theirs.numbers.total,
                theirs.numbers.mean,
                theirs.numbers.m2,
            )
            assert [x.tolist() for x in ours.numbers.sketch.levels] == [
                x.tolist() for x in theirs.numbers.sketch.levels
            ]
            if ours.numbers.histogram and theirs.numbers.histogram:
                assert ours.numbers.histogram.sums.tolist() == theirs.numbers.histogram.sums.tolist()


def test_a_column_of_a_large_window_needs_about_60_kilobytes():
    values = RANDOM.lognormal(size=200_000)
    state = DatasetState(schema_of({"x": values}), {"x": fit_edges(values)})
    state.add(batch_of({"x": values}))
    assert len(encode_profile(state.profile())) < 75_000


def test_a_window_of_a_few_records_is_small():
    state = DatasetState(schema_of({"x": []}), {"x": fit_edges(RANDOM.normal(size=9000))})
    state.add(batch_of({"x": RANDOM.normal(size=50)}))
    assert len(encode_profile(state.profile())) < 20_000


def test_a_profile_without_exact_sums_can_be_stored_and_merged():
    profile = made_by_another_tool()
    assert encode_profile(decode_profile(encode_profile(profile))) == encode_profile(profile)
    numbers = merge_profiles([profile, profile]).columns[0].numbers
    assert numbers is not None
    assert numbers.histogram is not None
    assert (numbers.count, numbers.total, numbers.mean, numbers.m2) == (20, 90.0, 4.5, 165.0)
    assert numbers.histogram.sums.tolist() == [20.0, 70.0]


def test_bytes_of_another_version_are_refused_with_the_action():
    data = msgspec.msgpack.encode([VERSION + 1, "whatever follows"])
    with pytest.raises(ProfileUnreadable, match=f"format {VERSION + 1}.*Measure the window or the baseline again"):
        decode_profile(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"no profile", b"{}", b"\x91", msgspec.msgpack.encode([VERSION]), msgspec.msgpack.encode([VERSION, 1, [1]])],
)
def test_bytes_that_are_no_profile_are_refused_with_the_action(data: bytes):
    with pytest.raises(MonitorError, match="Measure the window or the baseline again"):
        decode_profile(data)


DATA = encode_profile(profile_of(60))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(0, 255), st.integers(0, len(DATA)))
def test_damaged_bytes_give_a_profile_or_the_error(position: int, value: int, length: int):
    changed = bytearray(DATA)
    changed[position] = value
    for data in (bytes(changed), bytes(changed[:length])):
        try:
            profile = decode_profile(data)
        except ProfileUnreadable:
            continue
        assert profile.records >= 0 or position < 20
