"""What a subscription's filter policy can choose by."""

import msgspec

from kedge.messages.attributes import NAMES, attributes
from tests.unit.messages.incidents import KINDS
from tests.unit.messages.problems import ENDPOINT


def test_the_attributes_are_the_words_of_the_incident() -> None:
    assert attributes(KINDS["drift"]) == {
        "receiver": "ml-oncall",
        "severity": "critical",
        "status": "firing",
        "target": "churn-prod",
        "monitor": "DataQuality",
        "environment": "prod",
        "cause": "input_drift",
        "why": "first_seen",
        "account": "111122223333",
        "region": "us-east-1",
    }


def test_an_attribute_that_would_be_empty_is_left_out() -> None:
    assert set(attributes(msgspec.structs.replace(KINDS["drift"], environment=" "))) == set(NAMES) - {"environment"}


def test_characters_that_sns_refuses_are_left_out() -> None:
    named = msgspec.structs.replace(ENDPOINT, name="churn\n😀-prod\x07")
    incident = msgspec.structs.replace(KINDS["drift"].incident, target=named)
    assert attributes(msgspec.structs.replace(KINDS["drift"], incident=incident))["target"] == "churn -prod"
