"""CloudWatch as a test wants it to answer about an alarm."""

import msgspec

from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.run import Monitor, Verdict
from kedge.ports.readers import Alarm
from tests.support.stories import BY_EVENT, CHURN, hour, policy_of
from tests.support.stories import alarm as changed

ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:churn-latency"


ACTS = policy_of(
    remedies=[{"remedy": "roll_back", "matchers": [], "mode": "auto"}],
    limits={"dry_run": False},
)


REHEARSES = policy_of(remedies=[{"remedy": "roll_back", "matchers": [], "mode": "auto"}])


NOTHING = CaseState()


class Asked:
    """CloudWatch, with one answer or one failure, and a count of the questions."""

    def __init__(self, answer: Alarm | Exception | None, firing: frozenset[str] | None = None) -> None:
        self.answer = answer
        self.firing = firing
        self.questions = 0

    def alarm(self, name: str) -> Alarm | None:
        self.questions += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def contributors(self, name: str) -> frozenset[str] | None:
        return self.firing


def found(**more) -> Alarm:
    known = Alarm(
        arn=ARN,
        state="ALARM",
        since=hour("10:00"),
        measured=True,
        namespace="AWS/SageMaker",
        dimensions={"EndpointName": CHURN.name},
    )
    return msgspec.structs.replace(known, **more)


def firing() -> CaseState:
    """The case of an endpoint whose alarm has just gone off."""
    incident = Incident(
        id="i-1",
        target=CHURN,
        monitor=Monitor.ALARM,
        state=IncidentState.FIRING,
        severity=Severity.CRITICAL,
        cause=Cause.INCONCLUSIVE,
        since=hour("10:00"),
        changed=hour("10:00"),
        problem=Problem(source="churn-latency", verdict=Verdict.ALARM),
        provenance=BY_EVENT,
    )
    return CaseState(incident=incident)


def bad(**more):
    return msgspec.structs.replace(
        changed("10:00", Verdict.ALARM, provenance=BY_EVENT), observed=812.0, limit=500.0, **more
    )
