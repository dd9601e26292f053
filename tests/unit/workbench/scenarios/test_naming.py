"""Names that AWS would refuse are refused in tests, too."""

import pytest

EXPECT = "expect: [{at: 1h, open: 0}]"


@pytest.mark.parametrize(
    "given",
    [
        "target: {endpoint: churn_prod}",
        "target: {endpoint: churn prod}",
        "target: {endpoint: 'churn-{001..200}-'}",
        f"target: {{endpoint: {'a' * 64}}}",
        f"target: {{endpoint: '{'a' * 61}-{{1..10}}'}}",
        "target: {schedule: churn.dq}",
        "input: [{at: 1h, deployment: {config: churn_41}}]",
        "input: [{at: 1h, deployment: {config: churn-41, over: -churn}}]",
        "input: [{at: 1h, mark: {config: churn 41, says: good}}]",
        "input: [{at: 1h, package: {name: churn}}]",
        "input: [{at: 1h, package: {name: churn/0}}]",
        "input: [{monitor: DataQuality, schedule: churn_dq, values: clean}]",
        "input: [{at: 1h, world: {config: churn_41}}]",
        "input: [{at: 1h, world: {variants: [{name: All Traffic}]}}]",
        "input: [{at: 1h, world: {variants: [{model: churn.1}]}}]",
        "input: [{at: 1h, world: {scaled: [All_Traffic]}}]",
        "input: [{at: 1h, world: {configs: [{name: churn_41}]}}]",
        "input: [{at: 1h, world: {configs: [{name: a, shadows: [next_one]}]}}]",
        "input: [{at: 1h, world: {configs: [{name: a, variants: [{name: a_b}]}]}}]",
        "input: [{at: 1h, world: {models: [{name: churn_model}]}}]",
        "input: [{at: 1h, world: {buckets: [My_Bucket]}}]",
    ],
)
def test_a_name_that_aws_would_refuse_is_told_with_its_place(desk, given: str):
    (fault,) = desk.faults(f"tests: [{{name: a, {given}, {EXPECT}}}]")
    assert "AWS takes no name such as" in fault


@pytest.mark.parametrize(
    "given",
    [
        "target: {endpoint: 'churn-{001..003}'}",
        f"target: {{endpoint: {'a' * 63}}}",
        "input: [{at: 1h, deployment: {config: Churn--41}}]",
        "input: [{at: 1h, world: {variants: [{model: null}]}}]",
        "input: [{at: 1h, alarm: {name: 'churn-prod: 5xx (page)', state: OK}}]",
    ],
)
def test_a_name_that_aws_takes_is_taken(desk, given: str):
    assert desk.rows(f"tests: [{{name: a, {given}, {EXPECT}}}]") == []


def test_an_expectation_is_of_a_name_that_can_be(desk):
    (fault,) = desk.faults("tests: [{name: a, expect: [{at: 1h, target: {endpoint: churn_prod}, open: 0}]}]")
    assert "AWS takes no name such as" in fault
