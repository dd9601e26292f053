"""Whose an endpoint is, as far as SageMaker tells; a page is worth more than the answer."""

import pytest

from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.domain.target import Target, TargetKind

ENDPOINT = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="Churn-Prod")
ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn-prod"
OWNER = {"Key": "kedge:owner", "Value": "team-churn"}


class Minutes:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now * 60


@pytest.fixture
def clock():
    return Minutes()


@pytest.fixture
def refused():
    return []


@pytest.fixture
def known(stubbed, clock, refused):
    client, stubber = stubbed("sagemaker")
    return SageMakerTags(client, clock, lambda target, error: refused.append((target, str(error)))), stubber


def test_an_endpoint_is_asked_for_under_the_arn_that_sagemaker_gives_it(known):
    tags, stubber = known
    stubber.add_response("list_tags", {"Tags": [OWNER]}, {"ResourceArn": ARN})
    assert tags.of(ENDPOINT) == {"kedge:owner": "team-churn"}


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_a_schedule_in_any_partition_has_an_arn_of_that_partition(known, region, partition):
    tags, stubber = known
    arn = f"arn:{partition}:sagemaker:{region}:111122223333:monitoring-schedule/batch"
    stubber.add_response("list_tags", {"Tags": []}, {"ResourceArn": arn})
    assert tags.of(Target(account="111122223333", region=region, kind=TargetKind.SCHEDULE, name="batch")) == {}


def test_more_than_a_page_of_tags_is_read_to_its_end(known):
    tags, stubber = known
    stubber.add_response("list_tags", {"Tags": [OWNER], "NextToken": "2"}, {"ResourceArn": ARN})
    stubber.add_response(
        "list_tags", {"Tags": [{"Key": "team", "Value": "ml"}]}, {"ResourceArn": ARN, "NextToken": "2"}
    )
    assert tags.of(ENDPOINT) == {"kedge:owner": "team-churn", "team": "ml"}


def test_what_was_read_is_believed_for_five_minutes(known, clock):
    tags, stubber = known
    stubber.add_response("list_tags", {"Tags": [OWNER]})
    assert tags.of(ENDPOINT) == tags.of(ENDPOINT)
    clock.now = 5
    stubber.add_response("list_tags", {"Tags": []})
    assert tags.of(ENDPOINT) == {}


@pytest.mark.parametrize("kind", [TargetKind.ALARM, TargetKind.PIPELINE, TargetKind.FLEET])
def test_what_has_no_tags_of_sagemaker_costs_no_call(known, kind):
    tags, _ = known
    assert tags.of(Target(account="111122223333", region="us-east-1", kind=kind, name="x")) == {}


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "InternalFailure"])
def test_a_refusal_costs_the_tags_and_not_the_page_is_told_and_is_tried_again(known, refused, code):
    tags, stubber = known
    stubber.add_client_error("list_tags", code)
    assert tags.of(ENDPOINT) == {}
    assert [target for target, _ in refused] == [ENDPOINT]
    assert code in refused[0][1]
    stubber.add_response("list_tags", {"Tags": [OWNER]})
    assert tags.of(ENDPOINT) == {"kedge:owner": "team-churn"}


def test_an_endpoint_that_is_gone_has_no_tags(known, refused):
    tags, stubber = known
    stubber.add_client_error("list_tags", "ValidationException", "Could not find endpoint")
    assert tags.of(ENDPOINT) == {}
    assert refused == []
