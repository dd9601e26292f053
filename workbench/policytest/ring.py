"""The deployed engine in virtual time: intake, ledger and reconcile, with nothing of AWS and no clock between them."""

from datetime import datetime, timedelta
from typing import Final

from kedge.domain.effect import ChannelName
from kedge.domain.signal import AnySignal
from kedge.errors import KedgeError
from kedge.intake import Intake, Outcome, case_of
from kedge.policy.rules import Policy
from kedge.reconcile import Reconcile
from kedge.sources.reader import Home, Reader
from workbench.policytest.situation import ACCOUNT, REGION
from workbench.policytest.story import Story
from workbench.policytest.world import World

_MINUTE: Final = timedelta(minutes=1)
_PLENTY: Final = timedelta(hours=1)


class Unplayable(Exception):
    """What a test asks for cannot happen."""


class Ring:
    """One policy, one beginning; time goes on when somebody says so."""

    def __init__(self, policy: Policy, start: datetime) -> None:
        """Nothing is known, and it is `start`."""
        self.now = start
        self.world = World()
        self.story = Story()
        channels = tuple(ChannelName)
        world = self.world
        reader = Reader(monitors=world, alarms=world, objects=world, home=Home(ACCOUNT, REGION), tags=world)
        self._intake = Intake(reader, self.story, lambda: policy, channels, policy.environment, self._clock)
        self._reconcile = Reconcile(self._intake.settle, self.story, lambda: policy, channels, self._clock)

    def run_until(self, moment: datetime) -> None:
        """Let the time pass, and do on the way what is due."""
        while (due := self.story.next_due()) is not None and due <= moment:
            # What is due and finds no room waits for the next round, a minute later.
            self.now = max(self.now, due)
            self._round()
            if (again := self.story.next_due()) is not None and again == due:
                if self.now + _MINUTE > moment:
                    break
                self.now += _MINUTE
        self.now = max(self.now, moment)

    def settle(self, signal: AnySignal) -> None:
        """Take in what has happened now."""
        self._noted(self._intake.settle(signal))

    def take_in(self, raw: object, name: str) -> None:
        """Take in an event as it is delivered. Raises Unplayable where it cannot be read; `name` is its file's."""
        try:
            outcomes = self._intake.take_in(raw, self.now)
        except KedgeError as error:
            raise Unplayable(f"{name}: {error}") from error
        for outcome in outcomes:
            if outcome.ignored is not None:
                self.story.remark(self.now, name, f"ignored: {outcome.ignored}")
            self._noted(outcome)

    def _round(self) -> None:
        done = self._reconcile.round(lambda: _PLENTY)
        if done.left:
            raise done.left[0].error

    def _noted(self, outcome: Outcome) -> None:
        decision, signal = outcome.decision, outcome.signal
        if decision is not None and signal is not None and not decision.changed:
            self.story.heard_before(self.now, signal.target, case_of(signal), decision)

    def _clock(self) -> datetime:
        return self.now
