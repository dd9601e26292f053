"""How often `decide` runs for one event: docs/architecture.md explains each repetition."""

import pytest

from kedge.domain.run import Verdict
from tests.support.ring import Ring
from tests.support.stories import drift, run
from tests.support.trace import Trace, traced, violated_run


def decided(ring: Ring, signal: object) -> list[str]:
    with Trace() as trace:
        ring.take_in(signal)
    return trace.decided


@pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.NO_DATA])
def test_a_run_that_notifies_no_receiver_is_decided_once(verdict):
    ring = Ring()
    ring.take_in(run("10:00", Verdict.CLEAN))
    assert decided(ring, run("11:00", verdict)).count("RunFinished") <= (1 if verdict is Verdict.CLEAN else 2)


def test_a_violated_run_is_decided_twice_first_to_know_whom_it_concerns():
    ring = Ring()
    assert decided(ring, run("10:00", Verdict.VIOLATED, drift("age"))).count("RunFinished") == 2


def test_what_an_endpoint_runs_is_one_more_decision_and_the_run_is_not_decided_a_third_time():
    assert traced(violated_run).decided == ["FeaturesDrifted", "RunFinished", "EndpointRead", "RunFinished"]
