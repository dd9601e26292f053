"""How the last runs of a source are remembered: to the minute, and never as later than they were."""

from datetime import UTC, datetime, timedelta

from kedge.domain.decision import Last
from kedge.policy.history import apart, runs_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def remembered(*moments: datetime) -> Last:
    last = None
    for number, at in enumerate(moments, start=1):
        last = Last(id=str(number), at=at, finished=at, history="v" * number, apart=apart(last, at))
    return last


def test_what_was_before_an_act_is_not_remembered_as_after_it():
    went_off, acted, was_well = (NOON + timedelta(seconds=seconds) for seconds in (10, 40, 305))
    first, second = runs_of(remembered(went_off, was_well))
    assert first.at <= went_off < acted
    assert second.at == was_well


def test_however_many_runs_there_are_none_is_remembered_as_later_than_it_was_nor_as_a_minute_earlier():
    moments = [NOON + timedelta(seconds=119 * number) for number in range(32)]
    for at, ran in zip(moments, runs_of(remembered(*moments)), strict=True):
        assert timedelta(0) <= at - ran.at < timedelta(minutes=1)
