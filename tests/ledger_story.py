"""Signals taken into a ledger, without the reading that comes before."""

from datetime import datetime, timedelta

from kedge.domain.decision import Decision
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import AnySignal
from kedge.ledger.outbox import outbox
from kedge.policy.decide import decide
from kedge.policy.rules import Policy, default_policy
from kedge.ports import Ledger
from tests.story import CHURN, DAY, drift, run

NOW = DAY + timedelta(hours=20)
MONITOR = Monitor.DATA_QUALITY


def violated(at: str = "11:00", *features: str) -> AnySignal:
    """A run that found drift."""
    return run(at, Verdict.VIOLATED, drift(*(features or ("age",))))


def clean(at: str) -> AnySignal:
    """A run that found nothing."""
    return run(at, Verdict.CLEAN)


def decided(ledger: Ledger, signal: AnySignal, now: datetime = NOW) -> tuple[Decision, int, tuple[Effect, ...]]:
    """What is decided about a signal, over which version, and what is to be told; nothing is kept yet."""
    state, version = ledger.load(CHURN, MONITOR)
    decision = decide(default_policy(), state, signal, now)
    return decision, version, outbox(decision, (ChannelName.MAIL,), "default@1", "test", now)


def take(ledger: Ledger, signal: AnySignal, now: datetime = NOW) -> tuple[Decision, tuple[Effect, ...]]:
    """Decide about a signal and keep it, as intake does."""
    decision, version, effects = decided(ledger, signal, now)
    if decision.changed:
        ledger.commit(decision, signal.id, CHURN, MONITOR, version, effects, now)
    return decision, effects
