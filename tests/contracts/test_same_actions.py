"""Memory and table keep and refuse the same, for every step over every read."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.domain.action import ActionRegister, Efficacy
from kedge.domain.errors import Conflict
from kedge.domain.stage import Stage
from kedge.domain.target import Target
from kedge.ports.actions import ActionCommit
from tests.fakes.actions import MemoryActions
from tests.fakes.ledger import MemoryLedger
from tests.support.actions import action, taken
from tests.support.ledgers import NOW
from tests.support.stories import CHURN

pytestmark = pytest.mark.stack

NAMES = ("endpoint/a", "execution/b")
SOME = st.lists(st.sampled_from(NAMES), unique=True).map(tuple)
# Target, new stage, age of the versions of action and register, and the other changes of the step.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from([Stage.PLANNED, Stage.ASKED, Stage.ACTING, Stage.VERIFIED, Stage.REFUSED]),
        st.sampled_from([0, 0, 0, 1]),
        st.sampled_from([None, 0, 0, 1]),
        st.none() | st.builds(Efficacy, verified=st.integers(0, 3), failed=st.integers(0, 3)),
        SOME,
        SOME,
    ),
    min_size=1,
    max_size=12,
)
ACCOUNTS = count(100_000_000_000)


def in_account(account: int, number: int) -> Target:
    return replace(CHURN, account=str(account), name=f"churn-{number}")


def step_of(actions, account, minute, told):
    """Return a step over the current state, or over the state of `behind` versions ago."""
    number, stage, behind, register_behind, efficacy, awaits, forgets = told
    target = in_account(account, number)
    moved = replace(action(target), stage=stage, changed=NOW + timedelta(minutes=minute))
    held = actions.load(moved.digest)
    register, version = actions.register(target)
    return ActionCommit(
        action=moved,
        version=max(0, (held.version if held else 0) - behind),
        register=None if register_behind is None else ActionRegister(taken=(*register.taken, taken(moved))),
        register_version=max(0, version - (register_behind or 0)),
        efficacy=efficacy,
        awaits=tuple(f"{account}/{name}" for name in awaits),
        forgets=tuple(f"{account}/{name}" for name in forgets),
    )


def kept(actions, step):
    try:
        actions.keep(step)
    except Conflict:
        return False
    return True


def known(actions, ledger, account):
    targets = [in_account(account, number) for number in range(2)]
    return (
        [actions.load(action(target).digest) for target in targets],
        [actions.register(target) for target in targets],
        [ledger.efficacy(target) for target in targets],
        ledger.awaiting(tuple(f"{account}/{name}" for name in NAMES)),
        [each for each in actions.open(10_000) if each.plan.target in targets],
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_memory_and_table_agree_on_every_step(table, steps):
    account, ledger = next(ACCOUNTS), MemoryLedger()
    memory, dynamo = MemoryActions(ledger), DynamoActions(table)
    for minute, told in enumerate(steps):
        assert kept(memory, step_of(memory, account, minute, told)) == kept(
            dynamo, step_of(dynamo, account, minute, told)
        )
    assert known(memory, ledger, account) == known(dynamo, DynamoLedger(table), account)
