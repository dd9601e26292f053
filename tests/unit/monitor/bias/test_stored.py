import numpy as np
import pytest

from kedge_monitor.bias.attribution import AttributionState
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.bias.state import BiasState
from kedge_monitor.bias.stored import decode_attributions, decode_bias, encode_attributions, encode_bias
from kedge_monitor.quality.stored import StateUnreadable

COLUMNS = BiasColumns(
    facets=(Facet(name="sex"), Facet(name="age", threshold=40)),
    ground_truth_attribute="y",
    inference_attribute="p",
    feature_attributes=("x",),
)


def state_of(seed, columns=COLUMNS):
    generator = np.random.default_rng(seed)
    state = BiasState(columns)
    state.add_columns(
        {
            "sex": generator.choice(["a", "b"], 100),
            "age": generator.integers(20, 80, 100).astype(float),
            "x": generator.normal(size=100),
            "y": generator.integers(0, 2, 100).astype(float),
            "p": generator.integers(0, 2, 100).astype(float),
        }
    )
    return state


def test_states_of_bias_that_were_stored_merge_as_those_that_were_not():
    plain, other = state_of(0), state_of(1)
    stored = decode_bias(encode_bias(plain))
    stored.merge(decode_bias(encode_bias(other)))
    plain.merge(other)
    assert stored.measure() == plain.measure()


def test_sums_of_attributions_that_were_stored_are_exact():
    state = AttributionState({"s": "f"})
    state.add_columns({"s": np.array([0.1, 0.2, 1e-300])})
    assert decode_attributions(encode_attributions(state)).sums == state.sums


@pytest.mark.parametrize("decode", [decode_bias, decode_attributions])
def test_other_bytes_are_an_error(decode):
    with pytest.raises(StateUnreadable, match="cannot be read"):
        decode(b"nothing")
