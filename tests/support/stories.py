"""A story: signals in order for `decide`, in the words of the people concerned.

Its signals are genuine: SageMaker knows the job of a run, and CloudWatch the state of an alarm. A run without a job is
only a file.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from kedge.decide.fleet import fleet_of
from kedge.decide.pipeline import NOWHERE, decide
from kedge.domain.cause import Cause
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, Decision, Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import Incident
from kedge.domain.provenance import OWN, EntryPoint, Provenance, Voucher
from kedge.domain.run import Evidence, Monitor, Reading, Verdict, Window
from kedge.domain.signal import AlarmChanged, AnySignal, DecisionMade, OperatorAction, RunFinished, TimerFired
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import Policy, compile_policy, default_document, default_policy
from kedge.policy.spec.document import PolicyDocument

DAY = datetime(2026, 11, 20, tzinfo=UTC)
CHURN = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="churn-prod")

BY_SAGEMAKER = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.SAGEMAKER)
BY_CLOUDWATCH = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.CLOUDWATCH)
BY_EVENT = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.EVENTBRIDGE)
BY_NOBODY = Provenance(entry_point=EntryPoint.DIRECT, says="a detector's call")


def policy_of(environment: str = "", **parts: object) -> Policy:
    """Return the default policy with some parts replaced, as they are in a document."""
    document = msgspec.to_builtins(default_document()) | parts
    return compile_policy(msgspec.convert(document, PolicyDocument), environment)


def hour(text: str) -> datetime:
    """Return `10:30` as a time of the story's day."""
    hours, minutes = text.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def drift(*features: str) -> tuple[Finding, ...]:
    """Return a drifted distribution for each feature."""
    said = "Baseline drift distance: 0.41 exceeds threshold: 0.1"
    return tuple(Finding(check=Check.DRIFT, feature=feature, said=said) for feature in features)


def missing(column: str) -> tuple[Finding, ...]:
    """Return the finding of a missing column."""
    return (Finding(check=Check.MISSING_COLUMN, feature=column, said="There are missing columns in current dataset."),)


def run(
    at: str,
    verdict: Verdict,
    findings: tuple[Finding, ...] | None = (),
    *,
    monitor: Monitor = Monitor.DATA_QUALITY,
    source: str = "churn-dq",
    job: str | None = "",
    records: int | None = 4_000,
    features: int | None = 24,
    provenance: Provenance = BY_SAGEMAKER,
) -> RunFinished:
    """Return a run whose window ended at `at`. If `findings` is None, its report could not be read."""
    end = hour(at)
    evidence = (
        Evidence(reading=Reading.UNREADABLE, uri="s3://reports/x", why="$.violations: truncated")
        if findings is None
        else Evidence(reading=Reading.READ, findings=findings, uri="s3://reports/x", records=records, features=features)
    )
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:processing-job/{source}-{at}" if job == "" else job
    return RunFinished(
        id=f"{arn or 's3'}/{at}/{verdict}",
        at=end,
        target=CHURN,
        monitor=monitor,
        source=source,
        verdict=verdict,
        finished=end + timedelta(minutes=12),
        evidence=evidence,
        window=Window(end - timedelta(hours=1), end),
        job=arn,
        provenance=provenance,
    )


def alarm(
    at: str,
    verdict: Verdict,
    name: str = "churn-latency",
    *,
    provenance: Provenance = BY_CLOUDWATCH,
    **more: str,
) -> AlarmChanged:
    """Return an alarm that changed its state at `at`."""
    return AlarmChanged(
        id=f"alarm/{name}/{at}/{verdict}",
        at=hour(at),
        target=CHURN,
        alarm=name,
        verdict=verdict,
        provenance=provenance,
        **more,
    )  # type: ignore[arg-type]


class Story:
    """Passes signals of one case to `decide`, one after the other."""

    def __init__(self, policy: Policy | None = None) -> None:
        """Start with an empty state."""
        self.policy = policy or default_policy()
        self.state = CaseState()
        self.decisions: list[Decision] = []

    def tell(
        self,
        *signals: AnySignal,
        clock: Callable[[], datetime] = lambda: DAY + timedelta(days=1),
        context: Context = NOWHERE,
    ) -> "Story":
        """Let these signals arrive in this order, by default with an empty context."""
        for signal in signals:
            decision = decide(self.policy, self.state, signal, clock(), context)
            self.state = decision.state
            self.decisions.append(decision)
        return self

    def wake(self, at: str, context: Context = NOWHERE) -> Decision:
        """Let the case's timer fire at a time of the day."""
        signal = TimerFired(id=f"timer/{at}", at=hour(at), target=CHURN, monitor=Monitor.DATA_QUALITY)
        return self.tell(signal, clock=lambda: hour(at), context=context).decisions[-1]

    def person(self, at: str, act: OperatorAction, by: str = "oncall", comment: str = "") -> Decision:
        """Let a person decide about the newest incident."""
        signal = DecisionMade(
            id=f"decision/{at}/{act}",
            at=hour(at),
            target=CHURN,
            monitor=Monitor.DATA_QUALITY,
            incident=self.incident.id,
            act=act,
            by=by,
            proven=True,
            comment=comment,
        )
        return self.tell(signal, clock=lambda: hour(at)).decisions[-1]

    @property
    def reasons(self) -> list[Reason]:
        """Return the reason of each decision."""
        return [decision.reason for decision in self.decisions]

    @property
    def told(self) -> list[Reason]:
        """Return the reasons of the notifications, in order."""
        return [effect.why for decision in self.decisions for effect in decision.effects]

    @property
    def incident(self) -> Incident:
        """Return the newest incident. Raises AssertionError if there is none."""
        assert self.state.incident is not None
        return self.state.incident


def upstream(*features: str, provenance: Provenance | None = OWN) -> Incident:
    """Return an open incident of many targets. Its default `provenance` is Kedge's own."""
    opened = Story().tell(run("09:00", Verdict.VIOLATED, drift("age"))).incident
    assert opened is not None
    return msgspec.structs.replace(
        opened,
        id="upstream",
        target=fleet_of(CHURN),
        monitor=Monitor.FLEET,
        cause=Cause.UPSTREAM_INCIDENT,
        features=features,
        provenance=provenance,
    )
