"""Which endpoint an alarm is about: by its metrics, by those of one contributor, and in whose account."""

from itertools import permutations

import pytest

from kedge.domain.alarm import WatchedEndpoint, WatchedMetric, endpoint_of

OWN, THEIRS, ANOTHER = "111122223333", "444455556666", "777788889999"
CHURN = {"EndpointName": "churn"}
SAGEMAKER = WatchedMetric(namespace="AWS/SageMaker", name="ModelLatency", dimensions=CHURN)
LAMBDA = WatchedMetric(namespace="AWS/Lambda", name="Errors", dimensions={"FunctionName": "f"})
QUERY = WatchedMetric(
    expression='SELECT MAX(ModelLatency) FROM SCHEMA("AWS/SageMaker", EndpointName) GROUP BY EndpointName'
)


def of_namespace(namespace: str | None, **more: str) -> WatchedMetric:
    return WatchedMetric(namespace=namespace, name="m", dimensions=more or CHURN)


@pytest.mark.parametrize(
    ("namespace", "is_sagemakers"),
    [
        ("AWS/SageMaker", True),
        ("/aws/sagemaker/Endpoints", True),
        ("aws/sagemaker/Endpoints/data-metrics", True),
        ("AWS/SageMakerX", False),
        ("AWS/SageMaker ", False),
        ("AWS/SageMaker/a b", False),
        ("My/AWS/SageMaker", False),
        ("AWS/Lambda", False),
        (None, False),
    ],
)
def test_a_dimension_names_an_endpoint_only_in_a_namespace_that_is_sagemakers_to_its_end(namespace, *, is_sagemakers):
    found = WatchedEndpoint(OWN, "churn") if is_sagemakers else None
    assert endpoint_of([of_namespace(namespace)], OWN, {}) == found
    assert endpoint_of([of_namespace(namespace)], OWN, CHURN) == found


@pytest.mark.parametrize(
    "watched",
    [
        *permutations([SAGEMAKER, LAMBDA]),
        *permutations([QUERY, LAMBDA]),
        (SAGEMAKER,),
        (QUERY,),
        (WatchedMetric(namespace="AWS/SageMaker", name="ModelLatency"),),
    ],
)
def test_a_contributor_is_of_an_endpoint_if_one_of_all_that_is_watched_is_sagemakers(watched):
    assert endpoint_of(watched, OWN, CHURN) == WatchedEndpoint(OWN, "churn")


@pytest.mark.parametrize("watched", [(), (LAMBDA,), (LAMBDA, LAMBDA)])
def test_a_contributor_of_which_nothing_is_sagemakers_is_of_no_endpoint(watched):
    assert endpoint_of(watched, OWN, CHURN) is None


@pytest.mark.parametrize(
    ("accounts", "found"),
    [
        ([None], OWN),
        ([THEIRS], THEIRS),
        ([THEIRS, None], THEIRS),
        ([THEIRS, THEIRS], THEIRS),
        ([THEIRS, ANOTHER], OWN),
        ([ANOTHER, THEIRS], OWN),
        (["4444555566667"], OWN),
        (["me"], OWN),
    ],
)
def test_a_contributor_is_in_the_one_account_that_its_metrics_are_in(accounts, found):
    watched = [WatchedMetric(namespace="AWS/SageMaker", name="m", account=each) for each in accounts]
    assert endpoint_of(watched, OWN, CHURN) == WatchedEndpoint(found, "churn")


@pytest.mark.parametrize(
    ("told", "found"),
    [(ANOTHER, ANOTHER), (OWN, OWN), ("7777888899990", THEIRS), ("x777788889999", THEIRS), ("", THEIRS)],
)
def test_an_account_among_the_attributes_of_a_contributor_knows_better_than_its_metrics_if_it_is_one(told, found):
    watched = [WatchedMetric(namespace="AWS/SageMaker", name="m", account=THEIRS)]
    assert endpoint_of(watched, OWN, {**CHURN, "AWS.AccountId": told}) == WatchedEndpoint(found, "churn")


@pytest.mark.parametrize(
    ("accounts", "found"), [([None, None], OWN), ([THEIRS, THEIRS], THEIRS), ([THEIRS, None], None), ([OWN, None], OWN)]
)
def test_metrics_of_an_endpoint_in_two_accounts_are_of_two_endpoints(accounts, found):
    watched = [WatchedMetric(namespace="AWS/SageMaker", dimensions=CHURN, account=each) for each in accounts]
    assert endpoint_of(watched, OWN, {}) == (None if found is None else WatchedEndpoint(found, "churn"))


@pytest.mark.parametrize("names", [("churn", "fraud"), ("fraud", "churn")])
def test_an_alarm_on_two_endpoints_is_about_neither(names):
    watched = [of_namespace("AWS/SageMaker", EndpointName=name) for name in names]
    assert endpoint_of(watched, OWN, {}) is None
