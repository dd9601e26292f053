"""Mails leave at a rate that SNS accepts, however many functions send them."""

import pytest

from kedge.adapters.messaging.topics import SECONDS_A_MAIL, RateLimitedChannel
from kedge.domain.effect import ChannelName
from kedge.lambdas import dispatch
from tests.template.test_functions import event_sources

# SNS deactivates a mail subscription above it: https://repost.aws/knowledge-center/sns-email-subscription-disabled
MOST_A_SECOND = 10


def test_as_many_workers_as_there_may_be_send_fewer_mails_than_sns_bears(stack):
    (source,) = event_sources(stack, "DispatchFunction")
    assert source["ScalingConfig"]["MaximumConcurrency"] / SECONDS_A_MAIL < MOST_A_SECOND


def test_a_batch_of_mails_does_not_take_the_function_to_its_end(stack):
    (source,) = event_sources(stack, "DispatchFunction")
    assert source["BatchSize"] * SECONDS_A_MAIL < stack.properties("DispatchFunction")["Timeout"] / 5


@pytest.mark.parametrize("name", list(ChannelName))
def test_mail_is_paced_and_what_programs_and_chat_get_is_not(name):
    made = dispatch.channel(name, f"arn:aws:sns:us-east-1:111122223333:kedge-{name}")
    assert isinstance(made, RateLimitedChannel) is (name is ChannelName.MAIL)
