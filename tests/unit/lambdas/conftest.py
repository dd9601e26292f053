"""Handlers, called as Lambda calls them, over a ring in memory."""

import importlib
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from kedge.domain.effect import ChannelName
from kedge.lambdas import dispatch, intake, people, reconcile, relay
from kedge.lambdas.composition import home_of
from kedge.lambdas.detectors import Detectors
from kedge.lambdas.dispatch import DispatchFunction
from kedge.lambdas.intake import IntakeFunction
from kedge.lambdas.people import PeopleFunction
from kedge.lambdas.reconcile import ReconcileFunction
from kedge.lambdas.relay import RelayFunction
from kedge.policy.compiled import default_policy
from kedge.services.people import People
from kedge.services.reconcile import Reconcile
from tests.fakes.deployed import Vouching
from tests.fakes.reading import FakeHeartbeats, FakeReceipts, FakeRedelivery
from tests.support.ring import RECEIVES, Ring

ARN = "arn:aws:lambda:us-east-1:111122223333:function:kedge"
ANA = "arn:aws:iam::111122223333:user/ana"


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def receipts() -> FakeReceipts:
    return FakeReceipts()


@pytest.fixture
def redelivery() -> FakeRedelivery:
    return FakeRedelivery()


@pytest.fixture
def heartbeats() -> FakeHeartbeats:
    return FakeHeartbeats()


@pytest.fixture
def context() -> SimpleNamespace:
    return SimpleNamespace(
        function_name="kedge",
        memory_limit_in_mb=256,
        invoked_function_arn=ARN,
        aws_request_id="52fdfc07-2182-154f-163f-5f0f9a621d72",
        get_remaining_time_in_millis=lambda: 50_000,
    )


@pytest.fixture
def handlers(
    ring: Ring,
    receipts: FakeReceipts,
    redelivery: FakeRedelivery,
    heartbeats: FakeHeartbeats,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[SimpleNamespace]:
    """The handlers, each with a function on the ring in memory instead of what its module in lambdas makes."""
    functions = {
        "intake": lambda _: IntakeFunction(
            ring.intake, ring.dead_letters, receipts, ring.clock, Detectors(Vouching(ANA), ()), redelivery, heartbeats
        ),
        "people": lambda _: PeopleFunction(People(ring.intake.settle, Vouching(ANA), home_of(ARN), ring.clock)),
        "reconcile": lambda _: ReconcileFunction(
            Reconcile(ring.intake.settle, ring.ledger, default_policy, (ChannelName.MAIL,), ring.clock)
        ),
        "relay": lambda: RelayFunction(ring.relay),
        "dispatch": lambda: DispatchFunction(ring.dispatch, ring.dead_letters, RECEIVES, redelivery),
    }
    for name, function in functions.items():
        monkeypatch.setattr(importlib.import_module(f"functions.{name}.handler"), name, function)
    yield SimpleNamespace(
        **{name: importlib.import_module(f"functions.{name}.handler").lambda_handler for name in functions}
    )
    for composition in (intake.intake, reconcile.reconcile, relay.relay, dispatch.dispatch, people.people):
        composition.cache_clear()
