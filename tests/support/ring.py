"""The ring in memory without AWS: intake, reconcile, ledger, relay, queue, dispatch and channels."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from kedge.domain.effect import ChannelName
from kedge.domain.errors import KedgeError
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import EntryPoint
from kedge.domain.reason import Reason
from kedge.domain.redelivery import RECEIVES
from kedge.domain.signal import AnySignal, Ignored
from kedge.policy.compiled import Policy, default_policy
from kedge.ports.channels import Message
from kedge.services.dispatch import Dispatch
from kedge.services.intake import Intake, IntakeOutcome
from kedge.services.reconcile import Reconcile, ReconcileResult
from kedge.services.relay import Relay, StreamRecord
from kedge.services.workflow.start import WorkflowStarter
from tests.fakes.actions import MemoryActions
from tests.fakes.channels import MemoryChannel
from tests.fakes.dead_letters import MemoryDeadLetters
from tests.fakes.ledger import MemoryDeliveries, MemoryLedger
from tests.fakes.queue import MemoryQueue
from tests.fakes.reading import FakeAudience
from tests.fakes.workflows import MemoryWorkflows
from tests.support.ledgers import NOW


class SignalsAsTheyAre:
    """A reader that accepts a signal, a reason to ignore it, or an error to raise, in place of a raw event."""

    def read(
        self, raw: object, received: datetime, entry_point: EntryPoint, proven: Callable[[], bool], detector: str = ""
    ) -> tuple[AnySignal | Ignored, ...]:
        if isinstance(raw, KedgeError):
            raise raw
        return (raw,)


class Told(NamedTuple):
    """The content of one message about one incident: its id, receiver, reason, and the incident's state."""

    message: str
    receiver: str
    incident: str
    revision: int
    why: Reason
    state: IncidentState


class Ring:
    """The ring, one step at a time. `now` is the time, and changes only when a test says so."""

    def __init__(
        self,
        *,
        channels: tuple[ChannelName, ...] = (ChannelName.MAIL,),
        ledger: MemoryLedger | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.now = NOW
        self.policy = policy or default_policy()
        self._channels = channels
        self.ledger = ledger or MemoryLedger()
        self.deliveries = MemoryDeliveries(self.ledger)
        self.queue = MemoryQueue()
        self.dead_letters = MemoryDeadLetters()
        self.actions = MemoryActions(self.ledger)
        self.workflows = MemoryWorkflows()
        self.mail = MemoryChannel()
        self.programs = MemoryChannel()
        self.restart()
        self.relay = Relay(self.queue)
        self.audience = FakeAudience()
        self.dispatch = Dispatch(
            self.deliveries,
            {ChannelName.MAIL: self.mail, ChannelName.PROGRAMS: self.programs},
            "https://runbooks.example.com",
            self.clock,
            WorkflowStarter(self.actions, self.workflows),
            self.audience,
            self.audience,
        )
        self._carried = 0

    def restart(self) -> None:
        """Replace the process by another, which knows only the content of the ledger."""
        self.intake = Intake(SignalsAsTheyAre(), self.ledger, lambda: self.policy, self._channels, "test", self.clock)
        self.reconcile = Reconcile(self.intake.settle, self.ledger, lambda: self.policy, self._channels, self.clock)

    def clock(self) -> datetime:
        return self.now

    def take_in(self, *signals: object) -> list[IntakeOutcome]:
        return [outcome for signal in signals for outcome in self.intake.take_in(signal, self.now)]

    def carry(self) -> tuple[str, ...]:
        """Relay the new effects of the outbox, as the stream delivers them."""
        new = self.ledger.outbox[self._carried :]
        self._carried += len(new)
        return self.relay.carry([record(number, body_of(effect)) for number, effect in enumerate(new)])

    def perform(self, *, receives: int = RECEIVES) -> list[KedgeError]:
        """Offer every message of the queue until it is performed, up to `receives` times. Returns the errors."""
        errors = []
        bodies, self.queue.bodies = self.queue.bodies, []
        for body in bodies:
            for receive in range(1, receives + 1):
                try:
                    self.dispatch.perform(body, last=receive == RECEIVES)
                    break
                except KedgeError as error:
                    errors.append(error)
                    if receive < receives:
                        self.wait(180)
            else:
                self.queue.bodies.append(body)
        return errors

    def turn(self, *signals: object) -> None:
        """Go round once."""
        self.take_in(*signals)
        self.carry()
        self.perform()

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def round(self) -> ReconcileResult:
        """Run one round of reconcile, without a time limit."""
        return self.reconcile.round(lambda: timedelta(minutes=10))

    def minutes(self, number: int) -> None:
        """Let minutes pass, each with a round and with all its notifications."""
        for _ in range(number):
            self.wait(60)
            self.round()
            self.turn()

    @property
    def told(self) -> list[Told]:
        """Return the notifications to programs so far, one for each incident of each message, in order."""
        return [told for message in self.programs.sent for told in told_by(message)]


def told_by(message: Message) -> list[Told]:
    """Return the content of a message to programs for each of its incidents."""
    document = json.loads(message.body)
    return [
        Told(
            document["id"],
            document["receiver"],
            each["incident"],
            each["revision"],
            Reason(each["why"]),
            IncidentState(each["state"]),
        )
        for each in document["incidents"]
    ]


def body_of(effect: object) -> str:
    return msgspec.json.encode(effect).decode()


def record(number: int, body: str) -> StreamRecord:
    """Return a record of the table's stream."""
    image = {"pk": {"S": f"EFFECT#{number}"}, "sk": {"S": "EFFECT"}, "kind": {"S": "effect"}, "body": {"S": body}}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": f"{number:021}", "NewImage": image}}
