from datetime import UTC, datetime

import pytest

from workbench.cli.connection.ending import Unwise
from workbench.record.span import Span, span_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "span"),
    [
        ("30d", None, Span(datetime(2026, 10, 21, 12, tzinfo=UTC), NOW)),
        ("1d12h", "1h", Span(datetime(2026, 11, 19, 0, tzinfo=UTC), datetime(2026, 11, 20, 11, tzinfo=UTC))),
        ("2026-11-01", "2026-11-02", Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))),
        ("2026-11-20T08:00:00+01:00", None, Span(datetime(2026, 11, 20, 7, tzinfo=UTC), NOW)),
    ],
)
def test_a_span_is_told_in_days_ago_or_by_the_calendar(since, until, span):
    assert span_of(since, until, NOW) == span


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("soon", None, "--since 'soon' is not an ISO 8601 time"),
        ("30d", "2026-11-20T10:00:00", "--until .* time zone"),
        ("1h", "2h", "--since 1h lies not before --until 2h"),
        ("9999999999d", None, "--since"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused_with_what_would(since, until, words):
    with pytest.raises(Unwise, match=words):
        span_of(since, until, NOW)
