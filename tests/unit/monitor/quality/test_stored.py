import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import ProblemType
from kedge_monitor.quality.state import QualityState
from kedge_monitor.quality.stored import StateUnreadable, decode_quality, encode_quality

BINARY = QualityColumns(problem_type=ProblemType.BINARY, ground_truth_attribute="y", probability_attribute="p")
REGRESSION = QualityColumns(problem_type=ProblemType.REGRESSION, ground_truth_attribute="y", inference_attribute="p")


def state_of(columns, n, seed, exact=2**20):
    generator = np.random.default_rng(seed)
    state = QualityState(columns, ("0", "1"))
    state.scores.positive.exact = state.scores.negative.exact = exact
    scores = generator.random(n)
    labels = (generator.random(n) < scores).astype(float)
    if columns is BINARY:
        labels[: n // 10] = np.nan
        state.add(labels, None, scores)
    else:
        state.add(labels, scores)
    return state


@given(st.sampled_from([BINARY, REGRESSION]), st.integers(1, 300), st.sampled_from([50, 2**20]))
def test_states_that_were_stored_merge_as_those_that_were_not(columns, n, exact):
    plain, other = state_of(columns, n, 0, exact), state_of(columns, 200, 1, exact)
    stored = decode_quality(encode_quality(plain))
    stored.merge(decode_quality(encode_quality(other)))
    plain.merge(other)
    assert stored.measure() == plain.measure()
    assert encode_quality(stored) == encode_quality(plain)


def test_a_state_beyond_the_bound_is_stored_with_its_sums():
    state = QualityState(REGRESSION)
    state.residuals = type(state.residuals)(rows=50)
    generator = np.random.default_rng(0)
    state.add(generator.normal(size=300), generator.normal(size=300))
    assert decode_quality(encode_quality(state)).measure() == state.measure()


def test_other_bytes_are_an_error():
    with pytest.raises(StateUnreadable, match="cannot be read"):
        decode_quality(b"\x93\x01\x02\x03")
    data = bytearray(encode_quality(state_of(BINARY, 10, 0)))
    assert data[1] == 1
    data[1] = 9
    with pytest.raises(StateUnreadable, match="has version 9"):
        decode_quality(bytes(data))
