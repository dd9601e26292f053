"""The deployed engine in virtual time: intake, ledger and reconcile, without AWS and without a real clock."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.effect import ChannelName
from kedge.domain.errors import KedgeError
from kedge.domain.provenance import EntryPoint
from kedge.domain.signal import AnySignal
from kedge.domain.target import Target
from kedge.policy.compiled import Policy
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.intake import Intake, IntakeOutcome, case_of
from kedge.services.reconcile import Reconcile
from kedge.sources.operator_fields import Person
from kedge.sources.operator_requests import is_personal, read_person
from kedge.sources.reader import Home, Reader
from workbench.scenarios.entry_points import By, delivered
from workbench.scenarios.events import endpoint_event
from workbench.scenarios.facts import WorldFacts
from workbench.scenarios.remedying import Remedies
from workbench.scenarios.situation import ACCOUNT, REGION
from workbench.scenarios.story import Story
from workbench.scenarios.world import World

_MINUTE: Final = timedelta(minutes=1)
_PLENTY: Final = timedelta(hours=1)
_HOME: Final = Home(ACCOUNT, REGION)

PROVEN: Final = Person(proven=True)
"""The identity of people in a test counts as proven."""


class Unplayable(Exception):
    """An event of the test is impossible."""


class Ring:
    """One policy and one start; the caller advances the time."""

    def __init__(self, policy: Policy, start: datetime) -> None:
        """Start without knowledge, at the time `start`."""
        self.now = self.start = start
        self.world = World(start, _parameters(policy))
        self._policy = policy
        self.story = Story()
        channels = tuple(ChannelName)
        world = self.world
        reader = Reader(monitors=world, alarms=world, objects=world, home=_HOME, tags=world)
        facts = WorldFacts(world, self._clock)
        self._intake = Intake(
            reader,
            self.story,
            self._in_force,
            channels,
            policy.environment,
            self._clock,
            facts,
            self._unread,
            AlarmConfirmation(world),
        )
        self.remedies = Remedies(self.story, world, self._in_force, self._clock, self._intake.settle, self._heard)
        self._reconcile = Reconcile(self._intake.settle, self.story, self._in_force, channels, self._clock)

    def switch(self, *, off: bool) -> None:
        """Publish the same policy with the kill switch on or off."""
        limits = msgspec.structs.replace(self._policy.limits, kill_switch=off)
        self._policy = msgspec.structs.replace(self._policy, limits=limits)
        self.story.remark(self.now, "policy", f"the kill switch is {'on' if off else 'off'}")

    @property
    def environment(self) -> str:
        """Return the stack's environment, for which a policy is compiled."""
        return self._policy.environment

    def publish(self, policy: Policy) -> None:
        """Publish another policy."""
        self._policy = policy
        self.story.remark(self.now, "policy", f"{policy.label} is published")

    def run_until(self, moment: datetime) -> None:
        """Let the time pass, and carry out everything that becomes due."""
        again = self.now
        while (due := _first(self._timer(again), self.remedies.next_due())) is not None and due <= moment:
            self.now = max(self.now, due)
            self.remedies.run()
            self._carry_out_requests()
            if (timer := self._timer(again)) is not None and timer <= self.now:
                before = self.story.next_due()
                self._round()
                # If a round has no room for something that is due, it waits for the next round, 1 minute later.
                again = self.now + _MINUTE if self.story.next_due() == before else self.now
        self.now = max(self.now, moment)

    def settle(self, signal: AnySignal) -> None:
        """Take in a signal that happens now."""
        self._noted(self._intake.settle(signal))
        self._carry_out_requests()

    def take_in(self, raw: object, name: str, by: By | None = None) -> None:
        """Take in an event as it is delivered. `name` is its file's.

        Raises:
            Unplayable: the event cannot be read.
        """
        raw, entry_point = delivered(raw, by, ACCOUNT, REGION)
        try:
            outcomes = self._taken(raw, entry_point)
        except KedgeError as error:
            raise Unplayable(f"{name}: {error}") from error
        for outcome in outcomes:
            if outcome.ignored is not None:
                self.story.remark(self.now, name, f"ignored: {outcome.ignored}")
            self._noted(outcome)
        self._carry_out_requests()

    def _taken(self, raw: object, entry_point: EntryPoint) -> tuple[IntakeOutcome, ...]:
        if is_personal(raw):
            return (self._intake.settle(read_person(raw, _HOME, self.now, PROVEN)),)
        return self._intake.take_in(raw, self.now, entry_point)

    def _timer(self, least: datetime) -> datetime | None:
        due = self.story.next_due()
        return None if due is None else max(due, least)

    def _carry_out_requests(self) -> None:
        """Carry out the workflow requests of decisions at once, as dispatch does."""
        while self.story.workflow_requests:
            self.remedies.perform(self.story.workflow_requests.pop(0))

    def _heard(self, target: Target, status: str, config: str) -> None:
        self.take_in(endpoint_event(target, status, config, self.now), f"{target.name} is {status}")

    def _round(self) -> None:
        done = self._reconcile.round(lambda: _PLENTY)
        self._carry_out_requests()
        if done.left:
            raise done.left[0].error

    def _noted(self, outcome: IntakeOutcome) -> None:
        decision, signal = outcome.decision, outcome.signal
        if decision is not None and signal is not None and not decision.changed:
            self.story.heard_before(self.now, signal.target, case_of(signal), decision)

    def _unread(self, target: Target, error: KedgeError) -> None:
        self.story.remark(self.now, target.name, f"cannot be looked at: {error}")

    def _in_force(self) -> Policy:
        return self._policy

    def _clock(self) -> datetime:
        return self.now


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _parameters(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the parameters of the pipelines in a policy: all that the policy gives them."""
    found: dict[str, tuple[str, ...]] = {}
    for rule in policy.remedies:
        if rule.using is not None:
            found[rule.using] = tuple(dict.fromkeys((*found.get(rule.using, ()), *rule.parameters)))
    return found
