import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.bias.formulas import CONDITIONAL, POST_TRAINING, PRE_TRAINING, divide

FORMULAS = {formula.name: formula for formula in (*PRE_TRAINING, *POST_TRAINING)}
# Facet a: 30 true positives, 10 false positives, 20 false negatives, 40 true negatives; facet d: 5, 5, 10, 30.
TABLE = np.array([[[40, 10], [20, 30]], [[30, 5], [10, 5]]], np.float64)[..., None]
BY_HAND = {
    "CI": (100 - 50) / 150,
    "DPL": 0.5 - 0.3,
    "KL": 0.5 * math.log(0.5 / 0.3) + 0.5 * math.log(0.5 / 0.7),
    "JS": 0.5
    * (0.5 * math.log(0.5 / 0.4) + 0.5 * math.log(0.5 / 0.6) + 0.3 * math.log(0.3 / 0.4) + 0.7 * math.log(0.7 / 0.6)),
    "LP": math.sqrt(0.2**2 + 0.2**2),
    "TVD": 0.2,
    "KS": 0.2,
    "CDDL": 35 / 85 - 15 / 65,
    "DPPL": 0.4 - 0.2,
    "DI": 0.2 / 0.4,
    "DCA": 50 / 40 - 15 / 10,
    "DCR": 35 / 40 - 50 / 60,
    "RD": 30 / 50 - 5 / 15,
    "SD": 30 / 35 - 40 / 50,
    "DAR": 30 / 40 - 5 / 10,
    "DRR": 30 / 40 - 40 / 60,
    "AD": 70 / 100 - 35 / 50,
    "CDDPL": 40 / 100 - 10 / 50,
    "TE": 10 / 5 - 20 / 10,
    "GE": ((105 + 4 * 15) / 0.9**2 - 150) / (2 * 150),
}


def test_each_metric_of_clarify_that_needs_counts_is_there():
    before = {"CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL"}
    after = {"DPPL", "DI", "DCA", "DCR", "RD", "SD", "DAR", "DRR", "AD", "TE", "CDDPL", "GE"}
    assert {formula.name for formula in PRE_TRAINING} == before
    assert {formula.name for formula in POST_TRAINING} == after
    assert all(f"({name})" in formula.description for name, formula in FORMULAS.items())
    assert BY_HAND.keys() == FORMULAS.keys()


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_a_metric_is_what_a_hand_computes(name):
    assert FORMULAS[name].problem(TABLE) is None
    assert float(FORMULAS[name].compute(TABLE)) == pytest.approx(BY_HAND[name], abs=1e-14)


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_repetitions_are_computed_together(name):
    repeated = np.stack([TABLE, 3 * TABLE, TABLE[::-1]])
    found = FORMULAS[name].compute(repeated)
    assert found.shape == (3,)
    assert found[0] == pytest.approx(BY_HAND[name])
    assert found[1] == pytest.approx(BY_HAND[name])
    assert found[2] == pytest.approx(float(FORMULAS[name].compute(TABLE[::-1])))


def test_conditional_metrics_weight_each_group_by_its_size():
    # Two groups without disparity inside, although the facets differ over both together (Simpson's paradox).
    one = np.array([[[9, 0], [1, 0]], [[90, 0], [10, 0]]], np.float64)
    other = np.array([[[10, 0], [90, 0]], [[1, 0], [9, 0]]], np.float64)
    both = np.stack([one, other], -1)
    assert float(FORMULAS["CDDL"].compute(both)) == pytest.approx(0)
    assert float(FORMULAS["CDDL"].compute(both.sum(-1, keepdims=True))) > 0.5
    assert CONDITIONAL == ("CDDL", "CDDPL")


def test_a_ratio_without_cases_is_infinite_or_0_as_in_clarify():
    assert divide(np.array([0.0, 2.0, -2.0]), np.zeros(3)).tolist() == [0.0, math.inf, -math.inf]
    none = TABLE.copy()
    none[1, 0, 1] = 0  # facet d has no false positive
    assert float(FORMULAS["TE"].compute(none)) == math.inf
    none[0, 0, 1] = 0  # and facet a neither
    assert float(FORMULAS["TE"].compute(none)) == 0.0
    nobody = TABLE.copy()
    nobody[0, :, 1] = 0  # nothing of facet a is predicted positive
    assert float(FORMULAS["DI"].compute(nobody)) == math.inf


@pytest.mark.parametrize(
    ("name", "part", "problem"),
    [
        ("CI", np.s_[1], "Facet set is empty"),
        ("AD", np.s_[0], "Negated Facet set is empty"),
        ("CDDL", np.s_[:, 1], "No positive labels in set"),
        ("CDDPL", np.s_[:, :, 0], "No negative labels in set"),
    ],
)
def test_a_metric_without_records_has_a_problem(name, part, problem):
    empty = TABLE.copy()
    empty[part] = 0
    assert FORMULAS[name].problem(empty) == problem


def test_facets_without_a_common_label_and_a_model_without_benefit_have_a_problem():
    apart = np.zeros((2, 2, 2, 1))
    apart[0, 1, 0] = apart[1, 0, 0] = 5
    assert "No instance of common facet" in FORMULAS["KL"].problem(apart)
    missed = np.zeros((2, 2, 2, 1))
    missed[:, 1, 0] = 5
    assert "false negatives" in FORMULAS["GE"].problem(missed)


@given(st.lists(st.integers(1, 50), min_size=8, max_size=8))
def test_facets_that_behave_alike_have_no_bias(cells):
    alike = np.array(cells[:4] * 2, np.float64).reshape(2, 2, 2, 1)
    for name in BY_HAND.keys() - {"DI", "GE"}:
        assert float(FORMULAS[name].compute(alike)) == pytest.approx(0, abs=1e-12)
    assert float(FORMULAS["DI"].compute(alike)) == pytest.approx(1)


@given(st.lists(st.integers(1, 50), min_size=8, max_size=8))
def test_swapping_the_facets_turns_the_sign_of_each_difference(cells):
    table = np.array(cells, np.float64).reshape(2, 2, 2, 1)
    for name in ("CI", "DPL", "DPPL", "DCA", "DCR", "RD", "SD", "DAR", "DRR", "AD", "TE"):
        compute = FORMULAS[name].compute
        assert float(compute(table[::-1])) == pytest.approx(-float(compute(table)), abs=1e-12)
