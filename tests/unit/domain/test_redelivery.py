"""What failed is offered again the later the more often it failed, and never later than the queue would."""

from datetime import timedelta

import pytest

from kedge.domain.redelivery import RECEIVES, again_after, again_in

LONGEST = timedelta(minutes=6)
WAITS = [15, 30, 60, 120, 240, 360, 360, 360, 360, 360]


@pytest.mark.parametrize(("receive", "seconds"), list(enumerate(WAITS, 1)))
def test_each_wait_is_twice_the_one_before_it_up_to_the_longest(receive: int, seconds: int):
    assert again_in(receive, LONGEST) == timedelta(seconds=seconds)
    assert again_after(receive, LONGEST) == timedelta(seconds=sum(WAITS[:receive]))


@pytest.mark.parametrize("receive", [RECEIVES, RECEIVES + 1, 100, 100_000])
def test_a_message_that_was_offered_more_often_than_a_queue_does_waits_no_longer(receive: int):
    assert (
        again_in(receive, timedelta(days=1)) == again_in(RECEIVES, timedelta(days=1)) == timedelta(hours=2, minutes=8)
    )
