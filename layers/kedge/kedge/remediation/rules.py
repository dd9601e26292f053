"""The remedy that the policy proposes for an incident. Limits may then prevent it."""

from typing import Final

from msgspec import Struct

from kedge.domain.decision import CaseState
from kedge.domain.incident import Incident
from kedge.domain.remedy import Mode, RemedyName
from kedge.policy.compiled import Persistence, Policy, RemedyRule
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Labels, all_hold

_BAD: Final = "v"
_BROKEN: Final = "f"


class Proposal(Struct, frozen=True, kw_only=True):
    """One remedy, its mode, and the rule that proposes it, with its place in the document."""

    remedy: RemedyName
    mode: Mode
    rule: RemedyRule


def propose(policy: Policy, state: CaseState, incident: Incident | None = None) -> Proposal | None:
    """Return the proposal for the open incident of a case (by default the state's own); None if there is none yet.

    The first rule that matches counts, even if it waits for more bad runs, or names no remedy: a later rule is for
    something else. With `dry_run`, or the kill switch, every remedy is only a dry run.
    """
    incident = incident or state.incident
    if incident is None or not incident.is_open:
        return None
    # Unconfirmed evidence speeds up people's attention; it does not select a remedy.
    labels = labels_of(incident.as_confirmed, policy.environment)
    for rule in policy.remedies:
        if all_hold(rule.matchers, labels):
            if rule.remedy is RemedyName.NONE or not _persists(rule.persistence, state, incident, labels):
                return None
            return Proposal(remedy=rule.remedy, mode=_mode(policy, rule), rule=rule)
    return None


def _persists(rule: Persistence | None, state: CaseState, incident: Incident, labels: Labels) -> bool:
    if rule is None or not all_hold(rule.matchers, labels):
        return True
    last = state.last_of(incident.problem.source, confirmed=incident.is_confirmed)
    letter = _BROKEN if incident.problem.measured_nothing else _BAD
    return last is not None and last.history[-rule.of :].count(letter) >= rule.runs


def _mode(policy: Policy, rule: RemedyRule) -> Mode:
    limits = policy.limits
    return Mode.DRY_RUN if limits.dry_run or limits.kill_switch else rule.mode
