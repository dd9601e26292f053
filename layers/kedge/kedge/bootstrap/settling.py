"""The composition of what every function of the workflow has: the table, the policy as it is now, and the way back into the ring."""

import time
from collections.abc import Callable

from msgspec import Struct

from kedge.aws.actions import DynamoActions
from kedge.aws.clients import client
from kedge.aws.ledger import DynamoLedger
from kedge.aws.policies import TableShelf
from kedge.aws.table import Table
from kedge.bootstrap.clock import now
from kedge.bootstrap.reading import home_of, reader_of
from kedge.domain.signal import AnySignal
from kedge.entrypoints.complaints import policy_unread
from kedge.entrypoints.decided import tell_decided
from kedge.errors import KedgeError
from kedge.intake import Intake
from kedge.policies.in_force import PolicyInForce
from kedge.policy.rules import Policy
from kedge.remedies.moving import Moves, Settle
from kedge.settings import ActSettings

_NOT_A_SECOND = 0.0


class Ground(Struct, frozen=True, kw_only=True):
    """What the steps of the workflow stand on."""

    actions: DynamoActions
    ledger: DynamoLedger
    policy: Callable[[], Policy]
    settle: Settle
    moves: Moves


def ground_of(settings: ActSettings, function_arn: str) -> Ground:
    """The ground of a function, whose own ARN tells account and region."""
    table = Table(client("dynamodb"), settings.table)
    actions, ledger = DynamoActions(table), DynamoLedger(table)
    # Read anew at each step, and never gone on without: a kill switch that cannot be read counts as on.
    shelf = TableShelf(table)
    policy = PolicyInForce(shelf, settings.environment, time.monotonic, _fail, believed=_NOT_A_SECOND).policy
    reader = reader_of(home_of(function_arn))
    intake = Intake(reader, ledger, policy, settings.channels, settings.environment, now)
    settle = _told(intake)
    return Ground(
        actions=actions, ledger=ledger, policy=policy, settle=settle, moves=Moves(actions, settle, policy, now)
    )


def _told(intake: Intake) -> Settle:
    def settle(signal: AnySignal) -> None:
        decision = intake.settle(signal).decision
        if decision is not None and decision.changed:
            tell_decided(signal, decision)

    return settle


def _fail(error: KedgeError) -> None:
    policy_unread(error)
    raise error
