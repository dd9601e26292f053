"""States of datasets: any split, order and merge gives the same profile. scipy and duckdb are the judges of the numbers."""

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kedge_monitor.batch import Batch, DataType, Floats
from kedge_monitor.profile.column import ColumnProfile
from kedge_monitor.profile.dataset import DatasetProfile, DatasetState, ProfilesDiffer, merge_profiles
from kedge_monitor.profile.fit import fit_edges
from kedge_monitor.profile.stored import decode_profile, encode_profile
from tests.support.batches import Values, batch_of, schema_of

TEXTS = ("state",)


def table(seed: int, records: int) -> dict[str, list[float | str | None]]:
    """Return columns of every kind: continuous, few values, mixed with texts, missing, all missing, categories."""
    random = np.random.default_rng(seed)
    price: list[float | str | None] = random.lognormal(3.0, 2.0, records).tolist()
    rooms: list[float | str | None] = random.poisson(3, records).tolist()
    code: list[float | str | None] = random.normal(0.0, 1e-8, records).tolist()
    state: list[float | str | None] = [f"state {i}" for i in random.zipf(1.7, records) % 60]
    for i in random.integers(0, records, records // 7).tolist():
        price[i] = None
        code[i] = "unknown" if i % 3 else "n/a"
        state[i] = None
    return {"price": price, "rooms": rooms, "code": code, "empty": [None] * records, "state": state}


def take(columns: dict[str, list[float | str | None]], rows: Sequence[int]) -> Batch:
    return batch_of({name: [values[i] for i in rows] for name, values in columns.items()}, TEXTS)


def edges_of(columns: dict[str, list[float | str | None]]) -> dict[str, Floats]:
    names = [name for name in columns if name not in TEXTS]
    return {name: fit_edges(np.array([x for x in columns[name] if isinstance(x, int | float)])) for name in names}


def profile_of(
    columns: dict[str, Values], texts: Sequence[str] = (), edges: dict[str, Floats] | None = None
) -> DatasetProfile:
    state = DatasetState(schema_of(columns, texts), edges)
    state.add(batch_of(columns, texts))
    return state.profile()


def column_of(values: Values, *, text: bool = False) -> ColumnProfile:
    return profile_of({"x": values}, ["x"] if text else []).columns[0]


def without_sketch(profile: DatasetProfile) -> bytes:
    """Return the bytes of a profile with the only part that depends on the order replaced."""
    reset = decode_profile(encode_profile(profile))
    for column in reset.columns:
        if column.numbers:
            column.numbers.sketch.__init__()
    return encode_profile(reset)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.lists(st.integers(0, 800), max_size=6),
    hours=st.integers(1, 4),
    with_edges=st.booleans(),
)
def test_every_split_order_and_merge_gives_the_same_bytes_but_for_the_sketch(
    seed: int, cuts: list[int], hours: int, with_edges: bool
):
    columns = table(seed, 800)
    edges = edges_of(table(seed + 1, 2000)) if with_edges else None
    schema = schema_of(columns, TEXTS)
    whole = DatasetState(schema, edges)
    whole.add(take(columns, range(800)))
    expected = without_sketch(whole.profile())
    random = np.random.default_rng(seed)
    states = [DatasetState(schema, edges) for _ in range(hours)]
    for rows in np.split(random.permutation(800), sorted(cuts)):
        states[random.integers(hours)].add(take(columns, rows.tolist()))
    stored = merge_profiles([decode_profile(encode_profile(state.profile())) for state in states])
    assert without_sketch(stored) == expected
    for i in random.permutation(np.arange(1, hours)):
        states[0].merge(states[i])
    assert without_sketch(states[0].profile()) == expected


def test_a_million_values_in_other_orders_and_splits_have_the_same_counts_and_sums():  # complaint 4
    random = np.random.default_rng(7)
    values = random.lognormal(size=1_000_000)
    schema, edges = schema_of({"x": values}), {"x": fit_edges(random.lognormal(size=50_000))}
    found = set()
    for repeat in range(3):
        state = DatasetState(schema, edges)
        for part in np.split(random.permutation(values), np.sort(random.integers(0, len(values), 10 * repeat))):
            state.add(batch_of({"x": part}))
        numbers = state.profile().columns[0].numbers
        assert numbers is not None
        assert numbers.histogram is not None
        histogram = numbers.histogram
        found.add((numbers.total, numbers.mean, numbers.m2, histogram.counts.tobytes(), histogram.sums.tobytes()))
    assert len(found) == 1


def test_adding_after_a_profile_continues_the_state():
    columns = table(3, 500)
    state = DatasetState(schema_of(columns, TEXTS), edges_of(columns))
    state.add(take(columns, range(200)))
    first = encode_profile(state.profile())
    assert encode_profile(state.profile()) == first
    state.add(take(columns, range(200, 500)))
    whole = DatasetState(schema_of(columns, TEXTS), edges_of(columns))
    whole.add(take(columns, range(500)))
    assert encode_profile(state.profile()) == encode_profile(whole.profile())


def test_a_profile_does_not_change_with_its_state():
    columns = table(4, 300)
    state = DatasetState(schema_of(columns, TEXTS), edges_of(columns))
    state.add(take(columns, range(100)))
    profile = state.profile()
    before = encode_profile(profile)
    state.add(take(columns, range(100, 300)))
    state.profile()
    assert encode_profile(profile) == before


@pytest.mark.parametrize("scale", [1.0, 1e-100, 1e150, 1e9])
def test_mean_and_deviation_agree_with_scipy(scale: float):
    values = (np.random.default_rng(5).gamma(2.0, size=3000) + 1e3) * scale
    numbers = column_of(values).numbers
    assert numbers is not None
    described = stats.describe(values / scale, ddof=0)
    assert numbers.mean == pytest.approx(described.mean * scale, rel=1e-14)
    assert numbers.m2 / 3000 / scale / scale == pytest.approx(described.variance, rel=1e-10)
    assert (numbers.minimum, numbers.maximum) == (values.min(), values.max())


def test_deviations_far_from_zero_are_not_lost():
    values = 1.7e9 + np.arange(1000) * 2.0**-20
    numbers = column_of(values).numbers
    assert numbers is not None
    assert numbers.std_dev == pytest.approx(np.std(np.arange(1000)) * 2.0**-20, rel=1e-14)


def test_counts_sums_and_deviation_agree_with_duckdb():
    columns = table(6, 5000)
    edges = edges_of(columns)
    profile = profile_of(columns, TEXTS, edges)
    price = pa.array(columns["price"], pa.float64())
    data = pa.table({"price": price, "state": pa.array(columns["state"], pa.string())})
    database = duckdb.connect()
    database.register("t", data)
    row = database.execute(
        "select count(price), fsum(price), avg(price), stddev_pop(price), min(price), max(price) from t"
    ).fetchall()[0]
    numbers = profile.columns[0].numbers
    assert numbers is not None
    assert numbers.histogram is not None
    assert numbers.count == row[0]
    assert (numbers.minimum, numbers.maximum) == row[4:]
    assert [numbers.total, numbers.mean, numbers.std_dev] == pytest.approx(row[1:4], rel=1e-12)
    below = np.cumsum(numbers.histogram.counts)[:-1]
    for i in (0, 1, 100, 500, 999, 1000):
        edge = edges["price"][i]
        query = database.execute("select count(*), fsum(price) from t where price <= ?", [float(edge)]).fetchall()[0]
        assert below[i] == query[0]
        assert numbers.histogram.sums[: i + 1].sum() == pytest.approx(query[1], rel=1e-12)
    states = dict(database.execute("select state, count(*) from t where state is not null group by state").fetchall())
    assert profile.columns[4].categories.counts == states


def test_values_on_an_edge_are_counted_below_it():
    profile = profile_of({"x": np.array([0.5, 1.0, 1.0, 1.5, 2.0, 3.0])}, edges={"x": np.array([1.0, 2.0])})
    numbers = profile.columns[0].numbers
    assert numbers is not None
    assert numbers.histogram is not None
    assert numbers.histogram.counts.tolist() == [3, 2, 1]
    assert numbers.histogram.sums.tolist() == [2.5, 3.5, 3.0]


def test_a_column_whose_values_are_all_missing_is_measured_like_every_other():  # complaint 9
    columns: dict[str, Values] = {"empty": [None] * 9, "none": [None] * 9, "x": [1.0] * 9}
    empty, none, x = profile_of(columns, ["none"], {"empty": fit_edges(np.empty(0))}).columns
    for column in (empty, none):
        assert (column.completeness, column.records, column.present) == (0.0, 9, 0)
        assert column.data_type is DataType.UNKNOWN
        assert column.categories.counts == {}
        assert column.distinct.estimate() == 0
    assert empty.numbers is not None
    assert empty.numbers.count == 0
    assert empty.numbers.std_dev == 0.0
    assert x.numbers is not None
    assert x.numbers.mean == 1.0


def test_a_missing_value_is_never_a_category():  # complaint 17
    text = column_of(["a", None, "a", None], text=True)
    number = column_of([1, None, "none", None])
    assert text.categories.counts == {"a": 2}
    assert number.categories.counts == {"1": 1, "none": 1}
    assert (text.missing, number.missing) == (2, 2)
    assert (text.distinct.estimate(), number.distinct.estimate()) == (1, 2)


def test_few_numbers_are_categories_and_many_are_not():
    few = column_of([0, 1, 1, 2.5, "x"])
    assert few.categories.exact
    assert few.categories.counts == {"1": 2, "0": 1, "2.5": 1, "x": 1}
    many = column_of([*range(1001), "x", "x"])
    assert not many.categories.exact
    assert many.categories.counts == {"x": 2}
    assert many.distinct.estimate() == pytest.approx(1002, rel=0.05)
    assert column_of(np.arange(1000.0)).categories.exact


def test_negative_zero_is_zero():
    numbers = column_of(np.array([-0.0, 0.0, -0.0])).numbers
    assert numbers is not None
    assert str(numbers.minimum) == "0.0"
    assert numbers.values == {0.0: 3}


def test_profiles_of_other_columns_or_edges_are_not_merged():
    one = profile_of({"x": np.ones(3)})
    with pytest.raises(ProfilesDiffer, match="cannot be merged"):
        merge_profiles([one, profile_of({"y": np.ones(3)})])
    with pytest.raises(ProfilesDiffer, match="Column x"):
        merge_profiles([one, profile_of({"x": np.ones(3)}, edges={"x": np.array([1.0])})])
    with pytest.raises(ValueError, match="at least one"):
        merge_profiles([])


def test_a_batch_of_other_width_is_an_error():
    state = DatasetState(schema_of({"x": np.ones(1)}))
    with pytest.raises(ValueError, match="2 columns does not fit 1"):
        state.add(batch_of({"x": np.ones(1), "y": np.ones(1)}))


def test_the_column_of_a_name_is_found():
    profile = profile_of({"x": np.ones(1), "y": np.zeros(1)})
    assert profile.column("y") is profile.columns[1]
    assert profile.column("z") is None
