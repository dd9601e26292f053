"""How often `decide` runs for one event: docs/architecture.md explains each repetition."""

import pytest
from msgspec.structs import replace

from kedge.domain.run import Monitor, Verdict
from tests.support.remediation import Affair
from tests.support.ring import Ring
from tests.support.stories import drift, hour, policy_of, run
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
