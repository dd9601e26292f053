import numpy as np
import pytest
from scipy.spatial import cKDTree

from kedge_monitor.bias.flip_test import flip_test


def test_a_record_that_its_neighbours_contradict_flips():
    # Nine records outside of the facet: one neighbour decides. Two of four records of the facet flip to negative, one to positive.
    others = np.arange(9.0)
    said = others < 5
    features = np.concatenate([others, [0.1, 6.1, 7.1, 4.1]])[:, None]
    is_facet = np.array([False] * 9 + [True] * 4)
    is_positive = np.concatenate([said, [True, True, True, False]])
    assert flip_test(features, is_facet, is_positive).value == (2 - 1) / 4


def test_five_neighbours_vote_as_a_tree_of_neighbours_does():
    generator = np.random.default_rng(0)
    features = generator.normal(size=(600, 3))
    is_facet = generator.random(600) < 0.4
    is_positive = features[:, 0] + 0.5 * is_facet + generator.normal(size=600) > 0
    _, nearest = cKDTree(features[~is_facet]).query(features[is_facet], k=5)
    votes = is_positive[~is_facet][nearest].mean(axis=1) > 0.5
    model = is_positive[is_facet]
    expected = ((model & ~votes).sum() - (~model & votes).sum()) / is_facet.sum()
    assert flip_test(features, is_facet, is_positive).value == pytest.approx(expected)


def test_the_order_of_the_records_does_not_matter_even_with_ties():
    generator = np.random.default_rng(1)
    features = generator.integers(0, 3, (200, 2)).astype(float)
    is_facet, is_positive = generator.random(200) < 0.5, generator.random(200) < 0.5
    order = generator.permutation(200)
    found = flip_test(features[order], is_facet[order], is_positive[order])
    assert found == pytest.approx(flip_test(features, is_facet, is_positive))
