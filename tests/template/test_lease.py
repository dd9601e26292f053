"""A claim on an effect lasts longer than whoever holds it, and not so long that a crash costs a try more."""

from kedge.services.dispatch import LEASE_SECONDS


def test_nobody_is_still_sending_when_his_claim_has_ended(stack):
    assert stack.properties("DispatchFunction")["Timeout"] < LEASE_SECONDS


def test_a_message_whose_sender_crashed_comes_again_when_its_claim_has_ended(stack):
    assert stack.properties("EffectsQueue")["VisibilityTimeout"] > LEASE_SECONDS
