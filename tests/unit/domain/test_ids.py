"""A time in an id is written as `isoformat` writes it, whatever its zone."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.ids import iso

ZONES = st.sampled_from(
    [UTC, timezone(timedelta(0)), timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=3))]
)


@given(st.datetimes(timezones=ZONES))
def test_a_time_is_written_as_isoformat_writes_it(at: datetime):
    assert iso(at) == at.isoformat()


@given(st.datetimes())
def test_a_time_without_fractions_is_written_without_them(at: datetime):
    whole = at.replace(microsecond=0, tzinfo=UTC)
    assert iso(whole) == whole.isoformat()
