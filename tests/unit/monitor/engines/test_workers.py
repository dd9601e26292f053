import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.capture.source import Source
from kedge_monitor.engines.workers import _shared_out
from tests.support.capture import source


def objects(*sizes: int) -> list[Source]:
    """Return objects of these sizes."""
    return [Source(f"{number}", source().open, size=size) for number, size in enumerate(sizes)]


@given(st.lists(st.integers(0, 1_000)), st.integers(1, 9))
def test_each_object_is_in_one_share_and_the_order_stays(sizes: list[int], count: int):
    sources = objects(*sizes)
    shares = _shared_out(sources, count)
    assert [one for share in shares for one in share] == sources
    assert len(shares) <= count
    assert all(shares)


@pytest.mark.parametrize(
    ("sizes", "shares"), [((5, 5), [1, 1]), ((4, 5), [1, 1]), ((9, 1, 1, 1), [1, 3]), ((0, 0, 0, 0), [2, 2])]
)
def test_shares_have_about_the_same_number_of_bytes(sizes: tuple[int, ...], shares: list[int]):
    assert [len(share) for share in _shared_out(objects(*sizes), 2)] == shares
