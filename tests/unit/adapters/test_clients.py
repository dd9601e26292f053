"""How Kedge's clients are made."""

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from kedge.adapters.clients import acting_client, client
from kedge.adapters.messaging.topics import SnsTopic
from kedge.domain.errors import Transient
from kedge.ports.channels import Message

TOPIC = "arn:aws:sns:us-east-1:111122223333:kedge-people"


def test_a_client_is_not_made_before_it_is_used():
    assert client("a-service-that-boto3-would-refuse")


def test_a_client_gives_up_soon_and_says_who_asks():
    config = client("sqs").meta.config
    assert config.connect_timeout + config.read_timeout < 10
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.user_agent_extra == "kedge"


def test_a_service_has_one_client():
    assert client("sns").meta is client("sns").meta


@pytest.mark.parametrize(("lost", "tries"), [(ReadTimeoutError, 1), (ConnectionClosedError, 3)])
def test_a_message_that_sns_may_have_taken_is_not_published_again_at_once(lost, tries, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    asked = []

    def fails(request, **_):
        asked.append(request)
        raise lost(endpoint_url=request.url)

    events = client("sns").meta.events
    events.register("before-send.sns.Publish", fails)
    try:
        with pytest.raises(Transient):
            SnsTopic(client("sns"), TOPIC).send(Message(body="churn-prod"))
    finally:
        events.unregister("before-send.sns.Publish", fails)
    assert len(asked) == tries


def test_sns_may_take_its_time_but_not_longer_than_the_function_that_waits():
    config = client("sns").meta.config
    assert client("sqs").meta.config.read_timeout < config.read_timeout
    assert config.connect_timeout + config.read_timeout < 30


def test_a_client_that_acts_sends_each_call_once_and_gives_up_before_the_function_does():
    config = acting_client("sagemaker").meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert config.connect_timeout + config.read_timeout < 30
    assert acting_client("sagemaker").meta is acting_client("sagemaker").meta is not client("sagemaker").meta
