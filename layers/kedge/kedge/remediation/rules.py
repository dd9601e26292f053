"""The remedy that the policy proposes for an incident. Limits may then prevent it."""

from functools import lru_cache
from typing import Final

from msgspec import Struct

from kedge.domain.decision import CaseState
from kedge.domain.incident import Incident
from kedge.domain.remedy import Mode, RemedyName
from kedge.policy.compiled import Policy
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Labels, Matcher, all_hold, matchers
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.policy.spec.types import PersistenceSpec

_BAD: Final = "v"
_BROKEN: Final = "f"


class Proposal(Struct, frozen=True, kw_only=True):
    """One remedy, its mode, and the rule that proposes it, with its place in the document."""

    remedy: RemedyName
    mode: Mode
    rule: str
    written: RemedyRuleSpec


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
    for number, rule in enumerate(policy.document.remedies):
        if all_hold(_read(rule.matchers), labels):
            if rule.remedy is RemedyName.NONE or not _persists(rule.persistence, state, incident, labels):
                return None
            return Proposal(remedy=rule.remedy, mode=_mode(policy, rule), rule=_name(number), written=rule)
    return None


def rules_of(policy: Policy) -> tuple[tuple[str, RemedyRuleSpec], ...]:
    """Return the rules about remedies, each with its place in the document."""
    return tuple((_name(number), rule) for number, rule in enumerate(policy.document.remedies))


def _name(number: int) -> str:
    return f"remedies[{number}]"


def _persists(rule: PersistenceSpec | None, state: CaseState, incident: Incident, labels: Labels) -> bool:
    if rule is None or not all_hold(_read(rule.matchers), labels):
        return True
    last = state.last_of(incident.problem.source, confirmed=incident.is_confirmed)
    letter = _BROKEN if incident.problem.measured_nothing else _BAD
    return last is not None and last.history[-rule.of :].count(letter) >= rule.runs


def _mode(policy: Policy, rule: RemedyRuleSpec) -> Mode:
    limits = policy.document.limits
    return Mode.DRY_RUN if limits.dry_run or limits.kill_switch else rule.mode


@lru_cache(maxsize=256)
def _read(texts: tuple[str, ...]) -> tuple[Matcher, ...]:
    return matchers(texts)
