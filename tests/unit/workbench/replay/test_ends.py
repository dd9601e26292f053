"""How often a replay delivers what cannot be handled, and that the end of a planned silence is a moment of its own."""

from itertools import product

import pytest

from kedge.domain.errors import NotYet, Transient
from tests.unit.workbench.replay.calls import call, recording
from tests.unit.workbench.replay.test_timers import told
from workbench.recordings.recording import Recording
from workbench.replay.delivering import RECEIVES, VISIBILITY, Deliveries

ERRORS = {"not yet": NotYet, "throttled": Transient}


class Failing:
    """A reader that fails in some way at each delivery, and reads what comes after these."""

    def __init__(self, deliveries, errors):
        self.real, self.errors, self.at = deliveries.reader, list(errors), []
        self.now = lambda: deliveries._now

    def read(self, *given):
        self.at.append(self.now())
        if self.errors:
            raise ERRORS[self.errors.pop(0)]("it lags behind")
        return self.real.read(*given)


def played(folder, errors):
    deliveries = Deliveries(Recording.open(folder))
    deliveries.reader = failing = Failing(deliveries, errors)
    return failing, list(deliveries.play())


@pytest.mark.parametrize("errors", [*product(ERRORS, repeat=RECEIVES)], ids=", ".join)
def test_what_can_never_be_handled_is_delivered_as_often_as_the_queue_does_and_no_more(tmp_path, errors):
    folder = recording(tmp_path, call("2026-11-20T10:00:00Z", "churn-prod", "age"))
    failing, found = played(folder, (*errors, "throttled"))
    assert failing.at == [failing.at[0] + number * VISIBILITY for number in range(RECEIVES)]
    assert all(each.read is None or each.dead is None for each in found)
    assert not any(getattr(each.read, "target", None) for each in found)


@pytest.mark.parametrize("failures", range(RECEIVES))
@pytest.mark.parametrize("error", ERRORS)
def test_what_can_be_handled_in_time_is_handled_once(tmp_path, failures, error):
    folder = recording(tmp_path, call("2026-11-20T10:00:00Z", "churn-prod", "age"))
    failing, found = played(folder, [error] * failures)
    assert len(failing.at) == failures + 1
    (read,) = [each for each in found if getattr(each.read, "target", None)]
    assert read.now == failing.at[0] + failures * VISIBILITY


@pytest.mark.parametrize("minutes", [7, 30, 300])
def test_what_waits_for_the_end_of_a_planned_silence_is_told_then(tmp_path, minutes):
    hours, rest = divmod(10 * 60 + minutes, 60)
    ends = f"2026-11-20T{hours:02}:{rest:02}:00Z"
    policy = (
        "route: {receiver: ml-oncall, group_wait: 5m, repeat_interval: never}\n"
        "silences: [{matchers: [endpoint=churn-prod], starts_at: '2026-11-20T10:02:00Z', "
        f"ends_at: '{ends}', author: oncall, comment: backfill}}]\n"
    )
    lines = [
        call("2026-11-20T10:00:00Z", "churn-prod", "age"),
        call("2026-11-22T10:00:00Z", "fraud-prod"),
    ]
    assert told(recording(tmp_path, *lines, policy=policy)) == [(ends, "first_seen")]
