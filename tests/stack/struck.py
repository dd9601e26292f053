"""Endpoints whose remedies meet faults: a separate deployment that rolls back without approval, up to the limit."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kedge.domain.action import Action
from kedge.domain.incident import Incident
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage
from tests.stack.deployed_ring import BUCKET, DeployedRing, alarm
from tests.stack.publishing import kept, publish
from tests.stack.team import Team, target
from tests.support.samples import event
from tests.support.stages import DONE
from workbench.local_sagemaker.onboarding import monitored_endpoint, next_config, send
from workbench.local_stack.local_stack import LocalStack

NAME: Final = "struck"
ASKED: Final = f"{NAME}-asked"
PARAMETERS: Final = {"AlertEmail": "oncall@example.com", "EnvironmentName": "test"}
MOST: Final = 12
POLICY: Final = {
    "apiVersion": "kedge/v1",
    "name": NAME,
    "version": "1",
    "evidence": {"upstream": None},
    "receivers": [{"name": "ml-oncall", "limit": {"messages": 60, "per": "1s"}}],
    "route": {"receiver": "ml-oncall", "group_interval": "0s"},
    "remedies": [
        {"remedy": "roll_back", "matchers": [f'endpoint="{ASKED}"'], "mode": "approval"},
        {"remedy": "roll_back", "matchers": [f'endpoint=~"{NAME}-.*"'], "mode": "auto"},
    ],
    "limits": {"dry_run": False, "most_actions": MOST, "largest_share_of_fleet": 1.0},
}


def served(config: str, endpoint: str, at: datetime) -> dict[str, Any]:
    """Return EventBridge's event that an endpoint serves a config."""
    sample: dict[str, Any] = event("eventbridge.endpoint.in_service")
    moment = round(at.timestamp() * 1000)
    sample |= {"id": f"{endpoint}/{config}", "time": str(moment)}
    sample["resources"] = [sample["resources"][0].replace("churn-prod", endpoint)]
    sample["detail"] |= {
        "EndpointName": endpoint,
        "EndpointArn": sample["resources"][0],
        "EndpointConfigName": config,
        "LastModifiedTime": float(moment),
    }
    return sample


class Struck(Team):
    """The deployment, in the words of these tests."""

    def __init__(self, stack: LocalStack) -> None:
        """Find it, and put the policy in force."""
        DeployedRing.__init__(self, stack, NAME)
        self.sagemaker = stack.client("sagemaker")
        publish(self, json.dumps(POLICY))
        kept(self, f"{NAME}@1")

    def ill(self, endpoints: Iterable[str]) -> None:
        """Create endpoints with a second config for an hour and with the tag of the good one: Kedge receives 2 events for each."""
        names, clock, now, hour = tuple(endpoints), self.stack.clock, datetime.now(UTC), timedelta(hours=1)
        self.stack.send_events_to(lambda _: None)
        clock.turn_to(now - 3 * hour)
        for name in names:
            tags = {"kedge:remediate": "true", "kedge:known-good": f"{name}-1"}
            send(self.sagemaker, monitored_endpoint(name, bucket=BUCKET, kinds=(), tags=tags))
            send(self.sagemaker, next_config(name, 2, bucket=BUCKET))
        self.until(lambda: all(self.serves(name) == (f"{name}-1", "InService") for name in names))
        clock.turn_to(now - hour)
        for name in names:
            self.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-2")
        clock.turn_to_now()
        self.until(lambda: all(self.serves(name) == (f"{name}-2", "InService") for name in names))
        self.stack.send_events_to(self.stack.bus.put_event)
        for name in names:
            self.invoke(served(f"{name}-1", name, now - 2 * hour))
            self.invoke(served(f"{name}-2", name, now - hour))

    def fires(self, endpoint: str) -> None:
        """Let its latency alarm go off now."""
        told = alarm(endpoint)
        told["detail"]["state"]["timestamp"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000"
        metric = told["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]
        metric |= {"namespace": "AWS/SageMaker", "name": "ModelLatency"}
        self.cloudwatch_says(told)
        self.invoke(told)

    def serves(self, endpoint: str) -> tuple[str, str]:
        """Return the config of an endpoint, and its status."""
        told = self.sagemaker.describe_endpoint(EndpointName=endpoint)
        return told["EndpointConfigName"], told["EndpointStatus"]

    def configs(self, endpoint: str) -> set[str]:
        """Return the current and the next config of an endpoint."""
        told = self.sagemaker.describe_endpoint(EndpointName=endpoint)
        return {each["EndpointConfigName"] for each in (told, told.get("PendingDeploymentSummary", told))}

    def updates(self) -> int:
        """Return how many times UpdateEndpoint was called, with any answer."""
        return self.stack.server.control.calls().get("UpdateEndpoint", 0)

    def votes(self, digest: str) -> dict[str, Any]:
        """Return the answer of the approve function to an approval."""
        ballot = {"approve": digest, "by": "responder"}
        told = self.stack.client("lambda").invoke(
            FunctionName=self.outputs["ApproveFunctionName"], Payload=json.dumps(ballot)
        )
        return dict(json.loads(told["Payload"].read()))

    def plan(self, endpoint: str) -> Action:
        """Return the plan for an endpoint, with its outcome."""
        return self.action(endpoint, Monitor.ALARM)

    def case(self, endpoint: str) -> Incident:
        """Return the incident that its alarm opened."""
        return self.incident(endpoint, Monitor.ALARM)

    def reaches(self, endpoint: str, stage: Stage) -> None:
        """Wait until its remedy is in this stage, and every receiver is notified."""
        try:
            self.comes_to(endpoint, stage, Monitor.ALARM)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.case(endpoint).remedy}") from error

    def stages(self, endpoint: str) -> list[str]:
        """Return the stages of its remedy by the timeline of its incident, in order."""
        story = self.ledger.story(self.case(endpoint).id)
        assert story is not None
        signals = (entry.signal for entry in story.entries if entry.signal and entry.signal.startswith("action/"))
        return [signal.rpartition("/")[2] for signal in signals]

    def done(self) -> int:
        """Return how many actions the limits count."""
        return sum(each.stage in DONE for each in self.ledger.register(target(ASKED)).taken)
