"""Alternatives and negations in what is expected."""

import pytest

SERIES = "input: [{monitor: ModelQuality, metric: auc, limit: 0.7, values: '0.8 0.6x2 0.8'}]"


def expecting(*expectations: str) -> str:
    return f"tests: [{{name: a, {SERIES}, expect: [{', '.join(expectations)}]}}]"


def test_one_alternative_that_is_so_is_enough(desk):
    text = "{at: 1h, any_of: [{incident: {cause: bias_drift}}, {incident: {cause: concept_drift}, notify: [day]}]}"
    assert desk.rows(expecting(text)) == []


def test_where_no_alternative_is_so_each_is_told_with_what_differs(desk):
    text = "{at: 1h, any_of: [{incident: {cause: bias_drift}}, {incident: {cause: concept_drift}, open: 2}]}"
    assert desk.rows(expecting(text)) == [
        ("any_of 1 cause", "bias_drift", "concept_drift"),
        ("any_of 2 open", "2", "1"),
    ]


def test_what_stands_beside_alternatives_must_be_so_as_well(desk):
    text = "{at: 1h, open: 2, any_of: [{incident: {cause: concept_drift}}]}"
    assert desk.rows(expecting(text)) == [("open", "2", "1")]


def test_what_is_denied_and_so_fails(desk):
    rows = desk.rows(expecting("{at: 1h, not: {incident: {cause: concept_drift}}}"))
    assert rows == [("not", "cause concept_drift", "it is so")]


def test_what_is_denied_is_denied_as_a_whole(desk):
    assert desk.rows(expecting("{at: 1h, not: {incident: {cause: concept_drift, severity: info}}}")) == []


def test_alternatives_look_from_the_same_place_and_what_they_saw_is_not_seen_again(desk):
    first = "{at: 1h, any_of: [{notify: []}, {notify: [day]}]}"
    assert desk.rows(expecting(first, "{at: 2h, notify: []}")) == []
    denied = "{at: 1h, not: {notify: [night]}}"
    assert desk.rows(expecting(denied, "{at: 2h, notify: []}")) == []


def test_an_alternative_may_have_alternatives(desk):
    text = "{at: 1h, any_of: [{not: {open: 1}}, {any_of: [{open: 3}, {open: 1}]}]}"
    assert desk.rows(expecting(text)) == []


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("{at: 1h, any_of: []}", "none of nothing is ever so"),
        ("{at: 1h, not: {monitor: ModelQuality}}", "this says nothing"),
        ("{at: 1h, any_of: [{open: 1}, {target: {endpoint: a}}]}", "this says nothing"),
        ("{at: 1h, any_of: [{target: {endpoint: 'a-{1..3}'}, open: 1}]}", "these are many endpoints"),
    ],
)
def test_what_could_never_fail_or_never_pass_is_refused(desk, expected: str, said: str):
    (fault,) = desk.faults(expecting(expected))
    assert said in fault
