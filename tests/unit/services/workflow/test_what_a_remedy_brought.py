"""A config that Kedge rolled back to is known as such: it is nobody's deployment, and the one before is never gone back to."""

from datetime import timedelta

from kedge.domain.deployment import DeploymentOrigin
from kedge.domain.remedy import Mode
from kedge.domain.signal import EndpointChanged
from kedge.domain.stage import Stage
from tests.support.remediation import BAD, GOOD, Affair, policy_with
from tests.support.stories import BY_EVENT, CHURN


def serves(affair: Affair, config: str) -> EndpointChanged:
    return EndpointChanged(
        id=f"now/{config}", at=affair.now, target=CHURN, status="InService", config=config, provenance=BY_EVENT
    )


def test_a_config_that_came_by_a_remedy_is_remembered_with_its_plan():
    affair = Affair(policy_with(Mode.AUTO))
    start = affair.trouble()
    affair.workflow_starter.run(start)
    affair.wait(timedelta(minutes=10))
    assert affair.action(start.id).stage is Stage.ACTED
    affair.take(serves(affair, GOOD))
    known = affair.deployments()
    assert (known.current.config, known.current.arrival, known.current.action) == (
        GOOD,
        DeploymentOrigin.REMEDY,
        start.id,
    )
    assert known.away_from == (BAD,)


def test_a_config_that_somebody_else_brings_meanwhile_is_their_deployment():
    affair = Affair(policy_with(Mode.AUTO))
    affair.workflow_starter.run(affair.trouble())
    affair.wait(timedelta(minutes=10))
    affair.take(serves(affair, "churn-42"))
    known = affair.deployments()
    assert (known.current.config, known.current.arrival, known.current.action) == (
        "churn-42",
        DeploymentOrigin.DEPLOYED,
        None,
    )
    assert known.away_from == ()


def test_which_models_a_config_serves_is_looked_up_as_soon_as_it_comes():
    affair = Affair(policy_with(Mode.AUTO))
    affair.take(serves(affair, GOOD))
    known = affair.deployments()
    assert (known.current.config, known.current.models) == (GOOD, (f"{GOOD}-model",))
