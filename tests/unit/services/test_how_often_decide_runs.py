"""How often a signal is assessed and routed for one event: docs/architecture.md explains each repetition."""

import pytest
from msgspec.structs import replace

from kedge.domain.run import Monitor, Verdict
from tests.support.remediation import Affair
from tests.support.ring import Ring
from tests.support.stories import drift, hour, policy_of, run
from tests.support.trace import Trace, traced, violated_run


def trace_of(ring: Ring, signal: object) -> Trace:
    with Trace() as trace:
        ring.take_in(signal)
    return trace


@pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.NO_DATA])
def test_a_run_is_assessed_once_and_routed_again_only_if_it_notifies_receivers(verdict):
    ring = Ring()
    ring.take_in(run("10:00", Verdict.CLEAN))
    trace = trace_of(ring, run("11:00", verdict))
    assert trace.assessed == ["RunFinished"]
    assert trace.routed == (1 if verdict is Verdict.CLEAN else 2)


def test_a_violated_run_is_assessed_once_and_routed_twice_first_to_know_whom_it_concerns():
    trace = trace_of(Ring(), run("10:00", Verdict.VIOLATED, drift("auc"), monitor=Monitor.MODEL_QUALITY))
    assert (trace.assessed, trace.routed) == (["RunFinished"], 2)


def test_what_an_endpoint_runs_is_one_more_assessment_and_the_run_is_not_assessed_a_third_time():
    assert traced(violated_run).assessed == ["FeaturesDrifted", "RunFinished", "EndpointRead", "RunFinished"]


def test_a_run_whose_receivers_are_all_muted_reads_no_context_after_a_look_at_its_endpoint():
    always = {"name": "always", "time_intervals": [{"weekdays": ["monday:sunday"]}]}
    policy = policy_of(
        receivers=({"name": "team"},),
        route={"receiver": "team", "routes": [{"receiver": "team", "mute_time_intervals": ["always"]}]},
        mute_time_intervals=(always,),
    )
    affair = Affair(policy)
    asked = []
    read = affair.ledger.load_context
    affair.ledger.load_context = lambda asks: asked.append(asks) or read(asks)
    affair.endpoint.now = replace(affair.endpoint.now, config="churn-41")
    affair.now = hour("09:15")
    affair.take(run("09:00", Verdict.VIOLATED, drift("auc"), monitor=Monitor.MODEL_QUALITY, source="churn-mq"))
    assert affair.deployments().current is not None
    assert asked == []
