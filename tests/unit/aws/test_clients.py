"""How Kedge's clients are made."""

from kedge.aws.clients import client


def test_a_client_is_not_made_before_it_is_used():
    assert client("a-service-that-boto3-would-refuse")


def test_a_client_gives_up_soon_and_says_who_asks():
    config = client("sns").meta.config
    assert config.connect_timeout + config.read_timeout < 10
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.user_agent_extra == "kedge"


def test_a_service_has_one_client():
    assert client("sns").meta is client("sns").meta
