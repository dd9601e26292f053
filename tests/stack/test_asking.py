"""The story with every call that test_least_privilege judges."""


def test_the_ring_does_all_that_it_can_and_is_at_rest_afterwards(ring, all_there_is):
    assert not any(ring.settle().dead.values())
