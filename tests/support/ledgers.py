"""Takes signals into a ledger, without the reading that comes before."""

from datetime import datetime, timedelta

from kedge.decide.pipeline import context_request, decide
from kedge.domain.context import Context
from kedge.domain.decision import Decision
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AnySignal
from kedge.ledger.outbox import notices, outbox
from kedge.policy.compiled import Policy, default_policy
from kedge.ports.storage import Commit, Ledger, VersionedContext
from tests.support.stories import CHURN, DAY, drift, run

NOW = DAY + timedelta(hours=20)
MONITOR = Monitor.DATA_QUALITY


def violated(at: str = "11:00", *features: str) -> AnySignal:
    """Return a run that found drift."""
    return run(at, Verdict.VIOLATED, drift(*(features or ("age",))))


def clean(at: str) -> AnySignal:
    """Return a run without findings."""
    return run(at, Verdict.CLEAN)


def decided(ledger: Ledger, signal: AnySignal, now: datetime = NOW, policy: Policy | None = None) -> Commit:
    """Return the commit for a signal. The ledger stays unchanged."""
    policy = policy or default_policy()
    state, version = ledger.load(CHURN, MONITOR)
    decision, against = decide(policy, state, signal, now), VersionedContext(context=Context())
    if (asks := context_request(policy, decision)) is not None:
        against = ledger.load_context(asks)
        decision = decide(policy, state, signal, now, against.context)
    return Commit(
        decision=decision,
        signal_id=signal.id,
        target=CHURN,
        monitor=MONITOR,
        version=version,
        effects=outbox(decision, (ChannelName.MAIL,), "test", now),
        notices=notices(decision, "test"),
        against=against,
        now=now,
        provenance=signal.provenance,
    )


def take(
    ledger: Ledger, signal: AnySignal, now: datetime = NOW, policy: Policy | None = None
) -> tuple[Decision, tuple[Effect, ...]]:
    """Decide about a signal and commit it, as intake does."""
    commit = decided(ledger, signal, now, policy)
    if commit.decision.changed:
        ledger.commit(commit)
    return commit.decision, commit.effects
