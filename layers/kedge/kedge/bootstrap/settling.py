"""The composition of what every function of the workflow has: the table, the policy as it is now, and the way back into the ring."""

import time
from collections.abc import Callable

from msgspec import Struct

from kedge.adapters.appconfig import TableShelf
from kedge.adapters.clients import client
from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.bootstrap.clock import now
from kedge.bootstrap.reading import home_of, reader_of
from kedge.domain.errors import KedgeError
from kedge.domain.signal import AnySignal
from kedge.entrypoints.complaints import policy_unread
from kedge.entrypoints.decided import tell_decided
from kedge.policy.compiled import Policy
from kedge.services.intake import Intake
from kedge.services.policy_store.active import PolicyInForce
from kedge.services.workflow.transitions import Moves, Settle
from kedge.settings import ActSettings

_NOT_A_SECOND = 0.0


class Ground(Struct, frozen=True, kw_only=True):
    """What the steps of the workflow stand on. `policy` is read anew each time, and raises where it cannot be."""

    actions: DynamoActions
    ledger: DynamoLedger
    policy: Callable[[], Policy]
    settle: Settle
    moves: Moves


def ground_of(settings: ActSettings, function_arn: str) -> Ground:
    """The ground of a function, whose own ARN tells account and region."""
    table = Table(client("dynamodb"), settings.table)
    actions, ledger, shelf = DynamoActions(table), DynamoLedger(table), TableShelf(table)
    # A kill switch that cannot be read counts as on; what has happened is told by the last policy that could be.
    strict = PolicyInForce(shelf, settings.environment, time.monotonic, _fail, believed=_NOT_A_SECOND).policy
    lenient = PolicyInForce(shelf, settings.environment, time.monotonic, policy_unread).policy
    reader = reader_of(home_of(function_arn))
    settle = _told(Intake(reader, ledger, lenient, settings.channels, settings.environment, now))
    moves = Moves(actions, settle, lenient, now)
    return Ground(actions=actions, ledger=ledger, policy=strict, settle=settle, moves=moves)


def _told(intake: Intake) -> Settle:
    def settle(signal: AnySignal) -> None:
        decision = intake.settle(signal).decision
        if decision is not None and decision.changed:
            tell_decided(signal, decision)

    return settle


def _fail(error: KedgeError) -> None:
    policy_unread(error)
    raise error
