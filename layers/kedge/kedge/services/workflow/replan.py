"""Re-evaluates a plan: the current world, policy and limits, with the functions that made it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.action import Action, ActionRegister
from kedge.domain.context import EndpointContext
from kedge.domain.decision import CaseState, RemedyHeld, RemedySelected
from kedge.domain.facts import Facts, Needs
from kedge.domain.incident import Incident
from kedge.domain.remedy import HoldReason, Mode
from kedge.policy.compiled import Limits, Policy
from kedge.ports.actions import Actions
from kedge.ports.storage import Ledger
from kedge.remediation.check_intervals import waits_since
from kedge.remediation.progress import start_of
from kedge.remediation.selection import needs, select_remedy
from kedge.services.endpoint_context import endpoint_context_of
from kedge.services.fact_reader import FactReader

PASSING: Final = frozenset({HoldReason.UNREADABLE, HoldReason.ENDPOINT_BUSY, HoldReason.ALREADY_RUNNING})
"""Reasons that may change within a minute: the workflow waits for them, as long as an approval may take."""


class Judgement(Struct, frozen=True, kw_only=True):
    """Whether a plan still holds, and the register of that evaluation with its version.

    `made` is the action as the active policy makes it now, if the plan holds.
    """

    verdict: RemedySelected | RemedyHeld
    made: Action | None = None
    register: ActionRegister
    version: int


class Replanner:
    """Makes a plan again and compares."""

    def __init__(
        self,
        ledger: Ledger,
        actions: Actions,
        facts: FactReader,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        """Connect the ports.

        `facts` reads the world; `policy` returns the active one, which may differ from the plan's.
        """
        self._ledger = ledger
        self._actions = actions
        self._facts = facts
        self._policy = policy
        self._clock = clock

    def judge(self, action: Action) -> Judgement:
        """Return whether exactly this plan would be made now, and may be carried out. Raises Transient, Permanent."""
        # This comes first, so that all other reads can only be newer than this version.
        register, version = self._actions.register(action.plan.target)
        verdict, made = self._verdict(action, register)
        return Judgement(verdict=verdict, made=made, register=register, version=version)

    def limits(self) -> Limits:
        """Return the limits of the active policy. Raises Transient, Permanent if it cannot be read."""
        return self._policy().limits

    def late(self, action: Action) -> bool:
        """Return whether an action has waited for its act longer than the time for its approval."""
        return self._clock() >= waits_since(action) + timedelta(seconds=action.expires_within)

    def _verdict(self, action: Action, register: ActionRegister) -> tuple[RemedySelected | RemedyHeld, Action | None]:
        target, monitor = action.plan.target, action.monitor
        state = self._ledger.load(target, monitor)[0]
        incident = state.incident
        if incident is None or incident.id != action.plan.incident or not incident.is_open:
            return _refused(action, HoldReason.INCIDENT_OVER, "the incident is over, so nothing is done about it"), None
        policy = self._policy()
        endpoint_context = msgspec.structs.replace(
            endpoint_context_of(self._ledger, target, monitor, None), register=register
        )
        endpoint_context = msgspec.structs.replace(
            endpoint_context, facts=self._read(policy, state, incident, endpoint_context, action)
        )
        now = self._clock()
        verdict = _compared(action, select_remedy(policy, state, incident, endpoint_context, now, own=action), policy)
        if isinstance(verdict, RemedyHeld):
            return verdict, None
        start = start_of(policy, state, incident, verdict, now)
        return (verdict, start.action) if start is not None else (_not_asked_for(action, policy), None)

    def _read(
        self, policy: Policy, state: CaseState, incident: Incident, endpoint_context: EndpointContext, action: Action
    ) -> Facts | None:
        needed = needs(policy, state, incident, endpoint_context)
        return self._facts.read(needed, action.plan.target) if isinstance(needed, Needs) else None


def _compared(
    action: Action, treated: RemedySelected | RemedyHeld | None, policy: Policy
) -> RemedySelected | RemedyHeld:
    if treated is None:
        return _not_asked_for(action, policy)
    if isinstance(treated, RemedyHeld):
        return treated
    if treated.mode is Mode.DRY_RUN:
        says = f"the policy in force, {policy.label}, only rehearses this remedy (dry run)"
        return _refused(action, HoldReason.STALE, says)
    if treated.plan is None:
        return _refused(action, HoldReason.UNREADABLE, treated.says)
    if treated.plan.digest != action.digest:
        says = f"what would be done now is something else: {treated.plan.sentence}"
        return _refused(action, HoldReason.STALE, says)
    return treated


def _not_asked_for(action: Action, policy: Policy) -> RemedyHeld:
    says = f"the policy in force, {policy.label}, asks for no remedy here any more"
    return _refused(action, HoldReason.STALE, says)


def _refused(action: Action, why: HoldReason, says: str) -> RemedyHeld:
    return RemedyHeld(remedy=action.plan.remedy, why=why, says=says)
