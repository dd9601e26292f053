"""A claim on an effect outlasts the function that holds it, and is short enough that a crash does not cost another try."""

from kedge.services.dispatch import LEASE_SECONDS


def test_nobody_is_still_sending_when_his_claim_has_ended(stack):
    assert stack.properties("DispatchFunction")["Timeout"] < LEASE_SECONDS


def test_a_message_whose_sender_crashed_comes_again_when_its_claim_has_ended(stack):
    assert stack.properties("EffectsQueue")["VisibilityTimeout"] > LEASE_SECONDS
