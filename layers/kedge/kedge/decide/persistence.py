"""Requires some problems to repeat before they become an incident."""

from kedge.decide.evaluation import Evaluation
from kedge.decide.incident_parts import whole_of
from kedge.domain.decision import Decision, Reason
from kedge.domain.incident import Incident
from kedge.policy.compiled import Persistence, Policy
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Labels, all_hold


def persist(case: Evaluation) -> Evaluation | Decision:
    """Only record a problem in fewer of the last runs than the policy requires. An open incident has persisted.

    An unconfirmed incident does not count for how often confirmed runs were bad.
    """
    draft, incident = case.draft, case.open_incident
    if draft is None or not case.policy.persistence:
        return case
    if incident is not None and not (case.is_confirmed and incident.is_only_said):
        return case
    rule = persistence_rule(case.policy, draft, case.history)
    if rule is None:
        return case
    bad = _bad(rule, case.history)
    if bad >= rule.runs:
        return case
    because = f"bad in {bad} of the last {rule.of} runs, and the policy asks for {rule.runs}"
    return case.kept(Reason.NOT_PERSISTENT, because, None, bad=False)


def persistence_rule(policy: Policy, draft: Incident, history: str = "") -> Persistence | None:
    """Return the persistence rule for a new incident: its first match, or the shortest of its parts'.

    It is None if the whole, or a part, need not wait: a rule for one feature does not delay another broken part.
    """
    if not policy.persistence:
        return None
    labels = labels_of(draft, policy.environment)
    rules = [_first(policy, each) for each in (labels, *whole_of(draft, labels))]
    if any(rule is None for rule in rules[1:]):
        return None
    return min(
        (rule for rule in rules if rule is not None), key=lambda rule: rule.runs - _bad(rule, history), default=None
    )


def _first(policy: Policy, labels: Labels) -> Persistence | None:
    return next((rule for rule in policy.persistence if all_hold(rule.matchers, labels)), None)


def _bad(rule: Persistence, history: str) -> int:
    return history[-rule.of :].count(history[-1]) if history else 0
